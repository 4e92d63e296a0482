// 会員カード受付: Enter goes to the field that is still empty, an answer to the one that is wrong.
"use strict";

(() => {
  const form = document.getElementById("desk-form");
  if (!form) return;
  const card = form.elements.namedItem("card");
  const reference = form.elements.namedItem("reference");
  const next = document.getElementById("desk-next");
  const sound = document.querySelector("[data-sound]");
  const answered = () => document.querySelector("#desk-answer [data-outcome]");
  let sent = null; // What the clerk last sent, to be put back if it was refused.
  let refused = null; // What stands in the fields because it was.
  let lastSlip = "";

  // -- Where to look, and what to do next ----------------------------------------------------

  const isTyped = (field) => field.value.trim() !== "";
  const sayNext = () => {
    const words = next.dataset;
    next.textContent = !isTyped(card) ? words.card : !isTyped(reference) ? words.reference : words.ready;
  };
  const goTo = (field) => {
    field.focus();
    if (field.select) field.select();
    sayNext();
  };
  const clear = () => {
    card.value = "";
    reference.value = "";
    for (const field of [card, reference]) field.classList.remove("is-wrong");
  };

  // A scanner ends with Enter, some with two, and some read a card twice.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.target !== card && event.target !== reference) return;
    if (event.target === reference && isTyped(card) && reference.value.trim() === card.value.trim()) {
      event.preventDefault();
      reference.value = "";
      goTo(reference);
      return;
    }
    const empty = [card, reference].find((field) => !isTyped(field));
    if (!empty) return;
    event.preventDefault();
    goTo(empty);
  });
  form.addEventListener("input", (event) => {
    event.target.classList.remove("is-wrong");
    sayNext();
  });

  // -- Sending, and what comes back ----------------------------------------------------------

  form.addEventListener("htmx:beforeSend", () => {
    sent = { card: card.value, reference: reference.value };
    clear();
    card.focus();
    next.textContent = "登録しています…";
  });

  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.target.id !== "desk-answer" || !event.detail.successful) return;
    const told = answered();
    if (!told || told.dataset.isHeard) return;
    told.dataset.isHeard = "yes";
    const isRefused = told.dataset.outcome === "refused";
    beep(isRefused);
    if (isRefused && sent) putBack();
    if (sent) refused = isRefused ? sent : null;
    sent = null;
    const wrong = form.elements.namedItem(told.dataset.focus) || card;
    if (isRefused) {
      wrong.classList.add("is-wrong");
      goTo(wrong);
      next.textContent = next.dataset.wrong;
    } else {
      if (event.detail.requestConfig.elt.matches(".desk-replace")) settle();
      if (!isTyped(card) && !isTyped(reference)) goTo(card);
    }
    if (told.dataset.slip) print(told.dataset.slip);
  });

  // Nobody knows whether it arrived; the same words again do no harm.
  for (const failed of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.body.addEventListener(failed, () => {
      if (sent) putBack();
      sent = null;
      beep(true);
      goTo(reference);
      next.textContent = "通信できませんでした。もう一度 Enter を押してください。";
    });
  }

  // A lost card was replaced: what was refused is done with, and the next card must not meet the
  // last member's number. What was scanned in the meantime stays.
  const settle = () => {
    for (const field of [card, reference]) {
      field.classList.remove("is-wrong");
      if (refused && field.value === refused[field.name]) field.value = "";
    }
    refused = null;
    sayNext();
  };

  const putBack = () => {
    card.value = sent.card;
    reference.value = sent.reference;
  };

  // -- Keys ------------------------------------------------------------------------------------

  const disarm = () => {
    for (const button of document.querySelectorAll(".is-armed")) {
      button.classList.remove("is-armed");
      button.textContent = "取消";
    }
  };
  const arm = (button) => {
    disarm();
    button.classList.add("is-armed");
    button.textContent = "本当に取り消す";
    button.focus();
    next.textContent = `${button.getAttribute("aria-label")}ときは Enter、やめるときは Esc を押してください。`;
  };

  document.addEventListener("keydown", (event) => {
    const undo = (event.altKey && event.code === "KeyU") || event.key === "F8";
    const again = event.altKey && event.code === "KeyP";
    const button = document.querySelector(undo ? "[data-undo]" : "[data-replace]");
    if (event.key === "Escape") {
      disarm();
      clear();
      const told = answered();
      if (told) told.remove();
      goTo(card);
    } else if (undo || event.key === "F9") {
      event.preventDefault();
      if (button && undo) arm(button);
      else if (button) button.focus();
    } else if (again) {
      event.preventDefault();
      const link = document.querySelector("[data-slip-again]");
      if (lastSlip || link) print(lastSlip || link.href);
    } else if (isLost(event)) {
      disarm();
      goTo(card); // The sign itself still arrives there.
    }
  });

  // Somebody clicked beside a field, or a button waits for its Enter, and the next card is already
  // being scanned: its digits belong to the card's field, and its Enter must press nothing.
  const isLost = (event) =>
    event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.altKey && !event.metaKey
    && !document.activeElement.matches("input:not([type=checkbox]), select, textarea");

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-undo]");
    if (button && !button.classList.contains("is-armed")) {
      event.preventDefault();
      arm(button);
      return;
    }
    const link = event.target.closest("[data-slip-again]");
    if (link) {
      event.preventDefault();
      print(link.href);
      card.focus();
    }
  }, true);

  // -- Paper and sound -------------------------------------------------------------------------

  // One slip after another: whoever scans faster than a slip loads still gets every slip.
  const slips = [];
  const print = (address) => {
    lastSlip = address;
    slips.push(address);
    if (slips.length === 1) printFirst();
  };
  const printFirst = () => {
    for (const old of document.querySelectorAll(".desk-frame")) old.remove();
    const frame = document.createElement("iframe");
    frame.className = "desk-frame";
    frame.title = "案内票";
    frame.tabIndex = -1;
    frame.addEventListener("load", () => {
      const address = slips.shift();
      if (slips.length) setTimeout(printFirst);
      frame.contentWindow.print();
      document.body.dataset.printed = address;
    });
    [frame.src] = slips;
    document.body.append(frame);
  };

  const beep = (isRefused) => {
    if (!sound || !sound.checked) return;
    const context = new AudioContext();
    const tone = context.createOscillator();
    tone.frequency.value = isRefused ? 220 : 880;
    tone.connect(context.destination);
    tone.start();
    tone.stop(context.currentTime + (isRefused ? 0.4 : 0.12));
    tone.onended = () => context.close();
  };
  if (sound) {
    sound.checked = localStorage.getItem("desk-sound") === "on";
    sound.addEventListener("change", () => {
      localStorage.setItem("desk-sound", sound.checked ? "on" : "off");
      card.focus();
    });
  }

  const first = answered();
  if (first && first.dataset.slip) print(first.dataset.slip);
  sayNext();
  if (!first || first.dataset.focus !== "reference") card.focus();
})();
