// The shell of the page, for when there is no network. Answers are never kept.

const worker = /** @type {any} */ (self); // TypeScript takes it for a window

const SHELL = "verger-shell";
const FILES = [
  "/",
  "/page/style.css",
  "/page/app.js",
  "/page/service.js",
  "/page/answer.js",
  "/page/facts.js",
  "/page/photograph.js",
  "/page/words.js",
  "/page/manifest.webmanifest",
  "/page/icon.svg",
  "/page/icon-192.png",
];

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(FILES)));
  worker.skipWaiting();
});

worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { pathname, origin } = new URL(event.request.url);
  const isShell = origin === worker.location.origin && FILES.includes(pathname);
  if (event.request.method === "GET" && isShell) event.respondWith(newest(event.request));
});

/**
 * What the service has; without it, what was kept last.
 * @param {Request} request
 */
async function newest(request) {
  const shell = await caches.open(SHELL);
  try {
    const found = await fetch(request);
    if (found.ok) await shell.put(request, found.clone());
    return found;
  } catch {
    return (await shell.match(request)) ?? Response.error();
  }
}
