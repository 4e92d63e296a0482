// What the property panel offers for each kind of element: a table, no more.

import { FIELD_WORDS } from "./elements.js";

const mm = (name, word, least = -20) => ({ name, word, kind: "mm", least });
const choice = (name, word, choices) => ({ name, word, kind: "choice", choices });
const flag = (name, word) => ({ name, word, kind: "flag" });
const colour = (name, word, mayBeNone = false) => ({ name, word, kind: "colour", mayBeNone });

const ROTATION = choice("rotation", "回転", [[0, "なし"], [90, "右へ 90°"], [180, "180°"], [270, "左へ 90°"]]);
const PLACE = [mm("x", "左から"), mm("y", "上から")];
const BOX = [...PLACE, mm("width", "幅", 0.1), mm("height", "高さ", 0.1), ROTATION];
const FONT = [
  choice("font", "書体", [["regular", "標準"], ["bold", "太字"]]),
  { name: "size_pt", word: "文字の大きさ", kind: "number", least: 3, most: 72, step: 0.5, unit: "pt" },
  choice("align", "揃え", [["left", "左"], ["center", "中央"], ["right", "右"]]),
];
const WORDS = [
  ...FONT,
  { name: "lines_max", word: "行数（最大）", kind: "number", least: 1, most: 30, step: 1, unit: "行" },
  colour("colour", "色"),
];
const GROUND = flag("ground", "下に白い地を敷く");

export function fieldsOf(element, card) {
  switch (element.type) {
    case "text":
      return [{ name: "text", word: "文字", kind: "lines" }, ...BOX, ...WORDS];
    case "field":
      return [
        choice("field", "項目", Object.entries(FIELD_WORDS)),
        { name: "prefix", word: "前に付ける文字", kind: "line" },
        { name: "suffix", word: "後に付ける文字", kind: "line" },
        ...BOX,
        ...WORDS,
      ];
    case "number":
      return [...BOX, ...FONT];
    case "barcode":
      return [
        choice("symbology", "種類", [["ean13", "JAN（EAN-13）"], ["code128", "CODE128"], ["nw7", "NW-7"]]),
        choice("module_mm", "バーの細さ", moduleChoices(element, card)),
        ...PLACE,
        mm("height", "高さ（数字を含む）", 3),
        ROTATION,
        GROUND,
      ];
    case "qr":
      return [...PLACE, mm("width", "一辺（余白を含む）", 5), ROTATION, GROUND];
    case "image":
      return [{ name: "artwork", word: "素材", kind: "artwork" }, ...BOX];
    case "shape":
      return [
        ...BOX,
        colour("fill", "塗り", true),
        colour("stroke", "線", true),
        mm("stroke_mm", "線の太さ", 0),
        mm("radius_mm", "角の丸み", 0),
      ];
    default:
      return [choice("mark", "表示", [["boxes", "郵便番号枠"], ["title", "郵便はがき"], ["paid", "料金別納"]]), ...BOX];
  }
}

// Whole dots of a 300 dpi printer make bars of even width; another width in use stays offered.
function moduleChoices(element, card) {
  const choices = card.moduleChoices.map((module) => {
    const dots = Math.floor((module * 300) / 25.4 + 0.01);
    return [module, `${module.toFixed(3)} mm（300 dpi で ${dots} ドット）`];
  });
  const own = element.module_mm;
  return choices.some(([module]) => module === own) ? choices : [[own, `${own.toFixed(3)} mm`], ...choices];
}
