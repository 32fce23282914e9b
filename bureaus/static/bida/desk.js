// The list by keyboard, and an act on a row without leaving the list. Without this file the rows are links.
"use strict";
(() => {
  const ACTS = { a: "answer", s: "sign", t: "reassign", e: "extend", r: "return" };
  const rows = () => [...document.querySelectorAll(".b-row[data-inquiry]")];
  const current = () => document.querySelector(".b-row.is-current");
  const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const opened = () => document.querySelector(".b-drawer");

  const choose = (row) => {
    if (!row) return;
    current()?.classList.remove("is-current");
    row.classList.add("is-current");
    row.querySelector(".b-row-link").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };

  const step = (by) => {
    const all = rows(), at = all.indexOf(current());
    choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by))]);
  };

  // What was typed is asked about before it goes.
  const close = () => {
    const panel = opened();
    if (!panel) return true;
    const typed = [...panel.querySelectorAll("textarea")].some((area) => area.value !== area.defaultValue);
    if (typed && !confirm(panel.dataset.sure)) return false;
    const row = panel.closest(".b-row");
    panel.remove();
    choose(row);
    return true;
  };

  // Where a row's act is done without leaving the list; "" where it is a page of its own.
  const panelOf = (link) => {
    const url = new URL(link.href);
    if (link.closest(".b-row")?.dataset.duty && url.pathname.startsWith("/duties/")) return url.pathname;
    return url.searchParams.has("act") ? `${url.pathname}panel/${url.search}` : "";
  };

  const open = async (row, address) => {
    if (!row || !close()) return;
    choose(row);
    const panel = document.createElement("div");
    panel.className = "b-drawer";
    panel.dataset.sure = document.getElementById("owed").dataset.sure;
    panel.dataset.address = address;
    row.append(panel);
    // Before it is settled a quick key would send the form as a page of its own.
    const settled = new Promise((done) => panel.addEventListener("htmx:afterSettle", done, { once: true }));
    await htmx.ajax("GET", address, { target: panel, swap: "innerHTML" });
    await settled;
    // What the list has filled in is there to be sent.
    const filled = new URLSearchParams(address.split("?")[1]).has("to");
    panel.querySelector(filled ? "button[type=submit]" : "textarea, select, input:not([type=hidden]), button")?.focus();
    panel.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (event.target.closest("[data-close]")) return void close();
    const link = event.target.closest(".b-row[data-inquiry] .b-row-act a, .b-drawer [data-act]");
    const address = link && panelOf(link);
    if (!address) return;
    event.preventDefault();
    open(link.closest(".b-row"), address);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return void close();
    // A key held down does not do one row after the other.
    if (event.key === "Enter" && event.repeat && !typing(event.target)) return void event.preventDefault();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const key = event.key.toLowerCase(), row = current();
    if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if (key === "n") document.querySelector("a.b-record")?.click();
    else if (key === "/") location.href = "/search/";
    else if (row && key === "o") row.querySelector(".b-row-link").click();
    // In the open form it is the button's own key.
    else if (row && key === "enter" && !event.target.closest(".b-drawer")) row.querySelector(".b-row-act a")?.click();
    else if (row && key in ACTS) open(row, `/inquiries/${row.dataset.inquiry}/panel/?act=${ACTS[key]}`);
    else return;
    event.preventDefault();
  });

  // Done: the row is crossed off, and the next one has the focus.
  document.addEventListener("htmx:afterSwap", (event) => {
    const panel = opened();
    if (!panel?.querySelector("[data-done]")) return;
    const row = panel.closest(".b-row"), all = rows(), after = all[all.indexOf(row) + 1], next = after ?? all[all.indexOf(row) - 1];
    row.classList.add("is-over");
    delete row.dataset.inquiry;
    panel.className = "b-over";
    choose(next);
    // Where row after row is decided the next one opens by itself.
    const link = after?.querySelector(".b-row-act a");
    if (link && document.getElementById("owed").dataset.flow !== undefined) open(after, panelOf(link));
  });

  // The list renews itself, but not under the hands of somebody who types.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "owed" && opened()) event.preventDefault();
  });
  // No network, no session: the words stay where they are, and a line says what to do.
  const tell = (which) => opened()?.querySelectorAll("[data-trouble]").forEach((line) => { line.hidden = line.dataset.trouble !== which; });
  document.addEventListener("htmx:sendError", () => tell("network"));
  document.addEventListener("htmx:responseError", () => tell("server"));
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!opened()?.contains(event.target) || !event.detail.xhr.responseURL.includes("/sign-in/")) return;
    event.detail.shouldSwap = false;
    tell("session");
  });
  // Signed in again in another window, the form needs that session's token.
  addEventListener("focus", async () => {
    const form = opened()?.querySelector("form");
    if (!form || opened().querySelector("[data-trouble=session]")?.hidden !== false) return;
    const fresh = await fetch(opened().dataset.address);
    if (fresh.url.includes("/sign-in/")) return;
    const token = new DOMParser().parseFromString(await fresh.text(), "text/html").querySelector("[name=csrfmiddlewaretoken]");
    if (token) form.elements.csrfmiddlewaretoken.value = token.value;
    tell("");
  });
})();
