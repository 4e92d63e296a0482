// The little that pages need besides htmx: filters that apply at once, and a printed page.
"use strict";

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-apply-at-once]");
  if (form && event.target.tagName === "SELECT") form.requestSubmit();
});

for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    const text = document.getElementById(copy.dataset.copy).textContent;
    const told = (done) => { copy.lastElementChild.textContent = done ? "コピーしました" : "コピーできません"; };
    navigator.clipboard.writeText(text).then(() => told(true), () => told(false));
  }
  if (event.target.closest("[data-print]")) window.print();
});
