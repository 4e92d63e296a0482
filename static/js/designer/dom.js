// The little that every part does with the page.

export const $ = (selector, root = document) => root.querySelector(selector);

// Makes an element; `words` are properties, "on…" listeners, "data-…" and "aria-…" attributes.
export function make(tag, words = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(words)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.includes("-") || name === "role" || name === "for") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

export function debounced(act, waitMs) {
  let timer = null;
  return (...words) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...words), waitMs);
  };
}

let timer = null;

// Tells those who listen to the page what happened; the last of many quick words is enough.
export function announce(words) {
  if (!words) return;
  clearTimeout(timer);
  timer = setTimeout(() => {
    $("#designer-live").textContent = words;
  }, 250);
}

export function iconOf(name) {
  return document.importNode($(`#icon-${name}`).content, true);
}
