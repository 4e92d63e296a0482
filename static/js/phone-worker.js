// Keeps the last answer of a card's page and what it is drawn with. The network comes first, always:
// what is kept is shown only where there is none, and says so.

const STORE = "card-pages-1";
const PAGE = /^\/c\/[A-Za-z0-9_-]{22}$/;
const DRAWN_WITH = ["/static/css/phone.css", "/static/js/phone.js", "/static/img/mark.svg"];
const PATIENCE_MS = 8000; // In a shop a page that is still loading is as good as none.

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(STORE)
      .then((store) => store.addAll(DRAWN_WITH))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((it) => it !== STORE).map((it) => caches.delete(it))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("message", (event) => {
  const url = new URL(event.data.keep);
  if (url.origin === self.location.origin && PAGE.test(url.pathname)) {
    event.waitUntil(fresh(new Request(url.href)).catch(() => undefined));
  }
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (PAGE.test(url.pathname) || DRAWN_WITH.includes(url.pathname)) {
    event.respondWith(fresh(event.request).catch(() => kept(event.request)));
  }
});

// Under one key for each page and language: what a press left in the address is no part of it.
function keyOf(request) {
  const url = new URL(request.url);
  const lang = url.searchParams.get("lang");
  return url.origin + url.pathname + (lang ? `?lang=${encodeURIComponent(lang)}` : "");
}

async function fresh(request) {
  const answer = await within(PATIENCE_MS, fetch(request));
  const store = await caches.open(STORE);
  if (answer.ok) await store.put(keyOf(request), answer.clone());
  if (answer.status === 404) await store.delete(keyOf(request), { ignoreSearch: true });
  return answer;
}

function within(milliseconds, promise) {
  const late = new Promise((_, refuse) => setTimeout(() => refuse(new Error("late")), milliseconds));
  return Promise.race([promise, late]);
}

async function kept(request) {
  const store = await caches.open(STORE);
  const key = keyOf(request);
  const answer = (await store.match(key)) || (await store.match(key, { ignoreSearch: true }));
  if (!answer) return Response.error();
  if (!PAGE.test(new URL(request.url).pathname)) return answer;
  const page = (await answer.text()).replace('data-kept="no"', 'data-kept="yes"');
  return new Response(page, { status: 200, headers: answer.headers });
}
