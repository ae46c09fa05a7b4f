// @ts-check
// Explorers on a page: the still picture is there at once; at the first touch of a control Python is fetched into a
// worker, and from then on the picture follows the hand. What is computed and said comes from the course itself.

/**
 * @typedef {{kind: "slider" | "logslider" | "count" | "choice" | "switch", label: string, value: any, at?: number,
 *   values?: number[], written?: string[], options?: any[], sets?: Object<string, Object<string, any>>}} Control
 * @typedef {{controls: Object<string, Control>, idle: string[], summary: string}} Scene
 * @typedef {{tables: Object<string, Object<string, any[]>>, summary: string, picture: string, idle: string[],
 *   error?: string}} Answer
 */

import { keep } from "./keep.js";
import { HERE, lacking, make, start } from "./python.js";

const NARROW = 500; // pixels: a telephone
const REST = 400; // ms without a change before the line is read out: a drag is one announcement, not sixty

/** @param {HTMLElement} box @param {string} key @param {Control} control @param {(value: any) => void} set */
function fieldFor(box, key, control, set) {
  const label = make("label", { for: key, text: control.label });
  if (control.kind === "choice") {
    const list = /** @type {HTMLSelectElement} */ (make("select", { id: key }));
    for (const option of control.options ?? []) list.append(make("option", { text: String(option) }));
    list.selectedIndex = (control.options ?? []).indexOf(control.value);
    list.onchange = () => set((control.options ?? [])[list.selectedIndex]);
    box.append(label, list, make("span"));
    return list;
  }
  const input = /** @type {HTMLInputElement} */ (make("input", { id: key }));
  if (control.kind === "switch") {
    input.type = "checkbox";
    input.checked = control.value;
    input.onchange = () => set(input.checked);
    box.append(label, input, make("span"));
    return input;
  }
  const { values = [], written = [], at = 0 } = control;
  Object.assign(input, { type: "range", min: 0, max: values.length - 1, step: 1 });
  input.value = String(at);
  const shown = make("output", { for: key, text: written[at] });
  input.setAttribute("aria-valuetext", written[at]); // the handle itself counts steps
  input.oninput = () => {
    const place = Number(input.value);
    shown.textContent = written[place];
    input.setAttribute("aria-valuetext", written[place]);
    set(values[place]);
  };
  box.append(label, input, shown);
  return input;
}

/** Columns of a table as the records that Vega reads. @param {Object<string, any[]>} columns */
function rows(columns) {
  const names = Object.keys(columns);
  return columns[names[0]].map((_, i) => Object.fromEntries(names.map((name) => [name, columns[name][i]])));
}

/** Say before somebody solves an exercise what this browser will not do. @param {HTMLElement} link */
async function solving(link) {
  const said = lacking() || (await forbidden());
  if (said) link.closest("p")?.after(make("p", { role: "status", text: said }));
}

/** Why nothing that is solved here would be kept, as a sentence. */
async function forbidden() {
  const why = "This browser keeps nothing of what you solve: a private window, or a setting, forbids it. Save your progress before you close the page.";
  if (!navigator.serviceWorker) return why;
  const kept = await new Promise((resolve) => {
    try {
      const request = indexedDB.open("borrowing-strength-tried", 1);
      request.onsuccess = () => {
        request.result.close();
        resolve(true);
      };
      request.onerror = () => resolve(false);
    } catch {
      resolve(false);
    }
  });
  return kept ? "" : why;
}

let places = 0;

/** @param {HTMLElement} box */
function explorer(box) {
  const name = /** @type {string} */ (box.dataset.explorer);
  const scene = /** @type {Scene} */ (JSON.parse(/** @type {string} */ (box.querySelector("script")?.textContent)));
  const picture = /** @type {HTMLElement} */ (box.querySelector(".explorer-picture"));
  const state = Object.fromEntries(Object.entries(scene.controls).map(([field, { value }]) => [field, value]));
  const controls = make("div", { class: "explorer-controls" });
  const seen = make("p", { class: "explorer-summary", "aria-hidden": "true", text: scene.summary });
  const news = /** @type {HTMLElement} */ (box.querySelector(".explorer-news"));
  news.classList.remove("waits");
  news.textContent = "";
  const spoken = make("div", { class: "explorer-spoken", role: "status" });
  /** @type {Object<string, HTMLInputElement | HTMLSelectElement>} */
  const inputs = {};
  /** @type {any} */
  let view;
  /** @type {ReturnType<typeof chartOf> | undefined} */
  let chart;
  let rest = 0;
  let asked = 0;

  /** @param {string[]} names */
  const idle = (names) => {
    for (const [control, input] of Object.entries(inputs)) input.disabled = names.includes(control);
  };
  /** @param {Answer} answer */
  const show = async (answer) => {
    if (!view) view = await draw(picture, chart ?? chartOf(name), answer);
    else for (const [table, columns] of Object.entries(answer.tables)) view.data(table, rows(columns));
    await view.runAsync();
    idle(answer.idle);
    seen.textContent = answer.summary;
    clearTimeout(rest);
    rest = window.setTimeout(() => {
      spoken.textContent = answer.summary;
      picture.setAttribute("role", "img");
      picture.setAttribute("aria-label", answer.picture);
    }, REST);
  };
  const follow = async () => {
    const mine = ++asked;
    if (document.documentElement.dataset.python !== "live")
      news.textContent = "Python is on its way; the picture will follow your hand in a moment.";
    chart ??= chartOf(name);
    chart.catch(() => (chart = undefined)); // the next touch tries again
    try {
      const engine = await start();
      if (mine !== asked) return; // what was set since then is asked for by itself
      const answer = await engine.ask("explore", "answer", [name, JSON.stringify(state)], name);
      if (!answer) return;
      const found = /** @type {Answer} */ (JSON.parse(answer));
      if (found.error) throw new Error(found.error);
      await show(found);
      news.textContent = "";
    } catch (error) {
      news.textContent = `The picture stands still: ${/** @type {Error} */ (error).message}.`;
    }
  };
  /** Put a slider to a value, as a hand would. @param {string} field @param {number} value */
  const move = (field, value) => {
    const apart = (scene.controls[field].values ?? []).map((each) => Math.abs(each - value));
    inputs[field].value = String(apart.indexOf(Math.min(...apart)));
    inputs[field].dispatchEvent(new Event("input"));
  };
  for (const [field, control] of Object.entries(scene.controls)) {
    inputs[field] = fieldFor(controls, `explorer-${++places}`, control, (value) => {
      state[field] = value;
      for (const [other, to] of Object.entries(control.sets?.[value] ?? {})) move(other, to);
      follow();
    });
  }
  idle(scene.idle);
  box.append(controls, seen, news, spoken);
  controls.addEventListener("pointerdown", () => void start().catch(() => {}), { once: true });
  if (box.dataset.eager !== undefined && !(/** @type {any} */ (navigator).connection?.saveData)) follow();
}

/** What draws, and what is to be drawn: fetched while Python is on its way. @param {string} name */
function chartOf(name) {
  const spec = fetch(new URL(`explorers/${name}.json`, HERE)).then((found) => found.json());
  return Promise.all([import(new URL("vega.js", HERE).href), spec]);
}

/** Put panels that stand side by side under each other. @param {any} spec */
function stack(spec) {
  if (spec.hconcat) {
    spec.vconcat = spec.hconcat;
    delete spec.hconcat;
  }
  spec.vconcat?.forEach(stack);
}

/** @param {HTMLElement} picture @param {ReturnType<typeof chartOf>} chart @param {Answer} answer */
async function draw(picture, chart, answer) {
  const [{ vegaEmbed }, spec] = await chart;
  if (picture.clientWidth < NARROW) {
    picture.classList.add("stacked");
    stack(spec);
  }
  spec.datasets = Object.fromEntries(Object.entries(answer.tables).map(([table, columns]) => [table, rows(columns)]));
  const still = [...picture.childNodes];
  // `ast`: expressions are interpreted, so that the page needs no eval.
  const { view } = await vegaEmbed(picture, spec, { actions: false, renderer: "svg", ast: true });
  for (const node of still) node.remove();
  return view;
}

// What is wider than its place is moved with the arrow keys, so the keyboard must reach it; what is not would be in the way.
const narrow = new ResizeObserver((seen) => {
  for (const { target } of seen)
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
});
for (const place of document.querySelectorAll("div.math, .explorer-picture, div.cell_output")) narrow.observe(place);
for (const box of document.querySelectorAll(".explorer")) explorer(/** @type {HTMLElement} */ (box));
for (const link of document.querySelectorAll("a.solve")) solving(/** @type {HTMLElement} */ (link));
if (document.querySelector(".question, #drills")) import("./drills.js");
if (document.querySelector(".guess")) import("./guesses.js");
if (globalThis.isSecureContext && navigator.serviceWorker) {
  const { serviceWorker } = navigator;
  keep(serviceWorker.register(new URL("../sw.js", HERE)).then(() => serviceWorker.ready)).catch(() => {}); // then a page needs the net
}
