// The browser's own print dialogue, from a button on the page.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
