// What a person does to elements, by button or key: each act is one step that can be undone.

import { makeElement, makeImage, nameOf } from "./elements.js";
import { boxOf, moveBox, rounded } from "./geometry.js";

const BESIDE_MM = 2;
const CASCADE_MM = 3;

export class Acts {
  constructor(store, stage, card) {
    Object.assign(this, { store, stage, card });
  }

  // Puts a new element on the card with its middle at a point; else in the middle of the card.
  add(kind, point = null) {
    this.#put(makeElement(kind, this.card), point);
  }

  addImage(artwork, point = null) {
    this.#put(makeImage(artwork, this.card), point);
  }

  duplicate() {
    const element = this.store.selected;
    if (!element) return;
    const copy = structuredClone(element);
    copy.x = rounded(copy.x + BESIDE_MM);
    copy.y = rounded(copy.y + BESIDE_MM);
    this.#insert(copy, `${nameOf(element)}を複製`);
  }

  remove() {
    const element = this.store.selected;
    if (!element) return;
    this.store.change(`${nameOf(element)}を削除`, (layout) => {
      const side = layout[this.store.side];
      side.elements = side.elements.filter((one) => one.id !== element.id);
    });
    this.store.select(null);
  }

  raise() {
    this.#reorder(1, "前面へ");
  }

  lower() {
    this.#reorder(-1, "背面へ");
  }

  nudge(across, down) {
    const element = this.store.selected;
    if (!element || this.store.locked.has(element.id)) return;
    const words = () => {
      const box = boxOf(this.store.selected, this.card);
      return `左から ${rounded(box.x + across).toFixed(1)} mm、上から ${rounded(box.y + down).toFixed(1)} mm`;
    };
    this.store.changeSelected(words(), (one) => {
      one.x = rounded(one.x + across);
      one.y = rounded(one.y + down);
    }, "nudge");
  }

  // A locked element is not moved by the pointer; the lock is this person's, not the design's.
  lock() {
    const id = this.store.selectedId;
    if (id === null) return;
    if (!this.store.locked.delete(id)) this.store.locked.add(id);
    this.stage.show();
    this.store.dispatchEvent(new CustomEvent("select", { detail: { words: "" } }));
  }

  #put(element, point) {
    const box = boxOf(element, this.card);
    const middle = point ?? this.#freeMiddle();
    moveBox(element, this.card, middle.x - box.width / 2, middle.y - box.height / 2);
    this.#insert(element, `${nameOf(element)}を追加`);
  }

  // Returns the card's middle, or beside it where something new lies there already.
  #freeMiddle() {
    const middles = this.store.elements.map((element) => boxOf(element, this.card)).map((box) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 }));
    const free = { x: this.card.width / 2, y: this.card.height / 2 };
    while (middles.some((one) => Math.abs(one.x - free.x) < 1 && Math.abs(one.y - free.y) < 1)) {
      free.x += CASCADE_MM;
      free.y += CASCADE_MM;
    }
    return free;
  }

  #insert(element, words) {
    element.id = this.store.freshId(element.type);
    this.store.change(words, (layout) => layout[this.store.side].elements.push(element));
    this.store.select(element.id);
    this.stage.boxOf(element.id)?.focus({ preventScroll: true });
  }

  #reorder(way, words) {
    const element = this.store.selected;
    if (!element) return;
    this.store.change(`${nameOf(element)}を${words}`, (layout) => {
      const { elements } = layout[this.store.side];
      const from = elements.findIndex((one) => one.id === element.id);
      const to = Math.min(elements.length - 1, Math.max(0, from + way));
      elements.splice(to, 0, elements.splice(from, 1)[0]);
    });
  }
}
