/* The page `/112`: the words of warga.html follow the language, and what is shown follows the call's view. Without this
   script the page still shows the number and dials it. */
import '../ui/page.css';
import '../ui/tokens.css';
import './citizen.css';
import { after, isWeak, locate, onNetwork, token, voicePorts } from './browser.ts';
import { CitizenCall } from './call.ts';
import { keepIn } from './keeping.ts';
import { server } from './server.ts';
import { hints, isOn, mustTelephone, saying, type Language, type View } from './view.ts';
import { Stall } from './stall.ts';
import { Voice } from './voice.ts';
import { isLanguage, LANGUAGES, say } from './words.ts';
import { Awake } from '../ui/awake.ts';

const LANGUAGE_STORE = 'kentongan.warga.bahasa';

function part<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

/** Writes only what changed, so that a screen reader says nothing twice. */
function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function show(id: string, is_shown: boolean): void {
  const element = part(id);
  if (element.hidden === is_shown) element.hidden = !is_shown;
}

function firstLanguage(): Language {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(LANGUAGE_STORE);
  } catch {
    kept = null;
  }
  const own = kept ?? navigator.language.slice(0, 2);
  return isLanguage(own) ? own : own === 'ms' || own === 'in' ? 'id' : 'en';
}

const voice: Voice = new Voice(
  (sdp, restart) => call.exchange(sdp, restart),
  {
    path: (path) => {
      stall.watch(path === 'connected');
      call.path(path);
    },
    microphone: (state) => call.microphone(state),
    deaf: (is_deaf) => call.deaf(is_deaf),
  },
  voicePorts(part<HTMLAudioElement>('ear')),
);
const ports = { server, keep: keepIn(() => sessionStorage), sound: voice, locate, now: Date.now, after, token };
const call: CitizenCall = new CitizenCall(ports, (view) => draw(view));
const stall: Stall = new Stall(() => voice.heard(), after, () => call.stalled());
const awake = new Awake();
let language = firstLanguage();
let answered_prompt = false;
let stage: View['stage'] = 'start';

function t(key: string, params?: Record<string, string | number>): string {
  return say(language, key, params);
}

function speak(chosen: Language): void {
  language = chosen;
  document.documentElement.lang = chosen;
  for (const element of document.querySelectorAll<HTMLElement>('[data-t]')) write(element, t(element.dataset['t'] ?? ''));
  for (const element of document.querySelectorAll('[data-label]')) element.setAttribute('aria-label', t(element.getAttribute('data-label') ?? ''));
  for (const element of document.querySelectorAll('[data-hint]')) element.setAttribute('placeholder', t(element.getAttribute('data-hint') ?? ''));
  for (const button of document.querySelectorAll<HTMLElement>('[data-language]')) {
    const is_chosen = button.dataset['language'] === chosen;
    button.setAttribute('aria-checked', String(is_chosen));
    button.tabIndex = is_chosen ? 0 : -1;
  }
  draw(call.view);
}

function choose(chosen: Language): void {
  speak(chosen);
  try {
    localStorage.setItem(LANGUAGE_STORE, chosen);
  } catch {
    return; // a browser that keeps nothing asks again next time
  }
}

function draw(view: View): void {
  const is_started = view.stage !== 'start';
  part('real').hidden = view.is_hidden;
  part('note').hidden = !view.is_hidden;
  document.title = view.is_hidden ? 'Catatan' : t('page.title');
  part<HTMLLinkElement>('icon').href = view.is_hidden ? 'data:,' : '/lambang.svg';
  write(part('city'), call.facts?.city ?? '');
  show('training', call.facts?.training ?? false);
  show('start', !is_started);
  show('call', is_started);
  show('offline', !navigator.onLine);
  show('weak', navigator.onLine && isWeak());
  drawCall(view);
  awake.want(isOn(view));
  if (view.stage !== stage) entered(view);
}

function drawCall(view: View): void {
  const is_on = isOn(view);
  write(part('saying'), t(saying(view), { n: view.position ?? '' }));
  part('status').dataset['stage'] = view.stage;
  drawList(part('hints'), hints(view).map((hint) => t(hint, { m: view.accuracy_m ?? '' })));
  drawFallback(view);
  write(part('prompt_ask'), t(view.microphone === 'open' ? 'prompt.ask' : 'prompt.ask_typed'));
  answered_prompt &&= view.prompt !== null;
  show('prompt', is_on && view.prompt === 'tap_or_5' && !answered_prompt);
  show('controls', is_on && part('end_ask').hidden);
  if (!is_on) show('end_ask', false);
  show('mute', !view.only_types && view.microphone === 'open');
  part('mute').setAttribute('aria-pressed', String(view.is_muted));
  part('mute').dataset['t'] = view.is_muted ? 'act.unmute' : 'act.mute';
  write(part('mute'), t(part('mute').dataset['t'] ?? ''));
  show('hear', is_on && view.is_deaf && !view.only_types);
  show('over', view.stage === 'over');
  show('write', is_on);
  show('quick', is_on && view.lines.length + view.unsent.length === 0);
  show('danger', is_on);
  drawTexts(view);
}

function drawFallback(view: View): void {
  const must = mustTelephone(view);
  show('fallback', must);
  if (!must) return;
  const why = view.stage === 'over' ? 'lost' : (view.trouble ?? 'late');
  write(part('fallback_why'), t(`fallback.${why}`));
  show('fallback_text', isOn(view));
}

function drawList(list: HTMLElement, texts: readonly string[]): void {
  while (list.children.length > texts.length) list.lastElementChild?.remove();
  texts.forEach((text, at) => {
    const item = (list.children[at] ?? list.appendChild(document.createElement('li'))) as HTMLElement;
    write(item, text);
  });
}

function drawTexts(view: View): void {
  const list = part('lines');
  const sent = view.lines.map(({ by, text }) => ({ by: by === 'caller' ? 'you' : 'desk', text }));
  const unsent = view.unsent.map(({ text, is_refused }) => ({ by: 'you', text: `${text} · ${t(is_refused ? 'text.refused' : 'text.sending')}` }));
  const before = list.childElementCount;
  drawList(list, [...sent, ...unsent].map(({ by, text }) => `${t(`text.${by}`)}: ${text}`));
  [...sent, ...unsent].forEach(({ by }, at) => ((list.children[at] as HTMLElement).className = by));
  show('log', list.childElementCount > 0);
  if (list.childElementCount !== before) part('log').scrollTop = part('log').scrollHeight;
}

/** The focus goes where the next thing happens, and only when the page itself changed. */
function entered(view: View): void {
  const before = stage;
  stage = view.stage;
  if (view.is_hidden) return;
  if (before === 'start' && isOn(view)) part(view.only_types ? 'line' : 'saying').focus();
  if (view.stage === 'over') part('again').focus();
  if (view.stage === 'start') part('phone').focus();
}

function start(only_types: boolean): void {
  call.start({ only_types, language, number: part<HTMLInputElement>('number').value.trim() });
}

function on(id: string, action: () => void): void {
  part(id).addEventListener('click', action);
}

function askEnd(is_asked: boolean): void {
  show('end_ask', is_asked);
  draw(call.view);
  part(is_asked ? 'end_no' : 'end').focus();
}

function press(text: string): void {
  answered_prompt = true;
  call.say(text);
  part('saying').focus();
}

on('ring', () => start(false));
on('type', () => start(true));
on('again', () => start(call.view.only_types));
on('leave', () => call.leave());
on('hear', () => voice.unblock());
on('mute', () => call.mute(!call.view.is_muted));
on('end', () => askEnd(true));
on('end_no', () => askEnd(false));
on('end_yes', () => call.hangUp());
on('hide', () => call.hide(true));
on('note_back', () => call.hide(false));
on('note_end', () => call.hangUp());
on('five', () => press('5'));
on('five_danger', () => press(t('prompt.danger_text')));
part('quick').addEventListener('click', (event) => {
  const key = (event.target as HTMLElement).dataset['t'];
  if (key !== undefined) call.say(t(key));
});
part('write').addEventListener('submit', (event) => {
  event.preventDefault();
  const line = part<HTMLInputElement>('line');
  call.say(line.value);
  line.value = '';
});
part('languages').addEventListener('click', (event) => {
  const chosen = (event.target as HTMLElement).closest<HTMLElement>('[data-language]')?.dataset['language'];
  if (isLanguage(chosen)) choose(chosen);
});
part('languages').addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: 2, ArrowUp: 2 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  choose(LANGUAGES[(LANGUAGES.indexOf(language) + step) % LANGUAGES.length] ?? 'id');
  part('languages').querySelector<HTMLElement>('[aria-checked=true]')?.focus();
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && isOn(call.view) && !call.view.is_hidden) call.hide(true);
});
document.addEventListener('visibilitychange', () => call.wake());
addEventListener('online', () => {
  draw(call.view);
  call.wake();
  void call.prepare();
});
addEventListener('offline', () => draw(call.view));
onNetwork(() => draw(call.view));

speak(language);
show('loading', false);
for (const id of ['ring', 'type']) part<HTMLButtonElement>(id).disabled = false;
call.resume();
void call.prepare();
