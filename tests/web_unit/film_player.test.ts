/* The clock of a film, and a recording in step with it: the same moment, the same speed as far as a voice allows. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Film } from '../../web/console/evaluation/film/film.ts';

/** The framework's marks, which its compiler would take away: here a value is a value. */
const state = Object.assign(<T>(value: T): T => value, { raw: <T>(value: T): T => value });
/** The next frame, which comes when the test says so. */
let frame: ((now: number) => void) | null = null;
class Audio {
  dataset = { started: new Date(60_000).toISOString() } as Record<string, string>;
  isConnected = true;
  duration = 30;
  currentTime = 0;
  playbackRate = 1;
  paused = true;
  play(): Promise<void> {
    this.paused = false;
    return Promise.resolve();
  }
  pause(): void {
    this.paused = true;
  }
}
Object.assign(globalThis, {
  $state: state,
  HTMLAudioElement: Audio,
  requestAnimationFrame: (step: (now: number) => void) => ((frame = step), 1),
  cancelAnimationFrame: () => (frame = null),
});
const { Player } = await import('../../web/console/evaluation/film/player.svelte.ts');

const FILM: Film = { start: 0, end: 300_000, events: [], places: [], ways: [], tracks: [] };
let player = new Player();
let audio = new Audio();
const tell = (type: string): void => player.heard({ target: audio, type } as unknown as Event);
/** One frame, so many milliseconds after the last one. */
function pass(ms: number): void {
  player.run();
  frame?.(performance.now() + ms);
}

beforeEach(() => {
  [player, audio, frame] = [new Player(), new Audio(), null];
  player.begin(FILM);
});

test('it goes at its speed, stands at the end, and begins anew from there', () => {
  player.use(32);
  player.toggle();
  pass(1_000);
  assert.ok(Math.abs(player.at - 32_000) < 1_000, String(player.at));
  pass(60_000);
  assert.deepEqual([player.at, player.is_playing], [FILM.end, false]);
  player.toggle();
  assert.deepEqual([player.at, player.is_playing], [0, true]);
});

test('speeds are a ladder with two ends', () => {
  for (let press = 0; press < 9; press += 1) player.faster(1);
  assert.equal(player.speed, 32);
  for (let press = 0; press < 9; press += 1) player.faster(-1);
  assert.equal(player.speed, 1);
});

test('while a recording is heard the film is where it is, no faster than a voice can be', () => {
  audio.paused = false;
  tell('play');
  assert.deepEqual([player.at, player.is_playing, player.pace, audio.playbackRate], [60_000, true, 4, 4]);
  audio.currentTime = 10;
  tell('timeupdate');
  assert.equal(player.at, 70_000);
  player.use(2);
  assert.deepEqual([player.pace, audio.playbackRate], [2, 2]);
});

test('a pause and play again go on with the sound, not without it', () => {
  tell('play');
  audio.currentTime = 10;
  tell('timeupdate');
  player.toggle();
  assert.deepEqual([audio.paused, player.is_playing], [true, false]);
  player.toggle();
  assert.deepEqual([audio.paused, player.is_playing, audio.currentTime], [false, true, 10]);
});

test('a step within the recording takes the sound along; one out of it leaves the sound and goes on', () => {
  tell('play');
  player.go(80_000);
  assert.deepEqual([audio.currentTime, audio.paused], [20, false]);
  player.go(200_000);
  assert.deepEqual([audio.paused, player.is_playing, player.at], [true, true, 200_000]);
  tell('timeupdate'); // told late, of the pause
  assert.equal(player.at, 200_000);
});

test('a film that comes to its recording plays it, and goes on alone after it', () => {
  tell('play');
  tell('pause');
  player.go(55_000);
  player.use(8);
  player.toggle();
  pass(1_000);
  assert.equal(audio.paused, false, 'the sound begins by itself');
  assert.ok(Math.abs(audio.currentTime - 3) < 1, String(audio.currentTime));
  audio.currentTime = 30;
  tell('timeupdate');
  tell('pause');
  tell('ended');
  pass(1_000);
  assert.ok(player.at > 90_000 && player.is_playing, String(player.at));
});

test('a recording that does not say when it began plays apart', () => {
  delete audio.dataset['started'];
  tell('play');
  assert.deepEqual([player.is_apart, player.at, player.is_playing], [true, 0, false]);
});
