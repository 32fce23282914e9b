// What is entered at a booth is kept on the device first, encrypted, and goes up by itself: at once, or when the network and
// the session are back. Each entry keeps its key, so that the server takes it once. Without this file forms just go.
"use strict";
(() => {
  const box = document.getElementById("queue");
  if (!box || !window.isSecureContext || !window.indexedDB || !navigator.serviceWorker) return;
  const LEAVING = "bida-leaving", EVERY = 15000, PATIENCE = 20000, AWAY = [502, 503, 504];
  const say = box.dataset, isShell = say.stands === "in";
  let line = isShell ? "network" : "", busy = false, again = false, told = "", drawn = 0;

  // --- What is kept: number, mark of the author, and a sealed text. Nothing else is readable on the device.
  const opened = new Promise((done, fail) => {
    const asked = indexedDB.open("bida-queue", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("entries", { keyPath: "id", autoIncrement: true });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  const store = async (mode, act) => {
    const change = (await opened).transaction("entries", mode, { durability: "strict" });
    const asked = act(change.objectStore("entries"));
    return new Promise((done, fail) => {
      change.oncomplete = () => done(asked.result);
      change.onabort = change.onerror = () => fail(change.error);
    });
  };

  // The key stands in a cookie, which the server takes away with the session. null: nobody is signed in here.
  const keyOf = async () => {
    const hex = document.cookie.match(/(?:^|; )bida_queue=([0-9a-f]{64})/)?.[1];
    if (!hex) return null;
    const bytes = Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
    const mark = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).slice(0, 8);
    return {
      of: [...mark].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
      key: await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]),
    };
  };
  const keep = async (me, entry, id) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, me.key, new TextEncoder().encode(JSON.stringify(entry)));
    return store("readwrite", (entries) => entries.put({ ...(id && { id }), of: me.of, iv, sealed }));
  };
  const drop = (id) => store("readwrite", (entries) => entries.delete(id));
  const mine = async (me) => {
    const found = [];
    for (const { id, of, iv, sealed } of await store("readonly", (entries) => entries.getAll())) {
      if (of !== me.of) continue;
      const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, me.key, sealed);
      found.push({ id, ...JSON.parse(new TextDecoder().decode(text)) });
    }
    return found;
  };

  // --- What is shown.
  const draw = async () => {
    const turn = ++drawn, me = await keyOf(), entries = me ? await mine(me) : [];
    if (turn !== drawn) return;
    const item = box.querySelector("template").content;
    const shown = me ? line || (entries.some((entry) => !entry.why) ? "going" : "") : "session";
    box.hidden = !entries.length && !shown;
    box.querySelectorAll("[data-count]").forEach((count) => { count.textContent = entries.length; });
    box.querySelectorAll("[data-line]").forEach((each) => { each.hidden = each.dataset.line !== shown; });
    const rowOf = (entry) => {
      const row = item.cloneNode(true), part = (name) => row.querySelector(`[data-${name}]`);
      part("words").textContent = entry.words;
      part("at").textContent = new Date(entry.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      part("state").hidden = Boolean(entry.why);
      part("refused").hidden = !entry.why;
      part("why").hidden = !entry.why;
      part("why").textContent = entry.why?.map(([, words]) => words).join(" ");
      const here = new URL(entry.to, location).pathname.startsWith(location.pathname);
      part("mend").hidden = !entry.why || !here;
      part("there").hidden = !entry.why || here;
      part("there").href = new URL("..", new URL(entry.to, location)).pathname;
      part("discard").hidden = !entry.why;
      row.querySelector("li").dataset.id = entry.id;
      return row;
    };
    for (const list of box.querySelectorAll("[data-list]")) {
      list.replaceChildren(...entries.filter((entry) => Boolean(entry.why) === (list.dataset.list === "refused")).map(rowOf));
    }
    box.querySelector("details").hidden = !entries.some((entry) => !entry.why);
    // Beside each number what is still to be added to it.
    for (const tap of document.querySelectorAll("form[data-entry=tap]")) {
      const more = entries.filter((entry) => entry.to === tap.action && entry.fields.some((pair) => pair.join() === tap.dataset.of))
        .reduce((sum, entry) => sum + Number(new URLSearchParams(entry.fields).get("n")), 0);
      tap.querySelector("[data-more]").textContent = more ? `+${more}` : "";
    }
  };
  const tell = (words) => { document.getElementById("said").replaceChildren(...(words ? [Object.assign(document.createElement("div"), { className: "b-said b-said-success", textContent: words })] : [])); };
  // The numbers of the page as the server knows them now, without touching what is being typed.
  const renew = async () => {
    const answer = await fetch(location.pathname, { cache: "no-store", redirect: "manual" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("[data-fresh]")) {
      const fresh = page.getElementById(old.id);
      if (fresh) old.replaceWith(document.adoptNode(fresh));
    }
  };

  // --- Up it goes.
  const ask = (address, more) => {
    const late = new AbortController(), timer = setTimeout(() => late.abort(), PATIENCE);
    return fetch(address, { cache: "no-store", redirect: "manual", signal: late.signal, ...more }).then((answer) => {
      if (AWAY.includes(answer.status)) throw new Error("away");
      return answer;
    }).finally(() => clearTimeout(timer));
  };
  const send = async (me, entry, token) => {
    const body = new URLSearchParams([...entry.fields, ["happened_at", entry.at], ["sent_at", new Date().toISOString()], ["csrfmiddlewaretoken", token]]);
    const answer = await ask(entry.to, { method: "POST", body, headers: { Accept: "application/json" } });
    // The token is of one session: who signed in meanwhile does not send what another entered.
    if (answer.type === "opaqueredirect" || answer.status === 403) return "session";
    if (answer.status >= 500) return "server";
    const { id, ...kept } = entry;
    if (answer.ok) {
      told = (await answer.json()).said;
      await drop(id);
    } else {
      const given = await answer.json().catch(() => ({}));
      tell("");
      kept.why = Object.entries(given.errors ?? { "": [given.sentence ?? say.gone] }).map(([field, words]) => [field, words.join(" ")]);
      await keep(me, kept, id);
      if (!(await offer({ id, ...kept }))) box.scrollIntoView({ block: "nearest" });
    }
    return "";
  };
  // Whoever signs out without a network puts the key away at once; the server hears of it as soon as it is reached.
  const leave = async (token) => {
    const body = new URLSearchParams({ csrfmiddlewaretoken: token });
    if (!token || (await ask(say.leave, { method: "POST", body })).type === "opaqueredirect") localStorage.removeItem(LEAVING);
    location.assign(say.door);
  };
  const signOut = async () => {
    const me = await keyOf();
    if (me && (await mine(me)).length && !confirm(say.leaving)) return;
    document.cookie = "bida_queue=; Path=/; Max-Age=0; SameSite=Strict";
    localStorage.setItem(LEAVING, "1");
    await ask(say.session).then((answer) => answer.json()).then(({ token }) => leave(token)).catch(() => location.reload());
  };
  const round = async () => {
    let me = await keyOf();
    const left = localStorage.getItem(LEAVING);
    if (!line && me && !left && !(await mine(me)).some((entry) => !entry.why)) return;
    const { token } = await (await ask(say.session)).json();
    if (left) return leave(token);
    if (!token) return void (line = "session");
    // Signed in, and the key has not come yet: the desk brings it, and with it the numbers.
    if (!(me = await keyOf()) || line === "network") await renew();
    if (!(me = await keyOf())) return void (line = "session");
    line = "";
    for (const entry of await mine(me)) {
      if (entry.why) continue;
      const wrong = await send(me, entry, token);
      if (wrong) line = wrong;
      if (wrong === "session") return;
      await draw();
    }
  };
  const flush = async () => {
    again = true;
    if (busy) return;
    busy = true;
    while (again) {
      again = false;
      told = "";
      await round().catch(() => { line = "network"; });
      await draw().catch(() => {});
      if (!told) continue;
      tell(told);
      await renew().then(draw).catch(() => {});
    }
    busy = false;
  };

  // --- A form is kept, and begins anew.
  const typed = (form) => [...form.elements].some((field) => field.matches("textarea, input:not([type=hidden], [type=checkbox])") && field.value !== field.defaultValue);
  const words = (form, fields) => form.dataset.says.replace(/{(\w+)}/g, (_, name) => {
    const field = form.elements[name];
    return field?.selectedOptions ? field.selectedOptions[0]?.text ?? "" : new URLSearchParams(fields).get(name) ?? "";
  });
  const clear = (form) => {
    form.reset();
    delete form.dataset.mends;
    form.querySelectorAll(".b-error, .b-said-error").forEach((old) => old.remove());
  };
  const fresh = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24)))).replaceAll("+", "-").replaceAll("/", "_");
  const enter = async (form, fields) => {
    const me = await keyOf();
    if (!me) {
      if (!isShell) return false;
      box.scrollIntoView({ block: "nearest" });
      return true;
    }
    const id = Number(form.dataset.mends) || undefined;
    const before = id && (await mine(me)).find((entry) => entry.id === id);
    try {
      await keep(me, { to: form.action, fields, words: words(form, fields), at: before?.at ?? new Date().toISOString() }, before?.id);
    } catch {
      return false;
    }
    clear(form);
    tell(say.kept);
    await draw();
    flush();
    return true;
  };
  // A refused entry stands in its form again, each reason at its field; not over what is being typed there.
  const offer = async (entry) => {
    const form = document.querySelector(`form[data-entry="${entry.to.match(/(\w+)\/$/)[1]}"]`);
    if (!form || form.action !== entry.to || typed(form)) return false;
    clear(form);
    form.dataset.mends = entry.id;
    for (const field of form.elements) if (field.type === "checkbox") field.checked = false;
    for (const [name, value] of entry.fields) {
      const field = form.elements[name];
      if (field?.type === "checkbox") field.checked = true;
      else if (field && name !== "key") field.value = value;
    }
    for (const [name, reason] of entry.why) {
      const place = (name && form.querySelector(`.f-${name}`)) || form;
      place.append(Object.assign(document.createElement("div"), { className: "b-error", textContent: reason }));
      for (let folded = place.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
      place.querySelector(".b-field input, .b-field select, .b-field textarea, input:not([type=hidden]), select, textarea").focus();
    }
    return true;
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target, button = event.submitter;
    if (form.getAttribute("action") === say.leave) {
      event.preventDefault();
      return void signOut();
    }
    if (!form.dataset.entry || form.dataset.plain) return;
    // Before sent.js, which would let it go without being kept.
    event.preventDefault();
    event.stopPropagation();
    const once = form.elements.at_once, taps = form.dataset.entry === "tap";
    if (once) {
      const told = Boolean(form.elements.text.value.trim());
      form.elements.text.setCustomValidity(told === once.checked ? "" : told ? say.lost : say.answer);
    }
    // Two touches of a number are two entries, two of a form one.
    if (!form.reportValidity() || (form.dataset.kept && !taps)) return;
    form.dataset.kept = "1";
    const fields = [...new FormData(form)].filter(([name]) => !["csrfmiddlewaretoken", "happened_at", "sent_at"].includes(name));
    if (button?.name) fields.push([button.name, button.value]);
    form.elements.key.value = fresh();
    if (!(await enter(form, fields))) {
      // It cannot be kept here: it goes as it does without this file.
      form.dataset.plain = "1";
      form.requestSubmit(button);
      delete form.dataset.plain;
    }
    delete form.dataset.kept;
  }, true);
  box.addEventListener("click", async (event) => {
    const id = Number(event.target.closest("li")?.dataset.id), me = await keyOf();
    const entry = me && (await mine(me)).find((each) => each.id === id);
    if (!entry) return;
    if (event.target.closest("[data-discard]") && confirm(say.sure)) await drop(id);
    else if (event.target.closest("[data-mend]") && !(await offer(entry))) alert(say.full);
    await draw();
  });
  opened.then(() => {
    ["online", "pageshow", "focus"].forEach((name) => addEventListener(name, () => { draw().then(flush); }));
    setInterval(flush, EVERY);
    return draw();
  }).then(flush).catch(() => {});

  navigator.serviceWorker.register(say.worker).then(() => navigator.serviceWorker.ready)
    .then((ready) => ready.active.postMessage(say.shell)).catch(() => {});
  navigator.storage?.persist?.();
})();
