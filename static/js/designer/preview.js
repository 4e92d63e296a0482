// The picture beneath the boxes: what the printer would print, drawn by the centre.

import { $, debounced } from "./dom.js";
import { post } from "./server.js";

const WAIT_MS = 120;
const DPI = { least: 100, most: 300 };
const PIXELS_MAX = 1_000_000; // More would take the centre longer than a hand waits.

export class Preview {
  constructor(store, stage, urls, tellFaults) {
    Object.assign(this, { store, stage, urls, tellFaults });
    this.image = $("#designer-preview");
    this.sample = $("#designer-sample");
    this.asked = 0;
    this.underway = null;
    this.shown = null;
    const later = debounced(() => this.draw(), WAIT_MS);
    store.addEventListener("change", later);
    stage.addEventListener("zoom", later);
    this.sample.addEventListener("change", later);
    let side = store.side;
    store.addEventListener("select", () => {
      if (store.side !== side) this.draw();
      side = store.side;
    });
  }

  get address() {
    const dpi = Math.round(this.stage.scale * 25.4 * Math.min(2, window.devicePixelRatio));
    const { width, height, bleed } = this.stage.card;
    const squareInches = ((width + 2 * bleed) * (height + 2 * bleed)) / 25.4 ** 2;
    const most = Math.min(DPI.most, Math.floor(Math.sqrt(PIXELS_MAX / squareInches)));
    const within = Math.min(most, Math.max(DPI.least, dpi));
    return `${this.urls.preview}?side=${this.store.side}&dpi=${within}&sample=${this.sample.value}`;
  }

  // Only the answer to the last question is shown; older ones are broken off.
  async draw() {
    this.asked += 1;
    const turn = this.asked;
    this.underway?.abort();
    this.underway = new AbortController();
    this.stage.root.setAttribute("aria-busy", "true");
    try {
      const answer = await post(this.address, this.store.layout, this.underway.signal);
      const picture = await answer.blob();
      if (turn === this.asked) await this.show(picture);
      this.tellFaults([]);
    } catch (fault) {
      if (fault.name === "AbortError") return;
      this.tellFaults(fault.faults?.length ? fault.faults : [{ words: fault.message, side: "", element: "" }]);
    } finally {
      if (turn === this.asked) this.stage.root.setAttribute("aria-busy", "false");
    }
  }

  async show(picture) {
    const address = URL.createObjectURL(picture);
    const before = this.shown;
    this.shown = address;
    this.image.src = address;
    await this.image.decode().catch(() => {});
    if (before) URL.revokeObjectURL(before);
    this.image.hidden = false;
    this.image.dataset.drawn = String(this.asked);
  }
}
