// @ts-check
// Guesses in a lesson: kept in this browser, and said again where the answer is.

/** @param {string} name */
const place = (name) => `guess ${location.pathname} ${name}`;

/** @param {string} name @param {string} value */
function say(name, value) {
  const called = name.replace(/^guess_/, "").replaceAll("_", " ");
  for (const said of document.querySelectorAll(`.guessed[data-guess="${name}"]`))
    said.textContent = `Your guess, ${called}: ${value || "none yet; it is worth more before than after"}.`;
}

for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll(".guess input"))) {
  const { name } = field;
  try {
    field.value = localStorage.getItem(place(name)) ?? "";
  } catch {
    // forbidden: then a guess lasts as long as the page
  }
  say(name, field.value.trim());
  field.addEventListener("input", () => {
    say(name, field.value.trim());
    try {
      localStorage.setItem(place(name), field.value);
    } catch {
      // full, or forbidden
    }
  });
}

export {};
