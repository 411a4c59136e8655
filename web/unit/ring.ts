/* This device rings when a task comes, also while the page is closed: web push, sealed for this browser alone. It is told
   to the server again at each start, because a browser may renew its subscription and another person may hold the device.
   Each page that rings has a worker of its own: the crew's, which also keeps its files, and the console's. */
import { ask } from '../wire/api.ts';

/** `absent`: this browser or this centre cannot; `denied`: the person or the browser forbade it. */
export type Ring = 'absent' | 'off' | 'on' | 'denied';

/** Base64url as the octets that a push service wants. */
export function octets(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

async function key(): Promise<string> {
  const answer = await ask<{ key: string }>('GET', '/api/push');
  return answer.outcome === 'done' ? answer.value.key : '';
}

export type RingingPage = '/lapangan' | '/konsol';

/** The crew's worker is there from its page's start; the console gets one where somebody may want to be rung. */
async function manager(page: RingingPage): Promise<PushManager | undefined> {
  if (!('serviceWorker' in navigator) || !('PushManager' in globalThis) || !('Notification' in globalThis)) return undefined;
  const found = await navigator.serviceWorker.getRegistration(page);
  if (found || page === '/lapangan') return found?.pushManager;
  return (await navigator.serviceWorker.register('/konsol-sw.js', { scope: page })).pushManager;
}

async function tell(subscription: PushSubscription): Promise<boolean> {
  const { endpoint, keys } = subscription.toJSON();
  const answer = await ask('POST', '/api/push', { endpoint, p256dh: keys?.['p256dh'], auth: keys?.['auth'] });
  return answer.outcome === 'done';
}

/** How it stands now. */
export async function look(page: RingingPage): Promise<Ring> {
  const push = (await key()) === '' ? undefined : await manager(page);
  if (!push) return 'absent';
  if (Notification.permission === 'denied') return 'denied';
  const kept = await push.getSubscription();
  return kept !== null && (await tell(kept)) ? 'on' : 'off';
}

/** Ask the person, the push service and the server, in this order; whatever stops it leaves it off. */
export async function begin(page: RingingPage): Promise<Ring> {
  const known = await key();
  const push = known === '' ? undefined : await manager(page);
  if (!push) return 'absent';
  if ((await Notification.requestPermission()) !== 'granted') return 'denied';
  await navigator.serviceWorker.ready; // a worker that is still being installed takes no subscription
  const taken = await push.subscribe({ userVisibleOnly: true, applicationServerKey: octets(known) });
  return (await tell(taken)) ? 'on' : 'off';
}

/** Ring no more. */
export async function end(page: RingingPage): Promise<Ring> {
  const kept = await (await manager(page))?.getSubscription();
  if (kept) {
    await ask('POST', '/api/push/end', { endpoint: kept.endpoint });
    await kept.unsubscribe();
  }
  return 'off';
}

/** Who signs out of this browser leaves no subscription to the next person; the server ends its own with the session. */
export async function forget(page: RingingPage): Promise<void> {
  const found = 'serviceWorker' in navigator ? await navigator.serviceWorker.getRegistration(page) : undefined;
  await (await found?.pushManager.getSubscription())?.unsubscribe();
}
