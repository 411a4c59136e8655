/* The page behind a location link: nothing before a yes, then the position as long as the call runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGAIN_MS, EVERY_MS, LocationPage, type Measured, type Shown, type Trouble } from '../../web/citizen/location.ts';

class Bench {
  now = 1_000_000;
  told: { accuracy_m: number; age_s: number }[] = [];
  answer: Shown | null = { state: 'open', city: 'Semarang' };
  watching = 0;
  found: (position: Measured) => void = () => undefined;
  failed: (trouble: Trouble) => void = () => undefined;
  timers: { ms: number; action: () => void }[] = [];
  readonly page = new LocationPage(
    {
      ask: () => Promise.resolve(this.answer),
      tell: (position) => {
        this.told.push(position);
        return Promise.resolve(this.answer);
      },
      watch: (found, failed) => {
        this.watching += 1;
        this.found = found;
        this.failed = failed;
        return () => {
          this.watching -= 1;
        };
      },
      now: () => this.now,
      after: (ms, action) => {
        const timer = { ms, action };
        this.timers.push(timer);
        return () => {
          this.timers = this.timers.filter((one) => one !== timer);
        };
      },
    },
    () => undefined,
  );

  async fix(accuracy_m: number, age_ms = 0): Promise<void> {
    this.found({ lat: -6.99, lon: 110.42, accuracy_m, at: this.now - age_ms });
    await settle();
  }

  async tick(): Promise<number> {
    const timer = this.timers.pop();
    assert.ok(timer);
    this.now += timer.ms;
    timer.action();
    await settle();
    return timer.ms;
  }
}

const settle = (): Promise<void> => new Promise((resume) => setImmediate(resume));

test('nothing is measured before somebody presses the button', async () => {
  const bench = new Bench();
  await bench.page.open();
  assert.deepEqual([bench.watching, bench.page.view.stage, bench.page.view.city], [0, 'asks', 'Semarang']);
  bench.page.start();
  assert.deepEqual([bench.watching, bench.page.view.stage], [1, 'searches']);
});

test('opened without a link it wants the code, then asks as ever', async () => {
  const bench = new Bench();
  bench.page.wantCode();
  assert.equal(bench.page.view.stage, 'code');
  bench.answer = { state: 'over', city: 'Semarang' };
  await bench.page.open();
  assert.equal(bench.page.view.stage, 'over');
  bench.answer = { state: 'open', city: 'Semarang' };
  await bench.page.open();
  assert.equal(bench.page.view.stage, 'asks');
});

test('the first and every much finer position goes at once, the others every ten seconds', async () => {
  const bench = new Bench();
  bench.page.start();
  await bench.fix(100, 2_000);
  assert.deepEqual(bench.told.map(({ accuracy_m, age_s }) => [accuracy_m, age_s]), [[100, 2]]);
  await bench.fix(90);
  assert.equal(bench.told.length, 1);
  await bench.fix(12);
  assert.equal(bench.told.length, 2);
  assert.deepEqual([bench.page.view.stage, bench.page.view.accuracy_m], ['sent', 12]);
  assert.equal(await bench.tick(), EVERY_MS);
  assert.equal(bench.told.length, 3);
});

test('without a network it says so and tries again', async () => {
  const bench = new Bench();
  bench.page.start();
  bench.answer = null;
  await bench.fix(20);
  assert.equal(bench.page.view.stage, 'offline');
  bench.answer = { state: 'open', city: 'Semarang' };
  assert.equal(await bench.tick(), AGAIN_MS);
  assert.equal(bench.page.view.stage, 'sent');
});

test('with the end of the call it stops to measure and to send', async () => {
  const bench = new Bench();
  bench.page.start();
  await bench.fix(20);
  bench.answer = { state: 'over', city: 'Semarang' };
  await bench.tick();
  assert.deepEqual([bench.page.view.stage, bench.watching, bench.timers.length], ['over', 0, 0]);
  bench.page.start();
  assert.equal(bench.watching, 0);
});

test('who does not allow it is told how, and may press again', async () => {
  const bench = new Bench();
  bench.page.start();
  bench.failed('blocked');
  assert.equal(bench.page.view.stage, 'blocked');
  bench.page.start();
  await bench.fix(30);
  bench.failed('none');
  assert.equal(bench.page.view.stage, 'sent');
});
