// A form that does something is sent once, however often its button is pressed. Without this file the key in it sees to that.
"use strict";
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-once]");
  if (!form) return;
  if (form.dataset.sent) return void event.preventDefault();
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button")) button.classList.add("disabled");
});
// Come back by the browser's own button, it may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-once]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.classList.remove("disabled");
  }
});
