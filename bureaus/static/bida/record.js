// Takes a guess by one click or F2, and records by Ctrl+Enter. Without this file each guess is a button of the form.
"use strict";
(() => {
  const form = document.getElementById("record");
  const take = (button) => {
    const [name, value] = button.value.split("=");
    button.closest("li").remove();
    form.elements[name].value = value;
    form.elements[name].dispatchEvent(new Event("input", { bubbles: true }));
  };
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=take]");
    if (!button) return;
    event.preventDefault();
    take(button);
    form.elements.question.focus();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "F2") {
      const button = form.querySelector("button[name=take]");
      if (button) take(button);
      event.preventDefault();
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
})();
