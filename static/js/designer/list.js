// The elements of a side as a list, the topmost first, and what is done with the one in hand.

import { $, iconOf, make } from "./dom.js";
import { nameOf } from "./elements.js";

export class ElementList {
  constructor(store, stage, acts) {
    Object.assign(this, { store, stage });
    this.root = $("#designer-elements");
    for (const [name, act] of Object.entries(acts)) {
      const button = $(`[data-act="${name}"]`);
      if (button) button.addEventListener("click", () => act());
    }
    store.addEventListener("change", () => this.show());
    store.addEventListener("select", () => this.show());
  }

  show() {
    const lines = this.store.elements.map((element) => this.#line(element)).reverse();
    this.root.replaceChildren(...lines);
    $("#designer-no-elements").hidden = lines.length > 0;
    for (const button of document.querySelectorAll("[data-needs-element]")) button.disabled = this.store.selected === null;
    $("[data-act=lock]").setAttribute("aria-pressed", String(this.store.locked.has(this.store.selectedId)));
    $("[data-act=undo]").disabled = this.store.done.length === 0;
    $("[data-act=redo]").disabled = this.store.undone.length === 0;
  }

  #line(element) {
    const isSelected = element.id === this.store.selectedId;
    const isLocked = this.store.locked.has(element.id);
    const button = make(
      "button",
      { type: "button", className: "designer-element", "aria-pressed": String(isSelected), onclick: () => this.store.select(element.id) },
      iconOf(element.type),
      make("span", {}, nameOf(element)),
      isLocked ? iconOf("lock") : null,
    );
    return make("li", {}, button);
  }
}
