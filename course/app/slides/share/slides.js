// Right or space goes through all slides and steps; S opens the notes, Escape the overview, B darkens the screen.
// A presenter's remote sends Page Up and Page Down: they turn the slides, also while a slider has the focus.
addEventListener("keydown", (event) => {
  if (event.key.startsWith("Page") && document.activeElement?.matches("input, select")) document.activeElement.blur();
}, true);
Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0,
  maxScale: 3,
  center: false,
  hash: true,
  navigationMode: "linear",
  slideNumber: "c/t",
  transition: "none",
  backgroundTransition: "none",
  keyboardCondition: () => !document.activeElement?.matches("input, select"), // arrow keys move a slider
  plugins: [RevealNotes],
});
