// The kiosk's keys write into its number field; the register's notes fill in what was handed over.
"use strict";

const grouped = (digits) => [digits.slice(0, 4), digits.slice(4, 8), digits.slice(8, 13)].filter(Boolean).join(" ");

document.addEventListener("DOMContentLoaded", () => {
  const field = document.querySelector("[data-number]");
  if (!field) return;
  const show = (digits) => { field.value = grouped(digits.slice(0, 13)); };
  const digitsOf = () => field.value.normalize("NFKC").replace(/[^0-9]/g, "");
  field.addEventListener("input", () => show(digitsOf()));
  for (const key of document.querySelectorAll("[data-key]")) {
    key.addEventListener("click", () => {
      const word = key.dataset.key;
      if (word === "back") show(digitsOf().slice(0, -1));
      else if (word === "clear") show("");
      else show(digitsOf() + word);
    });
  }
});

document.addEventListener("click", (event) => {
  const note = event.target.closest("[data-taken]");
  if (note) document.querySelector("[name=taken_yen]").value = note.dataset.taken;
});
