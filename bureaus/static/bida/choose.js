// Rows are chosen by a key or all at once, and counted. Without this file each has its box, and "choose all" is a link.
"use strict";
(() => {
  const boxes = () => [...document.querySelectorAll(".b-pick input")];
  const chosen = () => boxes().filter((box) => box.checked);
  const count = () => {
    const told = document.querySelector("[data-chosen]");
    // An inquiry may stand in several rows, by what is owed of it, and is acted on once.
    const many = new Set(chosen().map((box) => box.value)).size;
    if (told) told.textContent = many ? `${told.dataset.chosen} ${many}` : "";
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-all]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    for (const box of boxes()) box.checked = true;
    count();
  });
  document.addEventListener("change", (event) => { if (event.target.closest(".b-pick")) count(); });
  // The boxes are empty only after it.
  document.addEventListener("reset", () => setTimeout(count));
  addEventListener("pageshow", count);
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    const box = document.querySelector(".b-row.is-current .b-pick input");
    if (!box) return;
    box.checked = !box.checked;
    count();
    event.preventDefault();
  });
  // The list renews itself, but not under the hands of somebody who chooses.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "owed" && chosen().length) event.preventDefault();
  });
})();
