// The owner's artwork: uploaded by drop or by file, chosen from a list, put behind or on a card.

import { $, announce, make } from "./dom.js";
import { read, upload } from "./server.js";

const BYTES_MAX = 20 * 1024 * 1024;

export class Artworks {
  constructor(store, stage, urls, acts, tell) {
    Object.assign(this, { store, stage, urls, acts, tell });
    this.dialog = $("#designer-artworks");
    this.list = $("#designer-artworks-list");
    this.chosen = null;
    $("#designer-upload").addEventListener("change", (event) => this.#uploaded(event.target));
    $("#designer-background-file").addEventListener("change", (event) => this.#background(event.target));
    this.#listenToDrops();
  }

  pictureOf(id) {
    return this.urls.artwork.replace(this.urls.artworkWord, id);
  }

  // Opens the list; `act` is called with what is chosen or uploaded there.
  async choose(act) {
    this.chosen = act;
    this.dialog.showModal();
    try {
      const { artworks } = await read(this.urls.artworks);
      this.list.replaceChildren(...artworks.map((artwork) => this.#line(artwork)));
      $("#designer-no-artworks").hidden = artworks.length > 0;
    } catch (fault) {
      this.dialog.close();
      this.tell(fault.message, "error");
    }
  }

  putBackground(artwork, fit = "bleed") {
    this.store.change(`背景を ${artwork.file_name} に変更`, (layout) => {
      layout[this.store.side].background = { artwork: artwork.id, fit };
    });
  }

  async bring(file) {
    if (file.size > BYTES_MAX) {
      this.tell("素材のファイルが大きすぎます（20 MB まで）", "error");
      return null;
    }
    this.tell(`${file.name} を読み込んでいます…`, "busy");
    try {
      const artwork = await upload(this.urls.artworks, file);
      this.tell(`${artwork.file_name} を登録しました`, "fine");
      return artwork;
    } catch (fault) {
      this.tell(`${file.name}: ${fault.message}`, "error");
      return null;
    }
  }

  #line(artwork) {
    const picture = make("img", { src: this.pictureOf(artwork.id), alt: "", loading: "lazy" });
    const button = make(
      "button",
      { type: "button", className: "designer-artwork", onclick: () => this.#take(artwork) },
      picture,
      make("span", {}, artwork.file_name),
      make("small", { className: "muted" }, artwork.size_words),
    );
    return make("li", {}, button);
  }

  #take(artwork) {
    this.dialog.close();
    this.chosen?.(artwork);
    this.chosen = null;
  }

  async #uploaded(input) {
    const artwork = input.files[0] && (await this.bring(input.files[0]));
    input.value = "";
    if (artwork) this.#take(artwork);
  }

  async #background(input) {
    const artwork = input.files[0] && (await this.bring(input.files[0]));
    input.value = "";
    if (artwork) this.putBackground(artwork);
  }

  #listenToDrops() {
    const { root } = this.stage;
    const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
    root.addEventListener("dragover", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      root.classList.add("is-receiving");
    });
    root.addEventListener("dragleave", () => root.classList.remove("is-receiving"));
    root.addEventListener("drop", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      root.classList.remove("is-receiving");
      this.#dropped(event.dataTransfer.files[0], event.shiftKey, this.stage.point(event));
    });
  }

  async #dropped(file, asImage, point) {
    const artwork = file && (await this.bring(file));
    if (!artwork) return;
    if (asImage) this.acts.addImage(artwork, point);
    else this.putBackground(artwork);
    announce(asImage ? "画像を置きました" : "背景を置きました");
  }
}
