// @ts-check
// On JupyterLite's page, which registers a service worker of its own.

import { keep } from "./keep.js";

if (globalThis.isSecureContext && navigator.serviceWorker) keep(navigator.serviceWorker.ready).catch(() => {});
