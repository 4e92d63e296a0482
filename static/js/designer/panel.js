// The properties of the element in hand; without one, those of the side.

import { ColourControl } from "./colour.js";
import { $, make } from "./dom.js";
import { nameOf } from "./elements.js";
import { fieldsOf } from "./fields.js";

export class Panel {
  constructor(store, card, artworks) {
    Object.assign(this, { store, card, artworks });
    this.root = $("#designer-properties");
    this.heading = $("#designer-properties-heading");
    this.controls = [];
    this.built = null;
    store.addEventListener("change", () => this.show());
    store.addEventListener("select", () => this.show());
  }

  show() {
    const element = this.store.selected;
    const kind = element ? `${element.type}:${element.symbology ?? ""}` : "side";
    const key = `${this.store.side}:${this.store.selectedId}:${kind}`;
    if (key !== this.built) this.#build(element);
    this.built = key;
    this.heading.textContent = element ? nameOf(element) : this.store.side === "front" ? "表面の背景" : "裏面の背景";
    for (const control of this.controls) control.show();
  }

  #build(element) {
    this.controls = element ? fieldsOf(element, this.card).map((field) => this.#control(field)) : [this.#background()];
    this.root.replaceChildren(...this.controls.map((control) => control.node));
  }

  #control(field) {
    if (field.kind === "colour") return this.#colour(field);
    if (field.kind === "flag") return this.#flag(field);
    if (field.kind === "artwork") return this.#artwork(field);
    return this.#labelled(field, INPUTS[field.kind](field));
  }

  #set(field, value) {
    this.store.changeSelected(`${field.word}を変更`, (element) => { element[field.name] = value; }, field.name);
  }

  #labelled(field, { input, read }) {
    input.id = `property-${field.name}`;
    const unit = field.kind === "mm" ? "mm" : field.unit;
    const event = input.tagName === "SELECT" ? "change" : "input";
    input.addEventListener(event, () => {
      const value = read(input);
      if (value !== undefined) this.#set(field, value);
    });
    input.addEventListener("blur", () => this.show());
    const held = unit ? make("div", { className: "input-group" }, input, make("span", { className: "input-group-text" }, unit)) : input;
    const node = make("div", { className: `designer-property is-${field.kind}` }, make("label", { className: "form-label", for: input.id }, field.word), held);
    return { node, show: () => this.#showIn(input, this.store.selected[field.name]) };
  }

  // What a person is typing is left alone until they leave the field.
  #showIn(input, value) {
    const text = String(value);
    if (input.tagName === "SELECT" ? input.value !== text : document.activeElement !== input) input.value = text;
  }

  #colour(field) {
    const control = new ColourControl(field, (inks) => this.#set(field, inks));
    return { node: control.node, show: () => control.show(this.store.selected[field.name]) };
  }

  #flag(field) {
    const input = make("input", { type: "checkbox", className: "form-check-input", onchange: () => this.#set(field, input.checked) });
    const node = make("label", { className: "form-check" }, input, make("span", { className: "form-check-label" }, field.word));
    return { node, show: () => { input.checked = this.store.selected[field.name]; } };
  }

  #artwork(field) {
    const button = make("button", { type: "button", className: "btn btn-sm", onclick: () => this.artworks.choose((artwork) => this.#set(field, artwork.id)) }, "素材を替える");
    const picture = make("img", { className: "designer-artwork-picture", alt: "" });
    const node = make("div", { className: "designer-property" }, picture, button);
    return { node, show: () => { picture.src = this.artworks.pictureOf(this.store.selected[field.name]); } };
  }

  #background() {
    const picture = make("img", { className: "designer-artwork-picture", alt: "背景の素材" });
    const fit = make(
      "select",
      { className: "form-select", id: "property-fit", onchange: () => this.#changeBackground((side) => { side.background.fit = fit.value; }) },
      make("option", { value: "bleed" }, "塗り足しまで（仕上がりより 3 mm 外）"),
      make("option", { value: "trim" }, "仕上がりまで"),
    );
    const remove = make("button", { type: "button", className: "btn btn-sm", onclick: () => this.#changeBackground((side) => { side.background = null; }) }, "背景を外す");
    const choose = make("button", { type: "button", className: "btn btn-sm", onclick: () => this.artworks.choose((artwork) => this.artworks.putBackground(artwork)) }, "素材から選ぶ");
    const hint = make("p", { className: "form-hint" }, "PNG・JPEG・PDF のファイルをカードの上に置くと、背景になります。");
    const set = make("div", { className: "designer-property" }, make("label", { className: "form-label", for: "property-fit" }, "背景の大きさ"), fit);
    const node = make("div", {}, hint, picture, set, make("div", { className: "buttons" }, choose, remove));
    const show = () => {
      const background = this.store.layout[this.store.side].background ?? null;
      for (const part of [picture, set, remove]) part.hidden = background === null;
      if (background) {
        picture.src = this.artworks.pictureOf(background.artwork);
        fit.value = background.fit;
      }
    };
    return { node, show };
  }

  #changeBackground(act) {
    this.store.change("背景を変更", (layout) => act(layout[this.store.side]));
  }
}

const INPUTS = {
  mm: (field) => numeric({ step: 0.1, min: field.least, max: 320 }),
  number: (field) => numeric({ step: field.step, min: field.least, max: field.most }),
  lines: () => ({
    input: make("textarea", { className: "form-control", rows: 3, maxLength: 1000 }),
    read: (input) => (input.value === "" ? undefined : input.value),
  }),
  line: () => ({ input: make("input", { className: "form-control", maxLength: 100 }), read: (input) => input.value }),
  choice: (field) => {
    const options = field.choices.map(([value, word]) => make("option", { value }, word));
    const byWord = new Map(field.choices.map(([value]) => [String(value), value]));
    return { input: make("select", { className: "form-select" }, ...options), read: (input) => byWord.get(input.value) };
  },
};

function numeric(limits) {
  const input = make("input", { type: "number", className: "form-control", ...limits });
  const read = () => {
    const value = Number(input.value);
    return input.value === "" || Number.isNaN(value) || value < limits.min || value > limits.max ? undefined : value;
  };
  return { input, read };
}
