// @ts-check
// Python in a worker: the course's own modules in Pyodide, asked by name. Of the requests that belong together only the
// newest is computed.

// @ts-ignore: it is there when the site is made
import { loadPyodide } from "./pyodide/pyodide.mjs";

/** @type {Map<string, number>} */
const newest = new Map();

/** Archives and the module that answers. @type {Object<string, {archive: string, module: string}>} */
const ROOMS = {
  explore: { archive: "course.zip", module: "course.explore.answers" },
  drills: { archive: "drills.zip", module: "course.drills.page" },
};
/** @type {Map<string, Promise<any>>} */
const rooms = new Map();
const common = load("course.zip");

// Pyodide says nothing when its program did not come whole, and would be waited for without end.
const broken = new Promise((_, reject) => {
  const { instantiateStreaming } = WebAssembly;
  WebAssembly.instantiateStreaming = (...given) => {
    const made = instantiateStreaming(...given);
    made.catch((error) => reject(new Error(`Python did not come whole (${sentence(error)}); try again`)));
    return made;
  };
});
const ready = (async () => {
  const [python, course] = await Promise.all([
    Promise.race([broken, loadPyodide({ indexURL: new URL("./pyodide/", self.location.href).href, packages: ["scipy"] })]),
    common,
  ]);
  unpack(python, course);
  return python;
})();
ready.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ failed: sentence(error) }),
);

/** Fetch an archive, as it was when the site was made. @param {string} archive */
async function load(archive) {
  const address = new URL(`./pyodide/${archive}`, self.location.href);
  const sums = await (await fetch(new URL("./pyodide/sums.json", self.location.href))).json();
  let why = "";
  for (const cache of /** @type {RequestCache[]} */ (["default", "reload"]))
    try {
      const found = await fetch(address, { integrity: sums[archive], cache });
      if (found.ok) return await found.arrayBuffer();
      why = `it was answered with ${found.status}`;
    } catch (error) {
      why = sentence(error);
      for (const name of await caches.keys()) await (await caches.open(name)).delete(address);
    }
  throw new Error(`${archive} did not come whole (${why}); try again`);
}

/** @param {any} python @param {ArrayBuffer} archive */
function unpack(python, archive) {
  python.unpackArchive(archive, "zip", { extractDir: python.runPython("import site; site.getsitepackages()[0]") });
}

/** A room's module; its archive is fetched when it is first asked. @param {string} name */
function room(name) {
  const made =
    rooms.get(name) ??
    (async () => {
      const { archive, module } = ROOMS[name];
      const [python, bytes] = await Promise.all([ready, archive === "course.zip" ? null : load(archive)]);
      if (bytes) {
        unpack(python, bytes);
        python.runPython("import importlib; importlib.invalidate_caches()");
      }
      return python.pyimport(module);
    })();
  rooms.set(name, made);
  made.catch(() => rooms.delete(name)); // the next request tries again
  return made;
}

/** The last line of a traceback, without the name of the class. @param {any} error */
function sentence(error) {
  const lines = String(error?.message ?? error).trim().split("\n");
  return lines[lines.length - 1].replace(/^[\w.]*(Error|Exception): /, "").replace(/\.$/, "");
}

onmessage = async ({ data: { id, room: where, call, args, newest: name } }) => {
  if (name) newest.set(name, id);
  try {
    const asked = await room(where);
    await new Promise((resolve) => setTimeout(resolve)); // let newer requests overtake
    if (name && newest.get(name) !== id) return postMessage({ id, answer: null });
    postMessage({ id, answer: asked[call](...args) });
  } catch (error) {
    postMessage({ id, error: sentence(error) });
  }
};
