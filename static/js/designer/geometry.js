// Boxes in millimetres: where an element stands, how it is turned, resized and snapped.
// A box is { x, y, width, height } on the trimmed card; an element keeps its unturned box.

export const STEP_MM = 0.1;
const SMALLEST_MM = 0.5;

export function rounded(mm) {
  return Math.round(mm / STEP_MM) * STEP_MM === 0 ? 0 : Number((Math.round(mm / STEP_MM) * STEP_MM).toFixed(1));
}

// The size before the element is turned. A barcode is as wide as its modules make it.
export function sizeOf(element, card) {
  if (element.type === "barcode") {
    return { width: card.modules[element.symbology] * element.module_mm, height: element.height };
  }
  if (element.type === "qr") return { width: element.width, height: element.width };
  return { width: element.width, height: element.height };
}

export function boxOf(element, card) {
  const { width, height } = sizeOf(element, card);
  if (element.rotation % 180 === 0) return { x: element.x, y: element.y, width, height };
  return {
    x: element.x + (width - height) / 2,
    y: element.y + (height - width) / 2,
    width: height,
    height: width,
  };
}

// Puts the element so that its turned box begins at x, y.
export function moveBox(element, card, x, y) {
  const box = boxOf(element, card);
  element.x = rounded(element.x + x - box.x);
  element.y = rounded(element.y + y - box.y);
}

// Gives the element the size of a turned box, as far as its kind allows, and puts it there.
// `handle` names the edges that were pulled (n, e, s, w); those across from them stay.
export function resizeBox(element, card, box, handle) {
  const before = boxOf(element, card);
  const isTurned = element.rotation % 180 !== 0;
  const width = Math.max(SMALLEST_MM, isTurned ? box.height : box.width);
  const height = Math.max(SMALLEST_MM, isTurned ? box.width : box.height);
  if (element.type === "barcode") {
    element.height = rounded(Math.max(3, height));
    element.module_mm = nearest(card.moduleChoices, width / card.modules[element.symbology]);
  } else if (element.type === "qr") {
    const pulled = /^[ns]$/.test(handle) ? box.height : /^[ew]$/.test(handle) ? box.width : Math.max(width, height);
    element.width = rounded(Math.max(5, pulled));
  } else {
    element.width = rounded(width);
    element.height = rounded(height);
  }
  const now = boxOf(element, card);
  const x = handle.includes("w") ? before.x + before.width - now.width : before.x;
  const y = handle.includes("n") ? before.y + before.height - now.height : before.y;
  moveBox(element, card, x, y);
}

// The vertical and horizontal lines that edges and middles are drawn to.
export function snapLines(card, boxes) {
  const across = [0, card.safe, card.width / 2, card.width - card.safe, card.width, -card.bleed, card.width + card.bleed];
  const down = [0, card.safe, card.height / 2, card.height - card.safe, card.height, -card.bleed, card.height + card.bleed];
  for (const box of boxes) {
    across.push(box.x, box.x + box.width / 2, box.x + box.width);
    down.push(box.y, box.y + box.height / 2, box.y + box.height);
  }
  return { across, down };
}

// Returns how far one of `edges` is from the nearest line within reach, and that line; else the
// way to the millimetre grid, with no line to show.
export function snap(edges, lines, reach, grid) {
  let best = null;
  for (const edge of edges) {
    for (const line of lines) {
      const way = line - edge;
      if (Math.abs(way) <= reach && (best === null || Math.abs(way) < Math.abs(best.way))) best = { way, line };
    }
  }
  if (best) return best;
  const way = Math.round(edges[0] / grid) * grid - edges[0];
  return { way: Math.abs(way) <= Math.min(reach, grid / 2) ? way : 0, line: null };
}

export function nearest(choices, wanted) {
  return choices.reduce((best, one) => (Math.abs(one - wanted) < Math.abs(best - wanted) ? one : best));
}
