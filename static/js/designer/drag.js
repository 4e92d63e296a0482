// Moving and resizing with a mouse, a pen or a finger; new elements are drawn out of the palette.

import { announce } from "./dom.js";
import { nameOf } from "./elements.js";
import { boxOf, moveBox, resizeBox, rounded, snap, snapLines } from "./geometry.js";

const REACH_PX = 6;
const BEGINS_PX = 4;
const GRID_MM = 1;

export class Drag {
  constructor(store, stage, card) {
    Object.assign(this, { store, stage, card });
    this.turn = 0;
    stage.sheet.addEventListener("pointerdown", (event) => this.take(event));
  }

  take(event) {
    if (event.button !== 0) return;
    const handle = event.target.closest(".designer-handle");
    const box = event.target.closest(".designer-box");
    if (handle) this.resize(event, handle.dataset.handle);
    else if (box && !this.store.locked.has(box.dataset.id)) this.grasp(event, box);
    else if (!box) this.store.select(null);
  }

  grasp(event, box) {
    this.store.select(box.dataset.id);
    box.focus({ preventScroll: true });
    event.preventDefault();
    if (this.stage.root.dataset.fixed !== "yes") this.move(event);
  }

  // Moves the selected element with the pointer; `held` is where in its box it is held.
  move(event, held = null) {
    const element = this.store.selected;
    const box = boxOf(element, this.card);
    const from = this.stage.point(event);
    const grip = held ?? { x: from.x - box.x, y: from.y - box.y };
    this.#follow(event, (point, isFree, group) => {
      const there = this.#snapped({ ...box, x: point.x - grip.x, y: point.y - grip.y }, isFree);
      this.store.change(`${nameOf(element)}を移動`, () => moveBox(this.store.selected, this.card, there.x, there.y), group);
    });
  }

  resize(event, handle) {
    event.preventDefault();
    const before = boxOf(this.store.selected, this.card);
    this.#follow(event, (point, isFree, group) => {
      const box = this.#pulled(before, handle, point, isFree);
      const words = `${nameOf(this.store.selected)}の大きさを変更`;
      this.store.change(words, () => resizeBox(this.store.selected, this.card, box, handle), group);
    });
  }

  // Draws a new element out of the palette: it appears as soon as the pointer is over the card.
  drawOut(event, makeHere) {
    const start = { x: event.clientX, y: event.clientY };
    let isMade = false;
    const follow = (moved) => {
      const way = Math.hypot(moved.clientX - start.x, moved.clientY - start.y);
      const over = document.elementFromPoint(moved.clientX, moved.clientY);
      if (isMade || way < BEGINS_PX || !this.stage.sheet.contains(over)) return;
      isMade = true;
      stop();
      const point = this.stage.point(moved);
      makeHere(point);
      const box = boxOf(this.store.selected, this.card);
      this.move(moved, { x: box.width / 2, y: box.height / 2 });
    };
    const stop = () => {
      window.removeEventListener("pointermove", follow);
      window.removeEventListener("pointerup", stop);
      window.removeEventListener("pointercancel", stop);
    };
    window.addEventListener("pointermove", follow);
    window.addEventListener("pointerup", stop);
    window.addEventListener("pointercancel", stop);
  }

  #follow(event, act) {
    this.turn += 1;
    const group = `drag-${this.turn}`;
    const start = { x: event.clientX, y: event.clientY };
    const pointer = event.pointerId;
    let hasBegun = false;
    const follow = (moved) => {
      if (moved.pointerId !== pointer) return;
      hasBegun ||= Math.hypot(moved.clientX - start.x, moved.clientY - start.y) >= BEGINS_PX;
      if (hasBegun && this.store.selected) act(this.stage.point(moved), moved.altKey, group);
    };
    const stop = (ended) => {
      if (ended.pointerId !== pointer) return;
      window.removeEventListener("pointermove", follow);
      window.removeEventListener("pointerup", stop);
      window.removeEventListener("pointercancel", stop);
      this.stage.showGuides(null, null);
      this.store.endGroup();
      if (hasBegun && this.store.selected) announce(this.#where());
    };
    window.addEventListener("pointermove", follow);
    window.addEventListener("pointerup", stop);
    window.addEventListener("pointercancel", stop);
  }

  #where() {
    const box = boxOf(this.store.selected, this.card);
    return `${nameOf(this.store.selected)}: 左から ${box.x.toFixed(1)} mm、上から ${box.y.toFixed(1)} mm`;
  }

  #lines() {
    const others = this.store.elements.filter((element) => element.id !== this.store.selectedId);
    return snapLines(this.card, others.map((element) => boxOf(element, this.card)));
  }

  #snapped(box, isFree) {
    if (isFree) {
      this.stage.showGuides(null, null);
      return { x: rounded(box.x), y: rounded(box.y) };
    }
    const lines = this.#lines();
    const reach = REACH_PX / this.stage.scale;
    const across = snap([box.x, box.x + box.width / 2, box.x + box.width], lines.across, reach, GRID_MM);
    const down = snap([box.y, box.y + box.height / 2, box.y + box.height], lines.down, reach, GRID_MM);
    this.stage.showGuides(across.line, down.line);
    return { x: box.x + across.way, y: box.y + down.way };
  }

  #pulled(before, handle, point, isFree) {
    const edges = { left: before.x, top: before.y, right: before.x + before.width, foot: before.y + before.height };
    const lines = this.#lines();
    const reach = REACH_PX / this.stage.scale;
    const to = (value, axis) => (isFree ? { way: 0, line: null } : snap([value], lines[axis], reach, GRID_MM));
    const guides = { x: null, y: null };
    if (/[ew]/.test(handle)) {
      const found = to(point.x, "across");
      edges[handle.includes("w") ? "left" : "right"] = point.x + found.way;
      guides.x = found.line;
    }
    if (/[ns]/.test(handle)) {
      const found = to(point.y, "down");
      edges[handle.includes("n") ? "top" : "foot"] = point.y + found.way;
      guides.y = found.line;
    }
    this.stage.showGuides(guides.x, guides.y);
    return { x: edges.left, y: edges.top, width: edges.right - edges.left, height: edges.foot - edges.top };
  }
}
