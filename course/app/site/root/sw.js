// @ts-check
// Keeps what was loaded, so that the second visit needs no net. Written with the site: VERSION is the sum of its files,
// PYTHON those of the worker, SEARCH what the page of the search loads.

const VERSION = "{version}";
const PYTHON = ["{python}"];
const SEARCH = ["{search}"];
const ASKED = /\/api\/(drive|stdin|service-worker)/; // what a kernel asks the page of its notebook
const GONE =
  "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><meta name=color-scheme content='light dark'>" +
  "<title>Not here yet</title><p>There is no connection, and this page was not opened before. <a href='{home}'>To the first page</a>";

const ROOT = new URL(self.location.href.replace(/lite\/[^/]*$/, "")); // also where JupyterLite's worker runs this script
const worker = /** @type {any} */ (self);

worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name.startsWith("course-") && name !== VERSION) await caches.delete(name);
      await worker.clients.claim();
    })(),
  );
});

/** @param {string[]} addresses */
async function keep(addresses) {
  const cache = await caches.open(VERSION);
  for (const address of addresses) {
    const { href, origin, pathname } = new URL(address, ROOT);
    if (origin !== self.location.origin || ASKED.test(pathname) || (await cache.match(href))) continue;
    try {
      await cache.add(href);
    } catch {
      // full, or gone: then it is fetched when it is needed
    }
  }
}

worker.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data.loaded) event.waitUntil(keep([...event.data.loaded, ...SEARCH]));
  if (event.data.python) event.waitUntil(keep(PYTHON));
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin || ASKED.test(pathname)) return;
  event.stopImmediatePropagation(); // JupyterLite's worker, whose script follows this one, answers what is left
  event.respondWith(
    (async () => {
      const cache = await caches.open(VERSION);
      const kept = await cache.match(request.url, { ignoreSearch: request.mode === "navigate" });
      if (kept) return kept;
      try {
        const found = await fetch(request);
        if (found.status === 200) await cache.put(request.url, found.clone()).catch(() => {});
        return found;
      } catch (error) {
        if (request.mode !== "navigate") throw error;
        return new Response(GONE.replace("{home}", new URL("index.html", ROOT).href), { status: 503, headers: { "content-type": "text/html" } });
      }
    })(),
  );
});
