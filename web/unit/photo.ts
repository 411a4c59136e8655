/* Making a picture small and sending it. Drawn anew on a canvas it has nothing of its file any more: no place, no
   telephone, no thumbnail; the centre takes it apart once more all the same. */
import type { KeptPhoto } from './photo-shelf.ts';

/** A picture over a weak line takes longer than a command. */
const ANSWER_MS = 60_000;

function csrf(): string {
  return decodeURIComponent(/(?:^|; )kentongan_csrf=([^;]*)/.exec(document.cookie)?.[1] ?? '');
}

/** Pixels of its longer side: a number plate is still read. */
const SIDE_MOST = 1_600;
const QUALITY = 0.8;

export type Sent = { readonly outcome: 'sent' } | { readonly outcome: 'away' } | { readonly outcome: 'refused'; readonly why: string };

/** A JPEG of bounded size; rejects when the file is no picture that this device can draw. */
export async function shrink(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, SIDE_MOST / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve, reject) => canvas.toBlob((made) => (made ? resolve(made) : reject(new Error('no picture'))), 'image/jpeg', QUALITY));
}

/** Not signed in, too slow, too many: the picture waits. */
const AGAIN: readonly number[] = [401, 408, 429];

/** Under its own id: sent again after an answer that was lost, it is still one picture of the incident. */
export async function send({ id, agent, incident, picture }: KeptPhoto): Promise<Sent> {
  try {
    const whose = new URLSearchParams({ id, agent });
    const response = await fetch(`/api/incidents/${encodeURIComponent(incident)}/photos?${whose}`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'image/jpeg', 'X-Kentongan-Csrf': csrf() },
      signal: AbortSignal.timeout(ANSWER_MS),
      body: picture,
    });
    if (response.ok) return { outcome: 'sent' };
    if (response.status >= 500 || AGAIN.includes(response.status)) return { outcome: 'away' };
    const refusal = (await response.json().catch(() => ({}))) as { message?: { id: string; en: string }; reason?: string }; // a proxy says no in its own page
    const why = document.documentElement.lang === 'en' ? refusal.message?.en : refusal.message?.id;
    return { outcome: 'refused', why: why ?? refusal.reason ?? String(response.status) };
  } catch {
    return { outcome: 'away' };
  }
}
