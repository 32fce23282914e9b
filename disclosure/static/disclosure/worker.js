// Opens the desk of a booth without a network: from the kept shell, which has its forms and nothing of anybody. Every other
// page passes by untouched. The server writes SHELL before this: the release, and the files that the shell needs.
"use strict";
const KEPT = `bida-desk-${SHELL.version}`;
const DESK = /^\/booths\/\d+\/$/;
const SHELL_OF = /^\/booths\/\d+\/shell\/$/;
// So long a page or a file may take before what is kept stands in for it.
const PAGE_PATIENCE = 8000, FILE_PATIENCE = 3000;
// What a proxy says whose server is away.
const AWAY = [502, 503, 504];

// The shell of a booth is kept as it is now. A sign-in page in its place is none, and one that is gone is left out.
const keep = async (address) => {
  const answer = await fetch(address, { cache: "no-store", redirect: "manual" });
  if (answer.type === "opaqueredirect") throw new Error("Nobody is signed in.");
  if (answer.ok) await (await caches.open(KEPT)).put(address, answer);
};

const olderOnes = async () => (await caches.keys()).filter((name) => name.startsWith("bida-desk-") && name !== KEPT);

// Whole, or not at all: until then the release before it goes on standing in.
const install = async () => {
  await (await caches.open(KEPT)).addAll(SHELL.files.map((file) => new Request(file, { cache: "no-cache" })));
  for (const name of await olderOnes()) {
    for (const { url } of await (await caches.open(name)).keys()) {
      const { pathname } = new URL(url);
      if (SHELL_OF.test(pathname)) await keep(pathname);
    }
  }
  await skipWaiting();
};

const activate = async () => {
  for (const name of await olderOnes()) await caches.delete(name);
  await clients.claim();
};

const either = async (request, kept, patience) => {
  const coming = fetch(request);
  const late = new Promise((_, fail) => { setTimeout(() => fail(new Error("late")), patience); });
  const standIn = async () => (await caches.open(KEPT)).match(kept, { ignoreVary: true });
  try {
    const answer = await Promise.race([coming, late]);
    return (AWAY.includes(answer.status) && (await standIn())) || answer;
  } catch {
    return (await standIn()) ?? coming;
  }
};

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("message", (event) => {
  if (SHELL_OF.test(event.data)) event.waitUntil(keep(event.data).catch(() => {}));
});
addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && DESK.test(pathname)) event.respondWith(either(request, `${pathname}shell/`, PAGE_PATIENCE));
  else if (SHELL.files.includes(pathname)) event.respondWith(either(request, pathname, FILE_PATIENCE));
});
