// Cells copied from a spreadsheet go into the grid wherever they are pasted. Without this file they are pasted into the box above.
"use strict";
document.getElementById("batch").addEventListener("paste", (event) => {
  if (event.target.id === "paste") return;
  const words = event.clipboardData.getData("text/plain");
  if (!words.includes("\t") && !words.trim().includes("\n")) return;
  event.preventDefault();
  document.getElementById("paste").value = words;
  document.querySelector("#batch [value=add]").click();
});
