// What every explorer needs from the page: a picture that follows its tables and says what it shows, sliders that say
// their name and value, and one line of summary that is read out when the controls come to rest.

const REST = 400; // ms without a change before the line is read out: a drag is one announcement, not sixty

function nameSliders(root) {
  for (const handle of root.querySelectorAll('[role="slider"]')) {
    const box = handle.closest(".jupyter-widgets");
    const label = box?.querySelector(".widget-label")?.textContent.trim();
    const readout = box?.querySelector(".widget-readout");
    put(handle, "aria-label", label);
    // A logarithmic slider reports its exponent; the value that is shown is the one to say.
    put(handle, "aria-valuetext", readout?.textContent.trim());
    put(readout, "aria-label", label);
    put(handle, "aria-disabled", String(handle.closest("[disabled]") !== null));
  }
}

function put(element, attribute, text) {
  if (element && text && element.getAttribute(attribute) !== text) element.setAttribute(attribute, text);
}

// The page may hear of a model later than of what refers to it, and ipywidgets gives up after two seconds.
async function modelOf(manager, id, ended) {
  while (!manager.has_model(id) && !ended.aborted) await new Promise((resolve) => setTimeout(resolve, 50));
  return manager.get_model(id);
}

// Vega, once for all explorers of a page.
function load(library) {
  const loaded = (window.courseLibraries ??= {});
  const name = library.get("name");
  if (!(name in loaded)) {
    const place = URL.createObjectURL(new Blob([library.get("source")], { type: "text/javascript" }));
    loaded[name] = import(place).finally(() => URL.revokeObjectURL(place));
  }
  return loaded[name];
}

// The box with the place of the picture, the controls and this line; widgets are drawn first and put together afterwards.
function boxAround(el, ended) {
  return new Promise((resolve) => {
    const look = () => {
      const box = el.closest(".course-explorer");
      if (box?.querySelector(".course-picture") && box.querySelector(".course-controls")) resolve(box);
      else if (!ended.aborted) requestAnimationFrame(look);
    };
    look();
  });
}

// The tables are replaced in the running view, which is never drawn anew.
async function draw(box, scene, library, ended) {
  const { vegaEmbed } = await load(library);
  const shown = {};
  const changed = () => scene.get("tables").filter((name) => shown[name] !== scene.get(`table_${name}`));
  const rows = (name) => structuredClone((shown[name] = scene.get(`table_${name}`))); // Vega marks what it is given
  const datasets = Object.fromEntries(changed().map((name) => [name, rows(name)]));
  const options = { actions: false, renderer: "svg" }; // SVG takes the ink of the page, in whatever theme
  const spec = { ...structuredClone(scene.get("spec")), datasets };
  const { view, finalize } = await vegaEmbed(box.querySelector(".course-picture"), spec, options);
  const follow = () => {
    const names = changed();
    for (const name of names) view.data(name, rows(name));
    if (names.length > 0) view.runAsync();
  };
  scene.on("change", follow);
  ended.addEventListener("abort", () => {
    scene.off("change", follow);
    finalize();
  });
  follow(); // what was set while it was drawn
}

async function start(model, el, ended) {
  const seen = document.createElement("p");
  seen.className = "course-summary";
  seen.setAttribute("aria-hidden", "true"); // the region beside it says the same
  const spoken = document.createElement("div");
  spoken.className = "course-spoken";
  spoken.setAttribute("role", "status");
  spoken.setAttribute("aria-live", "polite");
  spoken.setAttribute("aria-atomic", "true");
  el.append(seen, spoken);

  const find = (id) => modelOf(model.widget_manager, model.get(id), ended);
  const [box, scene] = await Promise.all([boxAround(el, ended), find("scene_id")]);
  if (ended.aborted) return;

  const describe = () => {
    const picture = box.querySelector(".vega-embed");
    put(picture, "role", "img");
    put(picture, "aria-label", scene.get("picture"));
  };
  let timer;
  const speak = () => {
    seen.textContent = scene.get("summary");
    clearTimeout(timer);
    timer = setTimeout(() => {
      spoken.textContent = scene.get("summary");
      describe();
    }, REST);
  };
  const dress = () => {
    nameSliders(box);
    // JupyterLab takes the arrow keys from a drop-down list: in command mode they move between cells.
    for (const list of box.querySelectorAll("select")) put(list, "data-lm-suppress-shortcuts", "true");
  };
  const observer = new MutationObserver(dress);
  observer.observe(box.querySelector(".course-controls"), {
    childList: true, subtree: true, characterData: true, attributeFilter: ["aria-valuetext", "disabled"],
  });
  scene.on("change:summary", speak);
  ended.addEventListener("abort", () => {
    scene.off("change:summary", speak);
    clearTimeout(timer);
    observer.disconnect();
  });
  dress();
  speak();

  const late = box.querySelector(".course-late");
  try {
    await draw(box, scene, await find("library_id"), ended);
    late.replaceChildren();
    describe();
  } catch (error) {
    if (ended.aborted) return;
    late.textContent = `The picture cannot be drawn: ${error.message}. Run this cell again; if that does not help, load the page again.`;
    console.error(error);
  }
}

function render({ model, el }) {
  const ended = new AbortController();
  start(model, el, ended.signal);
  return () => ended.abort();
}

export default { render };
