// The wall screen: one view after another, and a plain word when its numbers are no longer refreshed.
"use strict";
(() => {
  const EVERY = 15000, STALE_AFTER = 75000;
  let at = 0, still = false, refreshed = Date.now();
  const show = () => {
    const views = [...document.querySelectorAll("[data-view]")];
    at = (at + views.length) % views.length;
    views.forEach((view, number) => { view.hidden = number !== at; });
  };
  const move = (by) => { at += by; show(); };
  const stale = () => { document.querySelector(".b-wall-stale").hidden = false; };
  const pause = () => {
    still = !still;
    document.querySelector("[data-do=pause]").setAttribute("aria-pressed", still);
  };
  const full = () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
  const acts = { pause, full, next: () => move(1) };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) acts[button.dataset.do]();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") move(1);
    else if (event.key === "ArrowLeft") move(-1);
    else if (event.key === " " && !event.target.closest("button, a")) { event.preventDefault(); pause(); }
  });
  // A session that ended answers with the sign-in page: that is no wall, and the last numbers stay.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 200 && event.detail.serverResponse.includes('id="wall"')) return;
    event.detail.shouldSwap = false;
    stale();
  });
  document.addEventListener("htmx:afterSettle", () => { refreshed = Date.now(); });
  document.addEventListener("htmx:afterSwap", show);
  ["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, stale));
  setInterval(() => { if (!still) move(1); }, EVERY);
  setInterval(() => { if (Date.now() - refreshed > STALE_AFTER) stale(); }, 1000);
  document.querySelector("[data-keys]").hidden = false;
  show();
})();
