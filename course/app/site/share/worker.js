// @ts-check
// Python in a worker: the course's own modules in Pyodide, asked by name. Of the requests that belong together only the
// newest is computed.

import { loadPyodide } from "./pyodide/pyodide.mjs";

/** @type {Map<string, number>} */
const newest = new Map();

const ready = (async () => {
  const [python, course] = await Promise.all([
    loadPyodide({ indexURL: new URL("./pyodide/", self.location.href).href, packages: ["scipy"] }),
    load(new URL("./pyodide/course.zip", self.location.href)),
  ]);
  python.unpackArchive(course, "zip", { extractDir: python.runPython("import site; site.getsitepackages()[0]") });
  return python.pyimport("course.explore.answers");
})();
ready.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ failed: sentence(error) }),
);

/** @param {URL} address */
async function load(address) {
  const found = await fetch(address);
  if (!found.ok) throw new Error(`${address.pathname} could not be fetched (${found.status})`);
  return found.arrayBuffer();
}

/** The last line of a traceback, without the name of the class. @param {any} error */
function sentence(error) {
  const lines = String(error?.message ?? error).trim().split("\n");
  return lines[lines.length - 1].replace(/^[\w.]*(Error|Exception): /, "").replace(/\.$/, "");
}

onmessage = async ({ data: { id, call, args, newest: name } }) => {
  if (name) newest.set(name, id);
  const room = await ready;
  await new Promise((resolve) => setTimeout(resolve)); // let newer requests overtake
  if (name && newest.get(name) !== id) return postMessage({ id, answer: null });
  try {
    postMessage({ id, answer: room[call](...args) });
  } catch (error) {
    postMessage({ id, error: sentence(error) });
  }
};
