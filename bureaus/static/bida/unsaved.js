// A paper being written stands in a form of its own. Another act of the page, such as an approval that freezes the paper, would
// go out without what is typed there and not saved; it waits until that is saved. Without this file it goes.
"use strict";
(() => {
  const papers = [...document.querySelectorAll("form[data-paper]")];
  const typed = (form) => form.dataset.paper === "refused" || [...form.elements].some((field) =>
    field.type === "checkbox" ? field.checked !== field.defaultChecked
      : field.matches("textarea, input:not([type=hidden])") && field.value !== field.defaultValue);

  document.addEventListener("submit", (event) => {
    const left = papers.find((form) => form !== event.target && typed(form));
    if (!left || !event.target.closest("main")) return;
    // Before sent.js, which would send it.
    event.preventDefault();
    event.stopPropagation();
    left.querySelector("[data-unsaved]").hidden = false;
    left.querySelector("button[type=submit]").focus();
  }, true);
})();
