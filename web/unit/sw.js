/* The crew page's service worker, a classic script: it keeps the page and its files so that a crew without a network
   can still reload, read the last task and tap. It never keeps answers of the server. The build fills in the two
   values below; a new build has a new cache. That of the build before stays until the next one: a page that was open
   while the server was renewed still finds the pieces that it loads later. */
const CACHE = '%CACHE%';
const FILES = '%FILES%';

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' })));
  await self.skipWaiting();
}

async function activate() {
  const before = (await caches.keys()).filter((name) => name.startsWith('lapangan-') && name !== CACHE);
  for (const name of before.slice(0, -1)) await caches.delete(name);
  await self.clients.claim();
}

async function answer(request) {
  const how = { ignoreSearch: true };
  const cache = await caches.open(CACHE);
  return (await cache.match(request, how)) ?? (await caches.match(request, how)) ?? fetch(request);
}

/* A letter of the centre: what the crew is asked, until somebody taps it. A copy of the same one replaces it. */
async function ring(data) {
  const told = data?.json() ?? {};
  await self.registration.showNotification(told.title || '112', {
    body: told.text || '',
    tag: told.id || '112',
    renotify: true,
    requireInteraction: true,
    vibrate: [400, 200, 400, 200, 400],
    icon: '/lambang.svg',
  });
}

/* The page that is open already, else a new one. */
async function show() {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const open = pages.find((page) => new URL(page.url).pathname === '/lapangan');
  await (open ? open.focus() : self.clients.openWindow('/lapangan'));
}

self.addEventListener('push', (event) => event.waitUntil(ring(event.data)));
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(show());
});
self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== 'GET' || origin !== self.location.origin) return;
  if (FILES.includes(pathname) || pathname.startsWith('/assets/')) event.respondWith(answer(event.request));
});
