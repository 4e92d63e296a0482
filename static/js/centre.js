// The little that pages need besides htmx: filters that apply at once, and a printed page.
"use strict";

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-apply-at-once]");
  if (form && event.target.tagName === "SELECT") form.requestSubmit();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
