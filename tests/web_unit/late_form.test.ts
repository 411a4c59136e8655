/** Hours on paper become instants of the record, in the city's zone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readForm, type Typed } from '../../web/console/shift/late-form.ts';
import { dayOf, hourAfter, hourOf, instantOf } from '../../web/ui/wall-time.ts';

const ZONE = 'Asia/Jakarta';
const FORM: Typed = {
  form: ' K-261126-2350-01 ',
  day: '2026-11-26',
  called: '23.50',
  sent: '2352',
  closed: '0:40',
  nature: 'MED-01',
  place: null,
  tasks: [{ agency: 'dinkes', told: '23:52', answered: '' }],
  units: [{ unit: 'AMB03', agency: 'dinkes', hours: { assigned: '23.53', on_scene: '00.02', clear: '0.40' } }],
  outcome: 'transported',
  note: ' lift rusak ',
};

test('an hour is read as people write it, or not at all', () => {
  assert.deepEqual(['8.30', '08:30', '0830', '830', '24.00', '8.60', 'pagi', ''].map(hourOf), ['08:30', '08:30', '08:30', '08:30', null, null, null, null]);
});

test('day and hour are those of the city, whatever the computer says', () => {
  assert.equal(new Date(instantOf('2026-11-26', '06:00', ZONE)).toISOString(), '2026-11-25T23:00:00.000Z');
  assert.equal(new Date(instantOf('2026-11-26', '06:00', 'Asia/Jayapura')).toISOString(), '2026-11-25T21:00:00.000Z');
  assert.equal(dayOf(Date.parse('2026-11-25T23:30:00Z'), ZONE), '2026-11-26');
  assert.ok(Number.isNaN(instantOf('', '06:00', ZONE)));
});

test('an hour after midnight is of the next day', () => {
  const from = instantOf('2026-11-26', '23:50', ZONE);
  assert.equal(hourAfter(from, '00:10', ZONE) - from, 20 * 60_000);
  assert.equal(hourAfter(from, '23:55', ZONE) - from, 5 * 60_000);
  assert.equal(hourAfter(from, '23:40', ZONE) - from, -10 * 60_000); // earlier than the call: the server refuses it
});

test('a form over midnight is read whole', () => {
  const read = readForm(FORM, ZONE);
  assert.ok('form' in read);
  assert.deepEqual(read.form, {
    form: 'K-261126-2350-01',
    called_at: '2026-11-26T16:50:00.000Z',
    nature: 'MED-01',
    sent_at: '2026-11-26T16:52:00.000Z',
    tasks: [{ agency: 'dinkes', told_at: '2026-11-26T16:52:00.000Z' }],
    units: [{ unit: 'AMB03', agency: 'dinkes', progress_at: { assigned: '2026-11-26T16:53:00.000Z', on_scene: '2026-11-26T17:02:00.000Z', clear: '2026-11-26T17:40:00.000Z' } }],
    closed_at: '2026-11-26T17:40:00.000Z',
    outcome: 'transported',
    note: { sealed: 'personal', text: 'lift rusak' },
  });
});

test('what is missing or unreadable is named, and nothing is sent', () => {
  const wrong = (changed: Partial<Typed>): string => {
    const read = readForm({ ...FORM, ...changed }, ZONE);
    return 'wrong' in read ? read.wrong : '';
  };
  assert.equal(wrong({ form: '  ' }), 'form');
  assert.equal(wrong({ called: 'pagi' }), 'called');
  assert.equal(wrong({ day: '' }), 'called');
  assert.equal(wrong({ nature: '' }), 'nature');
  assert.equal(wrong({ sent: '25.00' }), 'sent');
  assert.equal(wrong({ tasks: [{ agency: 'dinkes', told: '', answered: '' }] }), 'dinkes');
  assert.equal(wrong({ units: [{ unit: 'AMB03', agency: 'dinkes', hours: {} }] }), 'AMB03');
});

test('without an end there is no outcome', () => {
  const read = readForm({ ...FORM, closed: '' }, ZONE);
  assert.ok('form' in read && !('closed_at' in read.form) && !('outcome' in read.form));
});
