// Before a form goes out it is asked whether there is a connection and a session: if not, the words stay where they are
// and a line says what to do. A form goes out once, however often its button is pressed. Without this file it just goes.
"use strict";
(() => {
  const PATIENCE = 10000;
  const lines = document.getElementById("trouble");
  if (!lines) return;
  const typed = (form) => form.querySelector("textarea, select, input:not([type=hidden])");

  const tell = (form, which) => {
    if (!form.querySelector("[data-trouble]")) {
      const foot = form.querySelector(".b-buttons");
      if (foot) foot.before(lines.content.cloneNode(true));
      else form.append(lines.content.cloneNode(true));
    }
    form.querySelectorAll("[data-trouble]").forEach((line) => { line.hidden = line.dataset.trouble !== which; });
    form.querySelector("[data-trouble]:not([hidden])")?.scrollIntoView({ block: "nearest" });
  };

  // The token of the session as it is now, for whoever signed in again meanwhile; "" where there is no session.
  const session = async () => {
    const late = new AbortController(), timer = setTimeout(() => late.abort(), PATIENCE);
    try {
      const answer = await fetch(lines.dataset.session, { cache: "no-store", signal: late.signal });
      return answer.ok ? (await answer.json()).token : null;
    } finally {
      clearTimeout(timer);
    }
  };

  const send = async (form, button) => {
    let token;
    try {
      token = await session();
    } catch {
      return tell(form, "network");
    }
    if (token === "") return tell(form, "session");
    // A server that cannot answer this question may still take the form.
    if (token !== null && form.elements.csrfmiddlewaretoken) form.elements.csrfmiddlewaretoken.value = token;
    tell(form, "");
    // Whoever comes back and sends it again means the same.
    if (form.elements.key) history.replaceState({ ...history.state, key: form.elements.key.value }, "");
    if (button?.name) {
      const pressed = document.createElement("input");
      Object.assign(pressed, { type: "hidden", name: button.name, value: button.value });
      pressed.dataset.pressed = "";
      form.append(pressed);
    }
    // A button may lead elsewhere than its form; sent by a script, the form knows nothing of it.
    if (button?.hasAttribute("formaction")) {
      form.dataset.led = form.getAttribute("action") ?? "";
      form.action = button.formAction;
    }
    form.submit();
    return true;
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post") || !typed(form)) return;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "1";
    // Where a file answers, the page stays, and the file may be wanted again.
    if (!(await send(form, event.submitter)) || "file" in form.dataset) delete form.dataset.sent;
  });

  // Back to a form that went out: it may go again, and the server says what has become of it.
  addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
    document.querySelectorAll("form[data-led]").forEach((form) => {
      form.setAttribute("action", form.dataset.led);
      delete form.dataset.led;
    });
    document.querySelectorAll("[data-pressed]").forEach((pressed) => pressed.remove());
    const key = history.state?.key && document.querySelector("form input[name=key]");
    if (key) key.value = history.state.key;
  });
})();
