// What every explorer needs for people who do not see or do not point: sliders that say their name and value, a picture
// that says what it shows, and one line of summary that is read out when the controls come to rest.

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

function render({ model, el }) {
  const seen = document.createElement("p");
  seen.className = "course-summary";
  seen.setAttribute("aria-hidden", "true"); // the region beside it says the same
  const spoken = document.createElement("div");
  spoken.className = "course-spoken";
  spoken.setAttribute("role", "status");
  spoken.setAttribute("aria-live", "polite");
  spoken.setAttribute("aria-atomic", "true");
  el.append(seen, spoken);

  let timer;
  let waiting;
  let root;
  const describe = () => {
    const picture = root?.querySelector(".vega-embed");
    put(picture, "role", "img");
    put(picture, "aria-label", model.get("picture"));
  };
  const speak = () => {
    seen.textContent = model.get("summary");
    clearTimeout(timer);
    timer = setTimeout(() => {
      spoken.textContent = model.get("summary");
      describe();
    }, REST);
  };
  const dress = () => {
    nameSliders(root);
    // JupyterLab takes the arrow keys from a drop-down list: in command mode they move between cells.
    for (const list of root.querySelectorAll("select")) put(list, "data-lm-suppress-shortcuts", "true");
    describe();
  };
  const observer = new MutationObserver(dress);
  const attach = () => {
    root = el.closest(".course-explorer");
    if (!root) {
      waiting = requestAnimationFrame(attach); // widgets are drawn first and put on the page afterwards
      return;
    }
    dress();
    const controls = root.querySelector(".course-controls");
    observer.observe(root, { childList: true });
    if (controls) {
      observer.observe(controls, {
        childList: true, subtree: true, characterData: true, attributeFilter: ["aria-valuetext", "disabled"],
      });
    }
  };

  model.on("change:summary", speak);
  speak();
  attach();
  return () => {
    clearTimeout(timer);
    cancelAnimationFrame(waiting);
    observer.disconnect();
  };
}

export default { render };
