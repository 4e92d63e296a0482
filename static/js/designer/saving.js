// Saving as the next version, and not losing what is unsaved.

import { $, announce } from "./dom.js";
import { post } from "./server.js";

const FINE_MS = 6000;

export class Saving {
  constructor(store, urls, checks) {
    Object.assign(this, { store, urls, checks });
    this.button = $("[data-act=save]");
    this.state = $("#designer-state");
    this.message = $("#designer-message");
    this.button?.addEventListener("click", () => this.save());
    for (const name of ["change", "saved"]) store.addEventListener(name, () => this.show());
    window.addEventListener("beforeunload", (event) => {
      if (store.isDirty) event.preventDefault();
    });
    this.show();
  }

  show() {
    const isDirty = this.store.isDirty;
    this.state.textContent = isDirty ? `版${this.store.version} から変更あり（未保存）` : `版${this.store.version}（保存済み）`;
    this.state.dataset.tone = isDirty ? "dirty" : "fine";
  }

  async save() {
    if (!this.button || this.button.disabled) return;
    this.button.disabled = true;
    const text = JSON.stringify(this.store.layout);
    try {
      const asked = { layout: JSON.parse(text), opened_version: this.store.version };
      const { version } = await (await post(this.urls.save, asked)).json();
      this.store.markSaved(version, text);
      this.tell(`版${version} として保存しました`, "fine");
    } catch (fault) {
      this.tell(fault.message, "error");
      if (fault.faults?.length) this.checks.setFaults(fault.faults);
    } finally {
      this.button.disabled = false;
    }
  }

  tell(words, tone) {
    this.message.textContent = words;
    this.message.dataset.tone = tone;
    this.message.hidden = false;
    announce(words);
    clearTimeout(this.timer);
    // What went well goes by itself; what did not stays until the next word.
    if (tone === "fine") this.timer = setTimeout(() => { this.message.hidden = true; }, FINE_MS);
  }
}
