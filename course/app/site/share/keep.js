// @ts-check
// Keeping what a page has loaded, and loads later, for times without a net: the service worker is told of it.

/** @param {Promise<ServiceWorkerRegistration>} worker */
export async function keep(worker) {
  const { active } = await worker;
  active?.postMessage({ loaded: [location.href.split("#")[0]] });
  const told = new PerformanceObserver((list) => {
    active?.postMessage({ loaded: list.getEntries().map((entry) => entry.name) });
  });
  told.observe({ type: "resource", buffered: true });
}
