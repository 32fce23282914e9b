// Copies the words of a link by one click, or by the key C. Without this file the link opens them as plain text.
"use strict";
(() => {
  const by = async (words) => {
    // The clipboard is there on encrypted connections only; an office's own network may have none.
    if (navigator.clipboard) return navigator.clipboard.writeText(words);
    const box = document.createElement("textarea");
    box.value = words;
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    if (!done) throw new Error("not copied");
  };
  const copy = (link) => by(link.dataset.copy).then(
    () => { document.getElementById("copied").textContent = link.dataset.done; },
    () => { location.href = link.href; },
  );
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-copy]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    copy(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "c" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const link = document.querySelector("[data-copy]");
    if (link) copy(link);
  });
})();
