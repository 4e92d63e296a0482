// Millimetre rulers along the card's upper and left edge; nought is the trimmed corner.

import { $ } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const BREADTH_PX = 20;
const LONG_PX = { ten: 12, five: 7, one: 4 };

export function drawRulers(card, scale) {
  draw($("#designer-ruler-x"), card.width, card.bleed, scale, true);
  draw($("#designer-ruler-y"), card.height, card.bleed, scale, false);
}

function draw(ruler, length, bleed, scale, isAcross) {
  const key = `${length}:${scale}`;
  if (ruler.dataset.drawn === key) return;
  ruler.dataset.drawn = key;
  const pixels = (length + 2 * bleed) * scale;
  ruler.setAttribute("width", isAcross ? pixels : BREADTH_PX);
  ruler.setAttribute("height", isAcross ? BREADTH_PX : pixels);
  const parts = [];
  for (let mm = -Math.floor(bleed); mm <= length + bleed; mm += 1) {
    if (scale < 4 && mm % 5 !== 0) continue;
    const at = (mm + bleed) * scale;
    const long = mm % 10 === 0 ? LONG_PX.ten : mm % 5 === 0 ? LONG_PX.five : LONG_PX.one;
    parts.push(tick(at, long, isAcross));
    if (mm % 10 === 0) parts.push(label(at, mm, isAcross));
  }
  ruler.replaceChildren(...parts);
}

function tick(at, long, isAcross) {
  const line = document.createElementNS(SVG, "line");
  const ends = isAcross
    ? { x1: at, x2: at, y1: BREADTH_PX - long, y2: BREADTH_PX }
    : { y1: at, y2: at, x1: BREADTH_PX - long, x2: BREADTH_PX };
  for (const [name, value] of Object.entries(ends)) line.setAttribute(name, value);
  return line;
}

function label(at, mm, isAcross) {
  const text = document.createElementNS(SVG, "text");
  text.setAttribute("x", isAcross ? at + 2 : 1);
  text.setAttribute("y", isAcross ? 9 : at - 2);
  text.textContent = String(mm);
  return text;
}
