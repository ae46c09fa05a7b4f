// @ts-check
// On JupyterLite's page, which registers a service worker of its own.

import { keep } from "./keep.js";

if (globalThis.isSecureContext && navigator.serviceWorker) {
  // At a first visit JupyterLite ends every worker of the host, also the one that keeps the course's pages: it sees its own.
  const mine = new URL("../lite/", import.meta.url).href;
  const all = navigator.serviceWorker.getRegistrations.bind(navigator.serviceWorker);
  navigator.serviceWorker.getRegistrations = async () => (await all()).filter(({ scope }) => scope.startsWith(mine));
  keep(navigator.serviceWorker.ready).catch(() => {});
}
