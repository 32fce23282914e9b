// Takes words over into the answer, below what was typed; F2 takes the first standard text. Without this file the page
// comes again with them.
"use strict";
(() => {
  const add = (form, words, basis) => {
    const text = form.querySelector("[name=answer-text]"), source = form.querySelector("[name=answer-basis]");
    text.value = [text.value.trim(), words].filter(Boolean).join("\n");
    if (basis && !source.value.includes(basis)) {
      source.value = [source.value.trim(), basis].filter(Boolean).join("；").slice(0, source.maxLength);
    }
    text.focus();
    // The first blank that is left is there to be typed over.
    const blank = /[{｛][^{}｛｝\n]+[}｝]/.exec(text.value);
    if (blank) text.setSelectionRange(blank.index, blank.index + blank[0].length);
    text.dispatchEvent(new Event("input", { bubbles: true }));
  };
  document.addEventListener("click", (event) => {
    const taken = event.target.closest("[data-take], [data-take-text]");
    if (!taken || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    add(taken.closest("form"), taken.dataset.takeText ?? taken.dataset.text, taken.dataset.basis);
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F2") return;
    const near = event.target.closest("form")?.querySelector("[data-take-text]");
    const first = near ?? document.querySelector(".b-drawer [data-take-text], [data-take-text]");
    if (!first) return;
    event.preventDefault();
    add(first.closest("form"), first.dataset.takeText, "");
  });
})();
