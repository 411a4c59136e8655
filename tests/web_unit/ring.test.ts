/** A crew's device rings with its page closed: subscribed by the person, told to the server, shown by the worker. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { begin, end, forget, look, octets, type RingingPage } from '../../web/unit/ring.ts';

const PAGE: RingingPage = '/lapangan';
const SUBSCRIPTION = { endpoint: 'https://push.example/1', keys: { p256dh: 'BP', auth: 'aa' } };

class Device {
  asked: [string, string, unknown][] = [];
  kept: unknown = null;
  permission = 'default';
  key = 'AQID';
  status = 204;
  wanted: unknown = null;
  workers = new Map<string, string>([['/lapangan', '/sw.js']]);

  constructor() {
    const subscription = {
      endpoint: SUBSCRIPTION.endpoint,
      toJSON: () => SUBSCRIPTION,
      unsubscribe: async () => {
        this.kept = null;
        return true;
      },
    };
    const pushManager = {
      getSubscription: async () => this.kept,
      subscribe: async (wanted: unknown) => {
        this.wanted = wanted;
        return (this.kept = subscription);
      },
    };
    const serviceWorker = {
      getRegistration: async (page: string) => (this.workers.has(page) ? { pushManager } : undefined),
      register: async (file: string, { scope }: { scope: string }) => {
        this.workers.set(scope, file);
        return { pushManager };
      },
    };
    Object.defineProperty(globalThis, 'navigator', { value: { serviceWorker }, configurable: true });
    Object.assign(globalThis, {
      PushManager: class {},
      document: { cookie: '' },
      Notification: { requestPermission: async () => this.permission },
      fetch: async (path: string, init: RequestInit) => {
        this.asked.push([String(init.method), path, init.body === undefined ? undefined : JSON.parse(String(init.body))]);
        return init.method === 'GET' ? new Response(JSON.stringify({ key: this.key })) : new Response(null, { status: this.status });
      },
    });
    Object.defineProperty((globalThis as unknown as { Notification: object }).Notification, 'permission', { get: () => this.permission });
  }

  changes() {
    return this.asked.filter(([method]) => method !== 'GET');
  }
}

afterEach(() => {
  for (const name of ['PushManager', 'Notification', 'document']) Reflect.deleteProperty(globalThis, name);
});

test('a device rings once its person, its push service and the server have agreed', async () => {
  const device = new Device();
  device.permission = 'granted';
  assert.equal(await look(PAGE), 'off');
  assert.equal(await begin(PAGE), 'on');
  assert.deepEqual(device.wanted, { userVisibleOnly: true, applicationServerKey: new Uint8Array([1, 2, 3]) });
  const told = ['POST', '/api/push', { endpoint: SUBSCRIPTION.endpoint, p256dh: 'BP', auth: 'aa' }];
  assert.deepEqual(device.changes(), [told]);
  assert.equal(await look(PAGE), 'on');
  assert.deepEqual(device.changes(), [told, told], 'told again at each start: another person may hold the device');
  assert.equal(await end(PAGE), 'off');
  assert.deepEqual(device.changes().at(-1), ['POST', '/api/push/end', { endpoint: SUBSCRIPTION.endpoint }]);
  assert.equal(device.kept, null);
});

test('what stops it is said, and never taken for ringing', async () => {
  const device = new Device();
  device.permission = 'denied';
  assert.equal(await look(PAGE), 'denied');
  assert.equal(await begin(PAGE), 'denied');
  device.permission = 'granted';
  device.status = 503;
  assert.equal(await begin(PAGE), 'off', 'the server did not take it');
  device.key = '';
  assert.equal(await look(PAGE), 'absent');
  assert.equal(await begin(PAGE), 'absent');
  Reflect.deleteProperty(globalThis, 'PushManager');
  assert.equal(await look(PAGE), 'absent');
});

test('the console gets a worker where its centre has push, and leaves no subscription to the next person', async () => {
  const device = new Device();
  device.permission = 'granted';
  device.key = '';
  assert.equal(await look('/konsol'), 'absent');
  assert.equal(device.workers.has('/konsol'), false, 'a centre without push installs nothing');
  device.key = 'AQID';
  await forget('/konsol');
  assert.equal(device.workers.has('/konsol'), false);
  assert.equal(await look('/konsol'), 'off');
  assert.equal(device.workers.get('/konsol'), '/konsol-sw.js');
  assert.equal(await begin('/konsol'), 'on');
  await forget('/konsol');
  assert.equal(device.kept, null);
});

test('a key is read as base64url', () => {
  assert.deepEqual([...octets('-_8')], [251, 255]);
});

for (const [page, source] of [['/lapangan', 'unit/sw.js'], ['/konsol', 'console/sw.js']] as const) test(`the worker of ${page} shows a letter until somebody taps it, and opens the page`, async () => {
  const heard = new Map<string, (event: unknown) => void>();
  const shown: [string, Record<string, unknown>][] = [];
  const opened: string[] = [];
  let pages: { url: string; focus: () => void }[] = [];
  const self = {
    addEventListener: (name: string, listen: (event: unknown) => void) => heard.set(name, listen),
    registration: { showNotification: async (title: string, options: Record<string, unknown>) => void shown.push([title, options]) },
    clients: { matchAll: async () => pages, openWindow: async (path: string) => void opened.push(path) },
    location: { origin: 'https://112.example' },
  };
  const file = fileURLToPath(new URL(`../../web/${source}`, import.meta.url));
  runInNewContext(readFileSync(file, 'utf8'), { self, URL });
  const fire = async (name: string, event: object): Promise<void> => {
    let done: Promise<unknown> = Promise.resolve();
    heard.get(name)?.({ ...event, waitUntil: (work: Promise<unknown>) => (done = work) });
    await done;
  };
  await fire('push', { data: { json: () => ({ id: 'alert/one', title: '112 P1 #1', text: 'AMB03' }) } });
  await fire('push', { data: null });
  assert.equal(shown[0]?.[0], '112 P1 #1');
  assert.equal(shown[0]?.[1]['body'], 'AMB03');
  assert.equal(shown[0]?.[1]['tag'], 'alert/one');
  assert.equal(shown[0]?.[1]['requireInteraction'], true);
  assert.equal(shown[1]?.[0], '112', 'a browser wants something shown for each push');
  let closed = 0;
  const tapped = { notification: { close: () => (closed += 1) } };
  await fire('notificationclick', tapped);
  assert.deepEqual(opened, [page]);
  let focused = 0;
  pages = [{ url: `https://112.example${page}?x`, focus: () => (focused += 1) }];
  await fire('notificationclick', tapped);
  assert.deepEqual([focused, opened.length, closed], [1, 1, 2]);
});
