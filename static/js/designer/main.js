// The design editor: the parts are made here and know each other through what they are given.

import { Acts } from "./acts.js";
import { Artworks } from "./artworks.js";
import { Checks } from "./checks.js";
import { $, announce, iconOf, make } from "./dom.js";
import { Drag } from "./drag.js";
import { PALETTE, POSTAL_PALETTE } from "./elements.js";
import { listenToKeys } from "./keyboard.js";
import { ElementList } from "./list.js";
import { Panel } from "./panel.js";
import { Preview } from "./preview.js";
import { Saving } from "./saving.js";
import { Stage } from "./stage.js";
import { Store } from "./store.js";

const ICONS = { member_name: "field", member_reference: "field", owner_name: "field", postal_code: "field", address1: "field", address2: "field", boxes: "postal", title: "postal", paid: "postal" };

const words = JSON.parse($("#designer-words").textContent);
const { card, urls, mayChange } = words;
const store = new Store(words.layout, words.version);
const stage = new Stage(store, card);
if (!mayChange) stage.root.dataset.fixed = "yes";
const acts = new Acts(store, stage, card);
const drag = new Drag(store, stage, card);
const checks = new Checks(store, stage, urls);
const saving = new Saving(store, urls, checks);
const artworks = new Artworks(store, stage, urls, acts, (told, tone) => saving.tell(told, tone));
const panel = new Panel(store, card, artworks);
const preview = new Preview(store, stage, urls, (faults) => checks.setFaults(faults));
const list = new ElementList(store, stage, {
  raise: () => acts.raise(),
  lower: () => acts.lower(),
  duplicate: () => acts.duplicate(),
  remove: () => acts.remove(),
  lock: () => acts.lock(),
  undo: () => store.undo(),
  redo: () => store.redo(),
});

function showPalette() {
  const offered = words.layout.medium === "postcard" ? [...PALETTE, ...POSTAL_PALETTE] : PALETTE;
  const tools = offered.map(([kind, word]) => {
    const tool = make("button", { type: "button", className: "designer-tool", "data-kind": kind }, iconOf(ICONS[kind] ?? kind), make("span", {}, word));
    tool.addEventListener("click", () => acts.add(kind));
    tool.addEventListener("pointerdown", (event) => drag.drawOut(event, (point) => acts.add(kind, point)));
    return tool;
  });
  const image = make("button", { type: "button", className: "designer-tool", "data-kind": "image" }, iconOf("image"), make("span", {}, "画像・ロゴ"));
  image.addEventListener("click", () => artworks.choose((artwork) => acts.addImage(artwork)));
  $("#designer-palette").replaceChildren(...tools, image);
}

function showSides() {
  for (const tab of document.querySelectorAll("[data-side]")) {
    const isShown = tab.dataset.side === store.side;
    tab.setAttribute("aria-selected", String(isShown));
    tab.hidden = tab.dataset.side === "back" && !store.layout.back;
  }
  $("[data-act=add-back]").hidden = !mayChange || Boolean(store.layout.back);
  $("[data-act=remove-back]").hidden = !mayChange || !store.layout.back;
}

function addBack() {
  store.change("裏面を追加", (layout) => { layout.back = { background: null, elements: [] }; });
  store.select(null, "back");
}

function removeBack() {
  store.select(null, "front");
  store.change("裏面を削除", (layout) => { delete layout.back; });
}

showPalette();
for (const tab of document.querySelectorAll("[data-side]")) tab.addEventListener("click", () => store.select(null, tab.dataset.side));
$("[data-act=add-back]").addEventListener("click", addBack);
$("[data-act=remove-back]").addEventListener("click", removeBack);
$("[data-act=zoom-in]").addEventListener("click", () => stage.zoomBy(1));
$("[data-act=zoom-out]").addEventListener("click", () => stage.zoomBy(-1));
$("[data-act=fit]").addEventListener("click", () => stage.fit());
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
store.addEventListener("change", (event) => announce(event.detail.words));
for (const name of ["change", "select"]) store.addEventListener(name, showSides);
listenToKeys({ store, acts, stage, save: saving, mayChange });

if (!mayChange) {
  for (const control of document.querySelectorAll("[data-changes]")) control.hidden = true;
  $("#designer-properties-pane").inert = true;
}
showSides();
stage.fit();
panel.show();
list.show();
preview.draw();
checks.ask();
document.documentElement.dataset.designer = "ready";
