// The app without a network. Each version keeps its own files and serves only those: a new version
// waits until the page asks for it, so that nothing changes under an open ticket.
const CACHE = 'salesflow-' + __VERSION__;
const FILES = __FILES__;
const NOT_OURS = /^\/(api|api-docs|docs|redoc|health|metrics)(\/|$)/;

self.addEventListener('install', (event) => {
  // Past the browser's own cache for what has no hash in its name. The page is only for those that ask
  // for HTML.
  const fresh = (url) => {
    if (url.startsWith('/assets/')) return new Request(url);
    return new Request(url, {
      cache: 'reload',
      headers: url === '/' ? { accept: 'text/html' } : {},
    });
  };
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map(fresh))));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith('salesflow-') && name !== CACHE)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('message', (event) => {
  if (event.data === 'take over') self.skipWaiting();
});

async function asset(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && new URL(request.url).pathname.startsWith('/assets/')) {
    await cache.put(request, answer.clone());
  }
  return answer;
}

async function page(request) {
  const kept = await caches.match('/', { cacheName: CACHE });
  return kept ?? fetch(request);
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (NOT_OURS.test(url.pathname)) return;
  event.respondWith(request.mode === 'navigate' ? page(request) : asset(request));
});
