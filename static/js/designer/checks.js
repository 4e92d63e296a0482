// What would not print safely, in plain words; a click leads to the element.

import { $, announce, debounced, make } from "./dom.js";
import { post } from "./server.js";

const WAIT_MS = 400;
const TONES = { error: ["badge-red", "要修正"], warning: ["badge-amber", "注意"], note: ["badge-blue", "参考"] };

export class Checks {
  constructor(store, stage, urls) {
    Object.assign(this, { store, stage, urls });
    this.list = $("#designer-findings");
    this.summary = $("#designer-findings-summary");
    this.dpi = $("#designer-dpi");
    this.dpi.addEventListener("change", () => this.ask());
    this.asked = 0;
    this.findings = [];
    this.faults = [];
    store.addEventListener("change", debounced(() => this.ask(), WAIT_MS));
    store.addEventListener("select", () => this.mark());
  }

  // Faults of the layout itself (a size out of range) stand before the findings.
  setFaults(faults) {
    this.faults = faults.map((fault) => ({ ...fault, severity: "error" }));
    this.show();
  }

  async ask() {
    this.asked += 1;
    const turn = this.asked;
    try {
      const answer = await (await post(`${this.urls.check}?dpi=${this.dpi.value}`, this.store.layout)).json();
      if (turn !== this.asked) return;
      this.findings = answer.findings;
    } catch (fault) {
      // A malformed layout is told by the preview; what else fails says so here.
      if (turn !== this.asked) return;
      this.findings = fault.faults?.length ? [] : [{ words: fault.message, side: "", element: "", severity: "note" }];
    }
    this.show();
  }

  show() {
    const all = [...this.faults, ...this.findings];
    this.list.replaceChildren(...all.map((finding) => this.line(finding)));
    const errors = all.filter((one) => one.severity === "error").length;
    const warnings = all.filter((one) => one.severity === "warning").length;
    const words = errors || warnings ? `要修正 ${errors}件、注意 ${warnings}件` : "このまま印刷できます";
    if (this.summary.textContent !== words) announce(`印刷の確認: ${words}`);
    this.summary.textContent = words;
    this.summary.dataset.tone = errors ? "error" : warnings ? "warning" : "fine";
    this.mark();
  }

  line(finding) {
    const [tone, word] = TONES[finding.severity];
    return make(
      "li",
      { "data-code": finding.code ?? "", "data-element": finding.element },
      make(
        "button",
        { type: "button", className: "designer-finding", onclick: () => this.lead(finding) },
        make("span", { className: `badge ${tone}` }, word),
        make("span", {}, finding.words),
      ),
    );
  }

  lead(finding) {
    if (finding.side && this.store.layout[finding.side]) this.store.select(finding.element || null, finding.side);
    if (finding.element) this.stage.flash(finding.element);
  }

  mark() {
    const here = this.findings.concat(this.faults).filter((one) => one.side === this.store.side && one.element);
    const grave = new Map();
    for (const one of here) if (grave.get(one.element) !== "error") grave.set(one.element, one.severity);
    this.stage.mark(grave);
  }
}
