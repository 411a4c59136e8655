/* This device rings when a task comes, also while the page is closed: web push, sealed for this browser alone. It is told
   to the server again at each start, because a browser may renew its subscription and another person may hold the device. */
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

async function manager(): Promise<PushManager | undefined> {
  if (!('serviceWorker' in navigator) || !('PushManager' in globalThis) || !('Notification' in globalThis)) return undefined;
  return (await navigator.serviceWorker.getRegistration('/lapangan'))?.pushManager;
}

async function tell(subscription: PushSubscription): Promise<boolean> {
  const { endpoint, keys } = subscription.toJSON();
  const answer = await ask('POST', '/api/push', { endpoint, p256dh: keys?.['p256dh'], auth: keys?.['auth'] });
  return answer.outcome === 'done';
}

/** How it stands now. */
export async function look(): Promise<Ring> {
  const push = await manager();
  if (!push || (await key()) === '') return 'absent';
  if (Notification.permission === 'denied') return 'denied';
  const kept = await push.getSubscription();
  return kept !== null && (await tell(kept)) ? 'on' : 'off';
}

/** Ask the person, the push service and the server, in this order; whatever stops it leaves it off. */
export async function begin(): Promise<Ring> {
  const push = await manager();
  const known = await key();
  if (!push || known === '') return 'absent';
  if ((await Notification.requestPermission()) !== 'granted') return 'denied';
  const taken = await push.subscribe({ userVisibleOnly: true, applicationServerKey: octets(known) });
  return (await tell(taken)) ? 'on' : 'off';
}

/** Ring no more. */
export async function end(): Promise<Ring> {
  const kept = await (await manager())?.getSubscription();
  if (kept) {
    await ask('POST', '/api/push/end', { endpoint: kept.endpoint });
    await kept.unsubscribe();
  }
  return 'off';
}
