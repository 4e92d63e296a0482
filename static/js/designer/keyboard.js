// Everything can be done without a mouse.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const NUDGE_MM = { fine: 0.1, coarse: 1 };

export function listenToKeys({ store, acts, stage, save, mayChange }) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    const act = wholePage(event, save) ?? (isTyping(event) ? null : onCard(event, { store, acts, stage, mayChange }));
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function isTyping(event) {
  return event.target.closest("input, textarea, select") !== null;
}

function hasCommand(event) {
  return event.ctrlKey || event.metaKey;
}

function wholePage(event, save) {
  return hasCommand(event) && event.key.toLowerCase() === "s" ? () => save.save() : null;
}

function onCard(event, { store, acts, stage, mayChange }) {
  if (hasCommand(event)) return mayChange ? onCommand(event, { store, acts }) : null;
  if (event.key === "+" || event.key === ";") return () => stage.zoomBy(1);
  if (event.key === "-") return () => stage.zoomBy(-1);
  if (event.key === "0") return () => stage.fit();
  if (event.key === "Escape") return () => store.select(null);
  if (!mayChange || store.selected === null) return null;
  if (event.key in ARROWS) return () => nudge(event, acts);
  if (event.key === "Delete" || event.key === "Backspace") return () => acts.remove();
  return null;
}

function onCommand(event, { store, acts }) {
  const key = event.key.toLowerCase();
  if (key === "z") return () => (event.shiftKey ? store.redo() : store.undo());
  if (key === "y") return () => store.redo();
  if (key === "d") return () => acts.duplicate();
  return null;
}

function nudge(event, acts) {
  const [across, down] = ARROWS[event.key];
  const by = event.shiftKey ? NUDGE_MM.coarse : NUDGE_MM.fine;
  acts.nudge(across * by, down * by);
}
