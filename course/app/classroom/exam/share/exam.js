// A paper in a browser. It collects answers, keeps them while it is open and gives them out as a notebook. It knows
// nothing of what is right, and asks for nothing from anywhere.
"use strict";
{
  const paper = JSON.parse(document.getElementById("paper").textContent);
  const { exam, mark } = paper.notebook.metadata[paper.key];
  const place = `${paper.key}:${exam}:${mark}`;
  const form = document.getElementById("answers");
  const at = name => document.getElementById(name);
  const fields = paper.notebook.cells.map(cell => cell.id).filter(id => form.elements[id]);
  const first = Object.fromEntries(fields.map(id => [id, form.elements[id].value]));
  let begun = null;
  let kept = true;
  let told = Infinity;

  const answers = () => Object.fromEntries(fields.map(id => [id, form.elements[id].value]));
  const answered = id => form.elements[id].value.trim() !== first[id].trim();

  function keep() {
    try {
      localStorage.setItem(place, JSON.stringify({ begun, answers: answers() }));
      kept = true;
    } catch {
      kept = false;
    }
    at("not-kept").hidden = kept;
    count();
  }

  function restore() {
    try {
      const held = JSON.parse(localStorage.getItem(place));
      if (!held) return;
      begun = Number.isFinite(held.begun) ? held.begun : null;
      for (const id of fields) if (typeof held.answers?.[id] === "string") form.elements[id].value = held.answers[id];
    } catch {
      // Storage is forbidden, which `keep` says, or holds something else, which it replaces.
    }
  }

  function count() {
    at("count").textContent = `${fields.filter(answered).length} of ${fields.length} answered`;
  }

  function begin() {
    if (begun === null) begun = Date.now();
    at("before").hidden = true;
    at("during").hidden = false;
    keep();
    tick();
    setInterval(tick, 1000);
  }

  function tick() {
    const left = paper.minutes * 60 - Math.floor((Date.now() - begun) / 1000);
    const whole = Math.floor(Math.abs(left) / 60);
    const rest = String(Math.abs(left) % 60).padStart(2, "0");
    at("clock").textContent = `${whole}:${rest} ${left < 0 ? "over" : "left"}`;
    const due = [0, 1, 5, 10].find(minutes => left <= 60 * minutes);  // said once each, also to who only hears it
    if (due === undefined || due >= told) return;
    told = due;
    at("news").textContent = due ? `Less than ${due} minute${due > 1 ? "s" : ""} left.` : "Time is up. Hand in now.";
  }

  function written() {
    const notebook = structuredClone(paper.notebook);
    for (const cell of notebook.cells) {
      if (!fields.includes(cell.id) || !answered(cell.id)) continue;
      const value = form.elements[cell.id].value;
      const name = paper.names[cell.id];  // a choice or a number is text; code is what it is
      cell.source = name ? `${name} = ${JSON.stringify(value)}` : value;
    }
    const minutes = Math.round((Date.now() - begun) / 6000) / 10;
    Object.assign(notebook.metadata[paper.key], { minutes_taken: minutes });
    return JSON.stringify(notebook, null, 1);
  }

  function handIn() {
    const text = written();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
    link.download = `${exam}.ipynb`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    at("copy").value = text;
    at("no-file").hidden = false;
    const open = fields.filter(id => !answered(id)).map(id => id.match(/\d+/)[0]);
    const rest = open.length ? ` Without an answer: ${open.join(", ")}.` : "";
    at("handed").textContent =
      `${exam}.ipynb is in your downloads: hand in that file.${rest} If you change something, save it again; the later file counts.`;
  }

  restore();
  form.addEventListener("input", keep);
  form.addEventListener("submit", event => event.preventDefault());
  at("begin").addEventListener("click", () => {
    begin();
    at("q1").focus();
  });
  at("hand-in").addEventListener("click", handIn);
  addEventListener("storage", event => {
    if (event.key === place) {
      restore();  // the same paper in another tab
      count();
    }
  });
  addEventListener("beforeunload", event => {
    if (begun !== null && !kept) event.preventDefault();
  });
  if (begun !== null) begin();
}
