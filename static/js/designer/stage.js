// The card on the screen: boxes over the preview, the lines of bleed, trim and safe zone, zoom.
// It shows the store and keeps nothing of the layout itself.

import { $, make } from "./dom.js";
import { nameOf } from "./elements.js";
import { boxOf } from "./geometry.js";
import { drawRulers } from "./rulers.js";

const SCALE = { least: 2, most: 30, step: 1.25 };
const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const ROOM_PX = 36;

export class Stage extends EventTarget {
  constructor(store, card) {
    super();
    Object.assign(this, { store, card });
    this.root = $("#designer-stage");
    this.sheet = $("#designer-sheet");
    this.boxes = $("#designer-boxes");
    this.lines = { trim: $("#designer-trim"), safe: $("#designer-safe") };
    this.guides = $("#designer-guides");
    this.grip = this.#makeGrip();
    this.scale = 6;
    this.fits = true;
    this.grave = new Map();
    store.addEventListener("change", () => this.show());
    store.addEventListener("select", () => this.show());
    new ResizeObserver(() => this.fits && this.fit()).observe(this.root);
  }

  // -- Zoom ----------------------------------------------------------------------------------

  zoomBy(steps) {
    this.fits = false;
    this.zoomTo(this.scale * SCALE.step ** steps);
  }

  fit() {
    this.fits = true;
    const { width, height, bleed } = this.card;
    const across = (this.root.clientWidth - 2 * ROOM_PX) / (width + 2 * bleed);
    const down = (this.root.clientHeight - 2 * ROOM_PX) / (height + 2 * bleed);
    this.zoomTo(Math.min(across, down));
  }

  zoomTo(scale) {
    const within = Math.min(SCALE.most, Math.max(SCALE.least, scale));
    if (Math.abs(within - this.scale) < 0.01 && this.sheet.style.width) return;
    this.scale = within;
    $("#designer-zoom").textContent = `${Math.round((within * 25.4) / 0.96)}%`;
    this.show();
    this.dispatchEvent(new Event("zoom"));
  }

  // -- Showing -------------------------------------------------------------------------------

  show() {
    const { width, height, bleed, safe } = this.card;
    this.#put(this.sheet, null, { width: width + 2 * bleed, height: height + 2 * bleed });
    this.#put(this.lines.trim, { x: 0, y: 0 }, { width, height });
    this.#put(this.lines.safe, { x: safe, y: safe }, { width: width - 2 * safe, height: height - 2 * safe });
    this.lines.trim.style.borderRadius = `${this.card.corner * this.scale}px`;
    this.sheet.style.setProperty("--mm", `${this.scale}px`);
    drawRulers(this.card, this.scale);
    this.#showBoxes();
    this.#showGrip();
  }

  #showBoxes() {
    const there = new Map([...this.boxes.children].map((box) => [box.dataset.id, box]));
    this.store.elements.forEach((element, place) => {
      const box = there.get(element.id) ?? this.#makeBox(element.id);
      there.delete(element.id);
      if (this.boxes.children[place] !== box) this.#insert(box, place);
      this.#dress(box, element);
    });
    for (const gone of there.values()) gone.remove();
  }

  // Moving a box in the page takes the focus from it, so the focus is given back.
  #insert(box, place) {
    const hadFocus = document.activeElement === box;
    this.boxes.insertBefore(box, this.boxes.children[place] ?? null);
    if (hadFocus) box.focus();
  }

  #dress(box, element) {
    const area = boxOf(element, this.card);
    this.#put(box, area, area);
    const where = `左から ${area.x.toFixed(1)} mm、上から ${area.y.toFixed(1)} mm`;
    const size = `幅 ${area.width.toFixed(1)} mm、高さ ${area.height.toFixed(1)} mm`;
    box.setAttribute("aria-label", `${nameOf(element)}、${where}、${size}`);
    box.setAttribute("aria-pressed", String(element.id === this.store.selectedId));
    box.dataset.type = element.type;
    box.classList.toggle("is-locked", this.store.locked.has(element.id));
    box.dataset.grave = this.grave.get(element.id) ?? "";
  }

  #makeBox(id) {
    const box = make("button", { type: "button", className: "designer-box", "data-id": id });
    box.addEventListener("focus", () => this.store.select(id));
    return box;
  }

  #makeGrip() {
    const grip = $("#designer-grip");
    for (const name of HANDLES) grip.append(make("span", { className: "designer-handle", "data-handle": name }));
    return grip;
  }

  #showGrip() {
    const element = this.store.selected;
    this.grip.hidden = element === null || this.store.locked.has(element.id) || this.root.dataset.fixed === "yes";
    if (element === null) return;
    const area = boxOf(element, this.card);
    this.#put(this.grip, area, area);
  }

  #put(node, place, size) {
    const { bleed } = this.card;
    if (place) {
      node.style.left = `${(place.x + bleed) * this.scale}px`;
      node.style.top = `${(place.y + bleed) * this.scale}px`;
    }
    node.style.width = `${size.width * this.scale}px`;
    node.style.height = `${size.height * this.scale}px`;
  }

  // -- Guides and marks ----------------------------------------------------------------------

  showGuides(x, y) {
    const { bleed } = this.card;
    const shown = [];
    if (x !== null) {
      const line = make("div", { className: "designer-guide designer-guide-x" });
      line.style.left = `${(x + bleed) * this.scale}px`;
      shown.push(line);
    }
    if (y !== null) {
      const line = make("div", { className: "designer-guide designer-guide-y" });
      line.style.top = `${(y + bleed) * this.scale}px`;
      shown.push(line);
    }
    this.guides.replaceChildren(...shown);
  }

  mark(grave) {
    this.grave = grave;
    for (const box of this.boxes.children) box.dataset.grave = grave.get(box.dataset.id) ?? "";
  }

  flash(id) {
    const box = this.boxOf(id);
    if (!box) return;
    box.focus();
    box.scrollIntoView({ block: "nearest", inline: "nearest" });
    box.classList.remove("is-flashing");
    requestAnimationFrame(() => box.classList.add("is-flashing"));
  }

  boxOf(id) {
    return [...this.boxes.children].find((box) => box.dataset.id === id) ?? null;
  }

  // Returns where on the card, in millimetres, a point of the screen lies.
  point(event) {
    const seen = this.sheet.getBoundingClientRect();
    return {
      x: (event.clientX - seen.left) / this.scale - this.card.bleed,
      y: (event.clientY - seen.top) / this.scale - this.card.bleed,
    };
  }
}
