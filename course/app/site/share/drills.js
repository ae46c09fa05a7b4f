// @ts-check
// Questions on a page: those of a lesson, and on the page of drills a sitting. What is asked, said and scheduled comes
// from the course itself, in the worker; here it gets buttons, and its lines are kept.

import { Kept } from "./kept.js";
import { make, start } from "./python.js";

const SLIP = 300; // ms in which nobody reads what has come: the second tap of a double one
const COMING = "Python is on its way; the answer comes in a moment.";

/** @param {string} call @param {any[]} given @returns {Promise<any>} */
async function ask(call, given) {
  const python = await start();
  return JSON.parse(await python.ask("drills", call, given));
}

// A question of a lesson.

/** @param {HTMLFormElement} form */
function question(form) {
  const said = /** @type {HTMLElement} */ (form.querySelector(".question-verdict"));
  said.textContent = "";
  let asked = 0;
  const judge = async () => {
    const typed = String(new FormData(form).get("answer") ?? "").trim();
    if (!typed) return;
    const mine = ++asked;
    if (document.documentElement.dataset.python !== "live") said.textContent = COMING;
    try {
      const { outcome, html } = await ask("judge", [form.dataset.id, typed]);
      if (mine !== asked) return; // another answer was given since
      said.innerHTML = html;
      said.dataset.outcome = outcome;
    } catch (error) {
      said.textContent = `This answer cannot be judged here: ${/** @type {Error} */ (error).message}.`;
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    judge();
  });
  form.addEventListener("change", (event) => {
    if (/** @type {HTMLInputElement} */ (event.target).type === "radio") judge();
  });
  form.addEventListener("focusin", () => void start().catch(() => {}), { once: true });
}

// A sitting.

/**
 * @typedef {{step: string, head: string, body: string, lines: string[], title?: string, prompt?: string, enough?: string,
 *   kind?: string, options?: string[], seconds?: number, verdict?: string, points?: string[], news?: string,
 *   text?: string, revise?: {page: string, section: string, missed: string[]}[], error?: string}} Face
 */

const GRADES = ["again", "hard", "good", "easy"];

class Sitting {
  /** @param {HTMLElement} box */
  constructor(box) {
    this.box = box;
    this.kept = new Kept();
    this.busy = false;
    this.shown = 0;
    this.timer = 0;
    /** @param {string} name */
    const part = (name) => /** @type {HTMLElement} */ (box.querySelector(`.drills-${name}`));
    this.head = part("head");
    this.body = part("body");
    this.verdict = part("verdict");
    this.controls = part("controls");
    this.foot = part("foot");
    this.news = part("news");
    this.lessons = /** @type {HTMLSelectElement} */ (box.querySelector("select"));
    this.lessons.onchange = () => this.act("choose", this.chosen);
    const lesson = new URLSearchParams(location.search).get("lesson"); // where a lesson sends its reader
    const asked = [...this.lessons.options].find((one) => lesson && one.value.startsWith(`${lesson}_`));
    if (asked) this.lessons.value = asked.value;
    /** @type {HTMLButtonElement} */ (box.querySelector(".drills-save")).onclick = () => this.save();
    const file = /** @type {HTMLInputElement} */ (box.querySelector("input[type=file]"));
    file.onchange = () => this.read(file);
  }

  /** Names of the lessons that were chosen; none for those that were begun. */
  get chosen() {
    return this.lessons.value ? this.lessons.value.split(" ") : [];
  }

  async begin() {
    this.news.classList.remove("waits");
    this.news.textContent = "Python is on its way; the first card comes in a moment.";
    try {
      const lines = await this.kept.open();
      const face = await ask("begin", [lines.join("\n"), JSON.stringify(this.chosen)]);
      this.news.textContent = this.kept.trouble;
      this.render(face);
    } catch (error) {
      this.news.textContent = `There are no drills here: ${/** @type {Error} */ (error).message}. `;
      this.news.append(button("Try again", () => this.begin()));
    }
  }

  /** Go a step: what it writes is kept before anything is shown. @param {string} name @param {...any} given */
  async act(name, ...given) {
    if (this.busy) return;
    this.busy = true;
    try {
      const others = await this.kept.since();
      if (others.length) await this.step("heard", others.join("\n"));
      const face = await this.step(name, ...given);
      await this.kept.add(face.lines);
      const heard = others.length ? "Another tab has drilled too; what was graded there counts here." : "";
      this.news.textContent = [face.news, heard, this.kept.trouble].filter(Boolean).join(" ");
      this.render(face);
    } catch (error) {
      this.news.textContent = /** @type {Error} */ (error).message;
    } finally {
      this.busy = false;
    }
  }

  /** @param {string} name @param {...any} given @returns {Promise<Face>} */
  async step(name, ...given) {
    const face = await ask("step", [name, JSON.stringify(given)]);
    if (face.error) throw new Error(face.error);
    return face;
  }

  /** @param {Face} face */
  render(face) {
    const draw = { start: this.opened, asked: this.asked, "not yet": this.notYet, right: this.judged }[face.step];
    const more = { wrong: this.judged, shown: this.answered, over: this.over }[face.step];
    (draw ?? more)?.call(this, face);
  }

  /**
   * Show what comes next, and put the keyboard on the first control.
   * @param {HTMLElement[]} controls @param {HTMLElement[]} foot
   */
  put(controls, foot = []) {
    clearInterval(this.timer);
    this.controls.replaceChildren(...controls);
    this.foot.replaceChildren(...foot);
    this.shown = performance.now();
    const marked = this.controls.querySelector("[data-first]");
    const first = /** @type {HTMLElement | null} */ (marked ?? this.controls.querySelector("button, input"));
    const opensKeyboard = first instanceof HTMLInputElement && first.type === "text" && matchMedia("(pointer: coarse)").matches;
    if (first && !opensKeyboard) first.focus({ preventScroll: true });
  }

  /** A button that goes a step. @param {string} text @param {string} name @param {...any} given */
  to(text, name, ...given) {
    return button(text, () => {
      if (performance.now() - this.shown > SLIP) this.act(name, ...given);
    });
  }

  get leaving() {
    return [this.to("Undo", "undo"), this.to("End", "finish")];
  }

  /** @param {Face} face */
  opened(face) {
    this.head.textContent = face.head;
    this.body.innerHTML = face.body;
    this.verdict.replaceChildren();
    const nothing = /** @type {any} */ (face).controls !== undefined;
    this.put(nothing ? [] : [this.to("Start", "go_on")]);
    if (nothing) this.body.append(make("p", { text: "Nothing is due. Take new cards from another lesson below." }));
  }

  /** @param {Face} face */
  asked(face) {
    this.head.textContent = face.head;
    this.body.innerHTML = face.prompt ?? "";
    this.verdict.replaceChildren();
    // On a phone: the card and its buttons, and nothing above them.
    if (matchMedia("(max-width: 40rem)").matches) requestAnimationFrame(() => this.head.scrollIntoView());
    const foot = [this.to("Skip", "skip"), ...this.leaving];
    const unknown = this.to("Don't know", "answer", "");
    if (face.kind === "choice") {
      const options = (face.options ?? []).map((text, place) => {
        const letter = "abcdef"[place];
        const option = this.to("", "answer", letter);
        option.className += " drills-option";
        option.innerHTML = `<b>${letter})</b> <span>${text}</span>`;
        return option;
      });
      return this.put([...options, unknown], foot);
    }
    if (face.kind === "number") {
      const field = make("input", { id: "drills-answer", type: "text", autocomplete: "off", placeholder: "0.5, 1/2 or 50%" });
      const label = make("label", { for: "drills-answer", text: face.enough ? `Answer (${face.enough})` : "Answer" });
      const form = make("form", { class: "drills-number" }, label, field, make("button", { class: "drills-button", text: "Check" }));
      form.onsubmit = (event) => {
        event.preventDefault();
        const typed = /** @type {HTMLInputElement} */ (field).value.trim();
        if (typed) this.act("answer", typed); // a slip of the finger gives nothing up
        else this.verdict.textContent = "Type an answer, or press Don't know to see it; that counts as again.";
      };
      return this.put([form, unknown], foot);
    }
    const show = this.to("Show the answer", "show");
    if (!face.seconds) return this.put([show], foot);
    const clock = make("p", { class: "drills-clock", role: "timer" });
    const began = performance.now();
    this.put([clock, show], foot);
    const tick = () => (clock.textContent = `${Math.floor((performance.now() - began) / 1000)} of ${face.seconds} s`);
    tick();
    this.timer = window.setInterval(tick, 1000);
  }

  /** @param {Face} face */
  notYet(face) {
    this.verdict.innerHTML = face.verdict ?? "";
  }

  /** @param {Face} face */
  judged(face) {
    this.verdict.innerHTML = face.verdict ?? "";
    const controls = face.step === "right" ? this.grades(GRADES.slice(1)) : [this.to("Next", "next")];
    this.put(controls, this.leaving);
    this.verdict.scrollIntoView({ block: "nearest" });
  }

  /** @param {Face} face */
  answered(face) {
    this.verdict.innerHTML = face.verdict ?? "";
    const points = face.points ?? [];
    if (!points.length) this.put(this.grades(GRADES), [this.to("End", "finish")]);
    else {
      const ticks = points.map((point) => {
        const tick = make("input", { type: "checkbox" });
        return { tick: /** @type {HTMLInputElement} */ (tick), row: make("label", { class: "drills-point" }, tick, point) };
      });
      const group = make("fieldset", {}, make("legend", { text: "Which did you say?" }), ...ticks.map(({ row }) => row));
      const done = button("Grade it", () => {
        const made = ticks.flatMap(({ tick }, place) => (tick.checked ? [place] : []));
        if (performance.now() - this.shown > SLIP) this.act("made", made);
      });
      this.put([group, done], [this.to("End", "finish")]);
    }
    this.verdict.scrollIntoView({ block: "nearest" });
  }

  /** @param {string[]} words */
  grades(words) {
    return words.map((word) => {
      const one = this.to(word[0].toUpperCase() + word.slice(1), "grade", word);
      if (word === "good") one.dataset.first = "";
      return one;
    });
  }

  /** @param {Face} face */
  over(face) {
    this.head.textContent = face.head;
    this.body.replaceChildren();
    this.verdict.replaceChildren();
    const places = (face.revise ?? []).map(({ page, section, missed }) => {
      const link = make("a", { href: `notebooks/${page}.html`, text: page });
      const list = make("ul", {}, ...missed.map((text) => make("li", { text })));
      return make("li", {}, link, `: ${section}`, list);
    });
    if (places.length) this.body.append(make("p", { text: "Read again:" }), make("ul", {}, ...places));
    this.put([this.to("Go on", "go_on")], [this.to("Undo", "undo")]);
  }

  async save() {
    try {
      const { text } = await this.step("give");
      const address = URL.createObjectURL(new Blob([text ?? ""], { type: "application/x-ndjson" }));
      const link = /** @type {HTMLAnchorElement} */ (make("a", { href: address, download: "reviews.jsonl" }));
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    } catch (error) {
      this.news.textContent = /** @type {Error} */ (error).message;
    }
  }

  /** @param {HTMLInputElement} input */
  async read(input) {
    const file = input.files?.[0];
    if (!file) return;
    await this.act("take", await file.text(), file.name);
    input.value = ""; // the same file can be chosen again
  }
}

/** @param {string} text @param {() => void} act */
function button(text, act) {
  const made = /** @type {HTMLButtonElement} */ (make("button", { type: "button", class: "drills-button", text }));
  made.onclick = act;
  return made;
}

for (const form of document.querySelectorAll("form.question")) question(/** @type {HTMLFormElement} */ (form));
const box = document.querySelector("#drills");
if (box) new Sitting(/** @type {HTMLElement} */ (box)).begin();
