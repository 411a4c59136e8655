/* The console's service worker, a classic script: it rings an officer or a supervisor whose page is not in sight. It keeps no
   file and answers no request: a desk always works by what the server says now. */
self.addEventListener('install', (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

/* A letter of the centre, until somebody taps it. A copy of the same one replaces it. */
async function ring(data) {
  const told = data?.json() ?? {};
  await self.registration.showNotification(told.title || '112', {
    body: told.text || '',
    tag: told.id || '112',
    renotify: true,
    requireInteraction: true,
    icon: '/lambang.svg',
  });
}

/* The console that is open already, on the screen that it shows; else a new one. */
async function show() {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const open = pages.find((page) => new URL(page.url).pathname === '/konsol');
  await (open ? open.focus() : self.clients.openWindow('/konsol'));
}

self.addEventListener('push', (event) => event.waitUntil(ring(event.data)));
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(show());
});
