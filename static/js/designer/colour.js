// A colour in printing inks: four percentages, some ready ones, and a rough look on the screen.

import { make } from "./dom.js";

const INKS = ["C", "M", "Y", "K"];
const READY = [
  ["黒", [0, 0, 0, 100]], ["灰", [0, 0, 0, 60]], ["白", [0, 0, 0, 0]], ["紺", [100, 80, 28, 30]],
  ["青", [75, 30, 0, 5]], ["緑", [70, 10, 60, 10]], ["赤", [0, 75, 75, 10]], ["金茶", [10, 26, 62, 12]],
  ["桃", [0, 35, 20, 0]],
];

export function screenColour([cyan, magenta, yellow, black]) {
  const part = (ink) => Math.round(255 * (1 - ink / 100) * (1 - black / 100));
  return `rgb(${part(cyan)} ${part(magenta)} ${part(yellow)})`;
}

export class ColourControl {
  constructor(field, tell) {
    this.tell = tell;
    this.swatch = make("span", { className: "designer-swatch", "aria-hidden": "true" });
    this.inputs = INKS.map((ink, place) => this.#ink(ink, place, field));
    this.none = field.mayBeNone
      ? make("input", { type: "checkbox", className: "form-check-input", onchange: () => this.#toggle() })
      : null;
    this.node = make(
      "fieldset",
      { className: "designer-colour" },
      make("legend", {}, field.word),
      this.none && make("label", { className: "form-check" }, this.none, make("span", { className: "form-check-label" }, "なし")),
      make("div", { className: "designer-inks" }, this.swatch, ...this.inputs.map((input) => input.parentNode)),
      make("div", { className: "designer-ready" }, ...READY.map(([name, inks]) => this.#ready(name, inks))),
    );
  }

  show(inks) {
    if (this.none) this.none.checked = inks === null;
    this.swatch.style.backgroundColor = inks ? screenColour(inks) : "transparent";
    this.inputs.forEach((input, place) => {
      input.disabled = inks === null;
      if (document.activeElement !== input) input.value = inks ? inks[place] : "";
    });
    this.inks = inks;
  }

  #ink(ink, place, field) {
    const input = make("input", {
      type: "number", className: "form-control", min: 0, max: 100, step: 1, "aria-label": `${field.word} ${ink}（%）`,
      oninput: () => {
        const value = Math.round(Number(input.value));
        if (input.value === "" || value < 0 || value > 100) return;
        const inks = [...this.inks];
        inks[place] = value;
        this.tell(inks);
      },
    });
    make("label", {}, make("span", {}, ink), input);
    return input;
  }

  #ready(name, inks) {
    const title = `${name}（C${inks[0]} M${inks[1]} Y${inks[2]} K${inks[3]}）`;
    const button = make("button", {
      type: "button", className: "designer-swatch", title, "aria-label": title, onclick: () => this.tell([...inks]),
    });
    button.style.backgroundColor = screenColour(inks);
    return button;
  }

  #toggle() {
    this.tell(this.none.checked ? null : [0, 0, 0, 100]);
  }
}
