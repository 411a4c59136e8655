/* The page `/lacak#…`: words in three languages, what the server says of the help, and the one question at the end. The
   link's secret is its fragment, which no browser sends; it goes to the server in bodies only. */
import '../ui/page.css';
import '../ui/tokens.css';
import './citizen.css';
import en from '../locales/lacak/en.json';
import id from '../locales/lacak/id.json';
import jv from '../locales/lacak/jv.json';
import { afterSeen } from './browser.ts';
import { FollowPage, rangeOf, type Range, type Shown, type View } from './follow.ts';

const CATALOGUES = { id, jv, en } as const;
type Language = keyof typeof CATALOGUES;
type Key = keyof typeof id;

/** An answer that takes longer counts as none. */
const ANSWER_MS = 8_000;
const ADDRESS = '/api/citizen/follow';
let secret = location.hash.slice(1);
const is_typed = secret === '';
let language: Language = navigator.language.startsWith('en') ? 'en' : navigator.language.startsWith('jv') ? 'jv' : 'id';

function part(name: string): HTMLElement {
  return document.getElementById(name) as HTMLElement;
}

function say(key: string, params: Readonly<Record<string, string>> = {}): string {
  return (CATALOGUES[language][key as Key] ?? '').replace(/\{(\w+)\}/g, (whole, name: string) => params[name] ?? whole);
}

async function ask(path: string, body: object): Promise<Shown | 'wait' | null> {
  const headers = { 'Content-Type': 'application/json' };
  try {
    const response = await fetch(path, { method: 'POST', credentials: 'omit', headers, body: JSON.stringify({ secret, ...body }), signal: AbortSignal.timeout(ANSWER_MS) });
    if (response.status === 429) return 'wait';
    return response.ok ? ((await response.json()) as Shown) : null;
  } catch {
    return null;
  }
}

/** Minutes of the clock, as this device shows them: a time zone is no matter of the city alone. Once it is named. */
const time = (at: string, timeZoneName?: 'short'): string => new Date(at).toLocaleTimeString('id-ID', { hour: '2-digit', minute: '2-digit', timeZoneName });
const range = (one: Range): string => `${time(one.from)}–${time(one.to)}`;
const help = (shown: Shown): string => (shown.help && shown.help.length > 0 ? shown.help.map((one) => say(`help_${one}`)).join(', ') : say('help_team'));

function sayingOf(shown: Shown): string {
  const words = { help: help(shown) };
  switch (shown.state) {
    case 'received':
      return say('received', words);
    case 'prepared':
      return shown.depart_by === undefined ? say('prepared', words) : say('departs_by', { ...words, time: time(shown.depart_by) });
    case 'driving':
      return shown.departed_at === undefined ? say('driving', words) : say('departed', { ...words, time: time(shown.departed_at) });
    case 'arrived':
      return say('arrived', { ...words, time: time(shown.arrived_at ?? shown.at) });
    case 'closed':
      return say(`outcome_${shown.outcome ?? 'none'}`) || say('outcome_none');
    case 'over':
      return say('over');
  }
}

function draw(view: View): void {
  const { shown } = view;
  const now = rangeOf(shown);
  part('city').textContent = shown?.city ?? '';
  part('training').hidden = shown?.training !== true;
  part('title').textContent = shown?.code ? say('title_code', { code: shown.code }) : say('title');
  const said = shown ? sayingOf(shown) : view.stage === 'asks' ? say('loading') : '';
  part('saying').textContent = said.charAt(0).toUpperCase() + said.slice(1);
  part('range').textContent = now ? say('arrives', { range: range(now) }) : '';
  const changes = [
    shown?.is_changed && now ? say('replaced', { range: range(now) }) : '',
    view.before && now ? say('before', { range: range(view.before) }) : '',
    shown?.is_late ? say('late') : '',
    view.stage === 'offline' ? say('offline', { time: shown ? time(shown.at) : '–' }) : '',
    view.stage === 'wait' ? say('wait') : '',
  ];
  part('change').textContent = changes.filter((one) => one !== '').join(' ');
  const way = part('way') as HTMLProgressElement;
  way.hidden = shown?.way === undefined;
  way.value = shown?.way ?? 0;
  way.setAttribute('aria-label', say('way'));
  part('meanwhile').hidden = !(shown?.state === 'prepared' || shown?.state === 'driving');
  part('question').hidden = !view.asks_came;
  for (const [name, came] of [['yes', true], ['no', false]] as const) part(name).setAttribute('aria-pressed', String(shown?.came === came));
  part('thanks').textContent = shown?.came === undefined || !view.asks_came ? '' : say(shown.came ? 'thanks' : 'thanks_no');
  part('code').hidden = !(view.stage === 'code' || (view.stage === 'over' && is_typed));
  part('seen').textContent = shown && shown.state !== 'over' ? say('seen', { time: time(shown.at, 'short') }) : '';
}

function speak(chosen: Language): void {
  language = chosen;
  document.documentElement.lang = chosen;
  for (const element of document.querySelectorAll<HTMLElement>('[data-t]')) element.textContent = say(element.dataset['t'] as Key);
  for (const button of document.querySelectorAll<HTMLElement>('[data-language]')) button.setAttribute('aria-pressed', String(button.dataset['language'] === chosen));
  draw(page.view);
}

const page = new FollowPage({ ask: () => ask(`${ADDRESS}/state`, {}), answer: (came) => ask(ADDRESS, { came }), after: afterSeen }, draw);
part('yes').addEventListener('click', () => void page.answer(true));
part('no').addEventListener('click', () => void page.answer(false));
for (const button of document.querySelectorAll<HTMLElement>('[data-language]')) button.addEventListener('click', () => speak(button.dataset['language'] as Language));
speak(language);
part('code').addEventListener('submit', (event) => {
  event.preventDefault();
  secret = (part('typed') as HTMLInputElement).value.trim();
  if (secret !== '') void page.open();
});
addEventListener('hashchange', () => location.reload());
addEventListener('online', () => void page.open());
if (is_typed) page.wantCode();
else void page.open();
