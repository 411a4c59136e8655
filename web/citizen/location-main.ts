/* The page `/112/lokasi#…`: words in three languages, one button, and what has become of it. The link's secret is its
   fragment, which no browser sends; it goes to the server in bodies only. Without one it is asked for. */
import '../ui/page.css';
import '../ui/tokens.css';
import './citizen.css';
import en from '../locales/lokasi/en.json';
import id from '../locales/lokasi/id.json';
import jv from '../locales/lokasi/jv.json';
import { after } from './browser.ts';
import { LocationPage, type Ports, type Shown, type View } from './location.ts';

const CATALOGUES = { id, jv, en } as const;
type Language = keyof typeof CATALOGUES;
type Key = keyof typeof id;

/** An answer that takes longer counts as none. */
const ANSWER_MS = 8_000;
const ADDRESS = '/api/citizen/places';
let secret = location.hash.slice(1);
const is_typed = secret === '';
let language: Language = navigator.language.startsWith('en') ? 'en' : navigator.language.startsWith('jv') ? 'jv' : 'id';

function part(name: string): HTMLElement {
  return document.getElementById(name) as HTMLElement;
}

function say(key: Key, params: Readonly<Record<string, number>> = {}): string {
  return CATALOGUES[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

async function ask(path: string, body: object): Promise<Shown | null> {
  const headers = { 'Content-Type': 'application/json' };
  try {
    const response = await fetch(path, { method: 'POST', credentials: 'omit', headers, body: JSON.stringify({ secret, ...body }), signal: AbortSignal.timeout(ANSWER_MS) });
    return response.ok ? ((await response.json()) as Shown) : null;
  } catch {
    return null;
  }
}

const watch: Ports['watch'] = (found, failed) => {
  if (!('geolocation' in navigator)) {
    failed('none');
    return () => undefined;
  }
  const number = navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => found({ lat: coords.latitude, lon: coords.longitude, accuracy_m: coords.accuracy, at: timestamp }),
    (error) => failed(error.code === error.PERMISSION_DENIED ? 'blocked' : 'none'),
    { enableHighAccuracy: true, maximumAge: 0 },
  );
  return () => navigator.geolocation.clearWatch(number);
};

const STAGES: Readonly<Record<View['stage'], Key | null>> = { code: null, asks: null, searches: 'searching', sent: 'sent', offline: 'offline', over: 'over', blocked: 'blocked', none: 'none' };

function draw(view: View): void {
  const key = STAGES[view.stage];
  part('city').textContent = view.city;
  part('saying').textContent = key === null ? '' : say(key, { m: view.accuracy_m ?? 0 });
  part('more').textContent = view.stage === 'sent' ? say('sent_more') : view.stage === 'over' ? say('over_hint') : '';
  part('send').hidden = !['asks', 'blocked', 'none'].includes(view.stage);
  part('phone').hidden = view.stage !== 'over';
  part('code').hidden = !(view.stage === 'code' || (view.stage === 'over' && is_typed));
}

function speak(chosen: Language): void {
  language = chosen;
  document.documentElement.lang = chosen;
  for (const element of document.querySelectorAll<HTMLElement>('[data-t]')) element.textContent = say(element.dataset['t'] as Key);
  for (const button of document.querySelectorAll<HTMLElement>('[data-language]')) button.setAttribute('aria-pressed', String(button.dataset['language'] === chosen));
  draw(page.view);
}

const page = new LocationPage({ ask: () => ask(`${ADDRESS}/state`, {}), tell: (position) => ask(ADDRESS, position), watch, now: Date.now, after }, draw);
part('send').addEventListener('click', () => page.start());
for (const button of document.querySelectorAll<HTMLElement>('[data-language]')) button.addEventListener('click', () => speak(button.dataset['language'] as Language));
speak(language);
part('code').addEventListener('submit', (event) => {
  event.preventDefault();
  secret = (part('typed') as HTMLInputElement).value.trim();
  if (secret !== '') void page.open();
});
addEventListener('hashchange', () => location.reload());
if (is_typed) page.wantCode();
else void page.open();
