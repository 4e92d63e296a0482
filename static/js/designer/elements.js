// The kinds of element: what a person calls them, and how a new one begins.

import { rounded } from "./geometry.js";

const BLACK = [0, 0, 0, 100];

export const FIELD_WORDS = {
  owner_name: "オーナー名",
  member_name: "氏名",
  member_reference: "会員番号",
  postal_code: "郵便番号",
  address1: "住所1",
  address2: "住所2",
};

const KIND_WORDS = {
  number: "番号",
  barcode: "バーコード",
  qr: "QRコード",
  image: "画像",
  shape: "図形",
};

const MARK_WORDS = { boxes: "郵便番号枠", title: "郵便はがき", paid: "料金別納" };

export function nameOf(element) {
  if (element.type === "text") {
    const words = element.text.replaceAll("\n", " ");
    return `文字「${words.length > 10 ? `${words.slice(0, 10)}…` : words}」`;
  }
  if (element.type === "field") return `項目「${FIELD_WORDS[element.field]}」`;
  if (element.type === "postal") return MARK_WORDS[element.mark];
  return KIND_WORDS[element.type];
}

function words(more) {
  return { font: "regular", size_pt: 8, align: "left", lines_max: 1, colour: [...BLACK], ...more };
}

function field(name, more = {}) {
  return (card) => ({
    type: "field",
    width: Math.min(50, card.width - 10),
    height: 5,
    ...words({ size_pt: 9, ...more }),
    field: name,
    prefix: "",
    suffix: "",
  });
}

const BEGINNINGS = {
  number: () => ({ type: "number", width: 50, height: 5.5, font: "bold", size_pt: 12, align: "left" }),
  barcode: (card) => ({
    type: "barcode",
    height: 15,
    symbology: "ean13",
    module_mm: card.moduleChoices[1],
    ground: true,
  }),
  qr: () => ({ type: "qr", width: 18, ground: true }),
  text: () => ({ type: "text", width: 40, height: 5, ...words({}), text: "文字を入力" }),
  owner_name: field("owner_name", { font: "bold", size_pt: 11 }),
  member_name: field("member_name", { font: "bold" }),
  member_reference: field("member_reference"),
  postal_code: field("postal_code"),
  address1: field("address1", { lines_max: 2 }),
  address2: field("address2"),
  shape: () => ({
    type: "shape",
    width: 30,
    height: 10,
    fill: [100, 80, 28, 30],
    stroke: null,
    stroke_mm: 0.2,
    radius_mm: 0,
  }),
  boxes: () => ({ type: "postal", width: 47.7, height: 8, mark: "boxes" }),
  title: () => ({ type: "postal", width: 22, height: 3.6, mark: "title" }),
  paid: () => ({ type: "postal", width: 20, height: 20, mark: "paid" }),
};

// What the palette offers, each by its word.
export const PALETTE = [
  ["number", "番号"],
  ["barcode", "バーコード"],
  ["member_name", "氏名"],
  ["qr", "QRコード"],
  ["text", "文字"],
  ["member_reference", "会員番号"],
  ["owner_name", "オーナー名"],
  ["shape", "図形"],
];
export const POSTAL_PALETTE = [
  ["boxes", "郵便番号枠"],
  ["title", "郵便はがき"],
  ["paid", "料金別納"],
  ["postal_code", "郵便番号"],
  ["address1", "住所1"],
  ["address2", "住所2"],
];

export function makeElement(kind, card) {
  const made = BEGINNINGS[kind](card);
  return { id: "", x: 0, y: 0, rotation: 0, ...made };
}

export function makeImage(artwork, card) {
  const ratio = artwork.width / artwork.height;
  const width = Math.min(30, card.width / 2, 24 * ratio);
  return { type: "image", id: "", x: 0, y: 0, rotation: 0, width: rounded(width), height: rounded(width / ratio), artwork: artwork.id };
}
