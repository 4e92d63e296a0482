// The card's page: copies the number, enlarges the bars, and keeps its last state for a shop
// without a signal. Without this file the page says the same; it is only less handy.

const root = document.documentElement;

// -- Copying: the thirteen digits alone, as a kiosk's form wants them ---------------------------

const copy = document.getElementById("copy");
if (copy) {
  const number = document.getElementById("number").dataset.number;
  const told = document.getElementById("copy-told");
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(number);
      told.textContent = copy.dataset.done;
    } catch {
      told.textContent = copy.dataset.failed;
    }
  });
}

// -- Bars: tapped once they fill the screen, which stays awake meanwhile ------------------------

const bars = document.getElementById("bars");
if (bars) {
  const word = document.getElementById("bars-word");
  let wake = null;
  const show = async (isLarge) => {
    bars.setAttribute("aria-pressed", String(isLarge));
    word.textContent = isLarge ? bars.dataset.close : bars.dataset.enlarge;
    if (!isLarge && wake) wake = void wake.release();
    if (isLarge && navigator.wakeLock) {
      wake = await navigator.wakeLock.request("screen").catch(() => null);
    }
  };
  bars.addEventListener("click", () => show(bars.getAttribute("aria-pressed") !== "true"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") show(false);
  });
}

// -- Offline: what is shown is as of then, and nothing can be chosen ----------------------------

const choices = () => document.querySelectorAll(".amounts button");

function tellLine() {
  const isOff = !navigator.onLine || root.dataset.kept === "yes";
  root.dataset.line = isOff ? "off" : "on";
  for (const button of choices()) button.disabled = isOff;
}

addEventListener("offline", tellLine);
addEventListener("online", () => {
  // What was kept is old by now: the present state is one look away.
  if (root.dataset.kept === "yes") location.reload();
  else tellLine();
});
tellLine();

for (const form of document.querySelectorAll(".choice")) {
  form.addEventListener("submit", () => {
    // After the press is on its way: a disabled button would not be sent.
    setTimeout(() => {
      for (const button of choices()) button.disabled = true;
    });
  });
}
addEventListener("pageshow", tellLine); // Back again: the buttons are pressable again.

// A press is told of once; looking again tells only how things stand.
const here = new URL(location.href);
if (here.searchParams.has("chosen")) {
  here.searchParams.delete("chosen");
  history.replaceState(null, "", here);
}

if ("serviceWorker" in navigator) {
  const isFirst = !navigator.serviceWorker.controller;
  navigator.serviceWorker.register("/c/worker.js", { scope: "/c/" });
  navigator.serviceWorker.ready.then((registration) => {
    // The first visit went past the worker: let it look once, so that there is something to keep.
    if (isFirst) registration.active.postMessage({ keep: location.href });
  });
}
