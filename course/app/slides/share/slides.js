// Right or space goes through all slides and steps; S opens the notes, Escape the overview, B darkens the screen.
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
