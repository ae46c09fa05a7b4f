// @ts-check
// On JupyterLite's page, which registers a service worker of its own.

import { keep } from "./keep.js";

if (globalThis.isSecureContext && navigator.serviceWorker) {
  // JupyterLite takes whatever worker serves its page for its own, and at a first visit it ends all workers of the host,
  // also the one that keeps the course's pages. So it sees the worker of its own folder alone, and none to end: a newer one
  // takes the place of an older one anyway.
  const { serviceWorker } = navigator;
  const mine = new URL("../lite/", import.meta.url).href;
  const controller = () => Reflect.get(ServiceWorkerContainer.prototype, "controller", serviceWorker);
  Object.defineProperty(serviceWorker, "controller", {
    get: () => (controller()?.scriptURL.startsWith(mine) ? controller() : null),
  });
  serviceWorker.getRegistrations = async () => [];
  if (!serviceWorker.controller) {
    // A kernel that starts before the worker is at its post may wait for it without end: at a first visit, once more.
    serviceWorker.addEventListener("controllerchange", () => {
      if (serviceWorker.controller && !document.querySelector(".jp-Notebook")) location.reload();
    });
    serviceWorker.register(new URL("service-worker.js", mine)).catch(() => {});
  }
  keep(serviceWorker.ready).catch(() => {});
}
