// @ts-check
// Python on a page: one worker, started at the first touch of anything that needs it.

export const HERE = new URL(".", import.meta.url);

/** @type {Promise<Python> | undefined} */
let python;

/** The worker: one for a page, started once; answers only the newest request of each explorer. */
class Python {
  constructor() {
    this.worker = new Worker(new URL("worker.js", HERE), { type: "module" });
    this.waiting = new Map();
    this.last = 0;
    this.ready = new Promise((resolve, reject) => {
      this.worker.onerror = (event) => reject(new Error(event.message || "the worker could not be started"));
      this.worker.onmessage = ({ data }) => {
        if (data.ready) return resolve(undefined);
        if (data.failed) return reject(new Error(data.failed));
        const { resolve: give, reject: refuse } = this.waiting.get(data.id);
        this.waiting.delete(data.id);
        if (data.error) refuse(new Error(data.error));
        else give(data.answer);
      };
    });
  }

  /**
   * @param {"explore" | "drills"} room @param {string} call @param {any[]} args
   * @param {string} [newest] only the newest of this name is computed
   */
  ask(room, call, args, newest) {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, room, call, args, newest });
    });
  }
}

/** What Python needs and this browser does not have, as a sentence; empty if nothing. */
export function lacking() {
  return typeof WebAssembly === "object" ? "" : "This browser does not run WebAssembly: it is too old, or a setting forbids it.";
}

/** @returns {Promise<Python>} */
export function start() {
  python ??= (async () => {
    if (lacking()) throw new Error("this browser does not run WebAssembly, since it is too old or a setting forbids it");
    const one = new Python();
    await one.ready.catch((error) => {
      one.worker.terminate();
      throw error;
    });
    document.documentElement.dataset.python = "live";
    navigator.serviceWorker?.ready.then(({ active }) => active?.postMessage({ python: true }));
    return one;
  })();
  python.catch(() => (python = undefined)); // the next touch tries again
  return python;
}

/** @param {string} tag @param {Object<string, any>} [attributes] @param {...(Node | string)} children */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}
