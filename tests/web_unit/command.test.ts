/** The command line is understood as typed, and what is wrong is refused in words. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { complete, parse, VERBS, verbOf, type Intent, type Known } from '../../web/ui/command.ts';

const known: Known = {
  language: 'id',
  units: ['AMB03', 'AMB07', 'AMB11', 'DMK01', 'PMI02', 'POL-5'],
  incidents: [41, 54, 61, 67],
  closed: [8, 61],
  agencies: { polres: 'polres', POLISI: 'polres', damkar: 'damkar' },
  hospitals: { KARIADI: 'rsup-kariadi' },
  open_incident: 54,
};

function meant(line: string, at: Partial<Known> = {}): Intent {
  const reading = parse(line, { ...known, ...at });
  assert.ok(reading.understood, `"${line}" was not understood: ${JSON.stringify(reading)}`);
  return reading.intent;
}

function refused(line: string, at: Partial<Known> = {}): string {
  const reading = parse(line, { ...known, ...at });
  assert.ok(!reading.understood, `"${line}" was understood`);
  return reading.error.replace('command.error.', '');
}

describe('what is meant', () => {
  test('units and incident, whatever separates them and however they are padded', () => {
    const expected = { verb: 'assign', units: ['AMB03', 'DMK01'], incident: 67 };
    for (const line of ['T AMB03 DMK01 67', 't amb3 dmk1 67', 'T.AMB03.DMK01.67', 't,amb003,DMK01,67', '  t  amb3   dmk01  67 ']) {
      assert.deepEqual(meant(line), expected, line);
    }
  });

  test('a closed incident is looked at by its number, and nothing else is done to it', () => {
    for (const line of ['8', 'I 8']) assert.deepEqual(meant(line), { verb: 'incident', incident: 8 }, line);
    for (const line of ['MASSAL 8', 'K 8 ramai', 'PR 8 1']) assert.equal(refused(line), 'incident_unknown', line);
    assert.equal(refused('9'), 'incident_unknown');
  });

  test('broken down, and many casualties', () => {
    assert.deepEqual(meant('MG amb3'), { verb: 'break_down', unit: 'AMB03' });
    assert.deepEqual(meant('BD AMB03', { language: 'en' }), { verb: 'break_down', unit: 'AMB03' });
    assert.deepEqual(meant('MASSAL 67'), { verb: 'mass', incident: 67 });
    assert.deepEqual(meant('massal'), { verb: 'mass', incident: 54 });
    assert.equal(refused('MG'), 'unit_missing');
    assert.equal(refused('MG AMB99'), 'unit_unknown');
  });

  test('get ready, and words for a unit or an agency', () => {
    assert.deepEqual(meant('PRA amb3 67'), { verb: 'pre_alert', units: ['AMB03'], incident: 67 });
    assert.deepEqual(meant('pra amb3'), { verb: 'pre_alert', units: ['AMB03'], incident: 54 });
    assert.deepEqual(meant('PSN dmk1 hidran di utara, 2 m'), { verb: 'message', unit: 'DMK01', text: 'hidran di utara, 2 m' });
    assert.deepEqual(meant('PSN DMK01 41 orang terjebak'), { verb: 'message', unit: 'DMK01', text: '41 orang terjebak' });
    assert.deepEqual(meant('PSN polisi 67 tutup jalan'), { verb: 'message_agency', agency: 'polres', incident: 67, text: 'tutup jalan' });
    assert.deepEqual(meant('MSG damkar close the road', { language: 'en' }), { verb: 'message_agency', agency: 'damkar', incident: 54, text: 'close the road' });
    assert.deepEqual(meant('PA AMB03', { language: 'en' }), { verb: 'pre_alert', units: ['AMB03'], incident: 54 });
    assert.equal(refused('PSN'), 'addressee_missing');
    assert.equal(refused('PSN SIAPA halo'), 'addressee_unknown');
    assert.equal(refused('PSN DMK01'), 'text_missing');
    assert.equal(refused('PSN polisi 99 halo'), 'incident_unknown');
    assert.equal(refused('PSN polisi halo', { open_incident: null }), 'incident_missing');
    assert.equal(refused('PRA AMB99 67'), 'unit_unknown');
    assert.deepEqual(complete('PR', known), ['PRA ', 'PR ']);
    assert.deepEqual(complete('PSN POL', known), ['PSN POL-5 ', 'PSN polres ', 'PSN POLISI ']);
  });

  test('a call sign with a dash is found without it and with zeros', () => {
    for (const line of ['B POL-5', 'b pol5', 'B POL05']) {
      assert.deepEqual(meant(line), { verb: 'progress', units: ['POL-5'], progress: 'departed', destination: null }, line);
    }
  });

  test('the open incident is implied', () => {
    assert.deepEqual(meant('T AMB03'), { verb: 'assign', units: ['AMB03'], incident: 54 });
    assert.deepEqual(meant('K masuk lewat gang, hati-hati.'), { verb: 'note', incident: 54, text: 'masuk lewat gang, hati-hati.' });
    assert.deepEqual(meant('PR 1'), { verb: 'priority', incident: 54, priority: 1 });
    assert.deepEqual(meant('GB 61'), { verb: 'link', incident: 54, into: 61 });
  });

  test('a road is closed and opened by what it is called, or by nothing yet', () => {
    assert.deepEqual(meant('JT Jl. Kaligawe, depan pasar'), { verb: 'close_roads', text: 'Jl. Kaligawe, depan pasar' });
    assert.deepEqual(meant('rc', { language: 'en' }), { verb: 'close_roads', text: '' });
    assert.deepEqual(meant('JB kaligawe'), { verb: 'open_roads', text: 'kaligawe' });
  });

  test('text stays verbatim, with its own dots and commas', () => {
    assert.deepEqual(meant('K 67 Jl. Pemuda No.1, RT 2'), { verb: 'note', incident: 67, text: 'Jl. Pemuda No.1, RT 2' });
    assert.deepEqual(meant('x amb7 bengkel: rem, oli.'), { verb: 'out_of_service', unit: 'AMB07', text: 'bengkel: rem, oli.' });
  });

  test('a number alone opens that incident', () => {
    assert.deepEqual(meant('67'), { verb: 'incident', incident: 67 });
    assert.equal(refused('99'), 'incident_unknown');
    assert.equal(refused('67 61'), 'too_much');
  });

  test('every example of the help can be typed as it stands', () => {
    for (const verb of VERBS) assert.ok(parse(verb.example, known).understood, verb.example);
  });

  test('every step of a unit has its verb', () => {
    const steps = ['TR', 'B', 'TB', 'PS', 'BW', 'RS', 'ST', 'S'].map((verb) => meant(`${verb} AMB03`));
    assert.deepEqual(
      steps.map((intent) => intent.verb === 'progress' && intent.progress),
      ['accepted', 'departed', 'on_scene', 'at_patient', 'transporting', 'at_hospital', 'handed_over', 'clear'],
    );
  });

  test('a hospital, an agency, a swap', () => {
    assert.deepEqual(meant('BW AMB03 kariadi'), { verb: 'progress', units: ['AMB03'], progress: 'transporting', destination: 'rsup-kariadi' });
    assert.deepEqual(meant('IN polisi damkar 67'), { verb: 'agency', agencies: ['polres', 'damkar'], incident: 67 });
    assert.deepEqual(meant('GT AMB03 AMB07 67'), { verb: 'swap', from: 'AMB03', to: 'AMB07', incident: 67 });
  });

  test('the same unit named twice is one unit', () => {
    assert.deepEqual(meant('T AMB03 amb3 67'), { verb: 'assign', units: ['AMB03'], incident: 67 });
  });
});

describe('what is refused', () => {
  const cases: [string, string, Partial<Known>?][] = [
    ['ZZ AMB03', 'verb_unknown'],
    ['T AMB99 67', 'unit_unknown'],
    ['T AMB03 AMB99 67', 'unit_unknown'],
    ['T AMB03 68', 'incident_unknown'],
    ['T', 'unit_missing'],
    ['T AMB03', 'incident_missing', { open_incident: null }],
    ['K', 'text_missing'],
    ['K 68 ada asap', 'incident_unknown'],
    ['PR 67 9', 'priority_wrong'],
    ['PR 68 1', 'incident_unknown'],
    ['KAT 67', 'nature_missing'],
    ['JENDELA 2', 'too_much'],
    ['LAYAR 9', 'screen_wrong'],
    ['IN FBI 67', 'agency_unknown'],
    ['BW AMB03 MARS', 'hospital_unknown'],
    ['U AMB03 67', 'too_much'],
    ['GB', 'number_missing'],
    ['X AMB03', 'text_missing'],
  ];
  for (const [line, error, at] of cases) {
    test(`"${line}" → ${error}`, () => assert.equal(refused(line, at), error));
  }
});

describe('two languages', () => {
  test('English aliases are dead in Indonesian mode and first in English mode', () => {
    assert.equal(verbOf('D', 'id'), undefined);
    assert.deepEqual(meant('D AMB03 67', { language: 'en' }), { verb: 'assign', units: ['AMB03'], incident: 67 });
    assert.equal(verbOf('C', 'id')?.label, 'command.verb.search');
    assert.equal(verbOf('C', 'en')?.label, 'command.verb.progress_clear');
    assert.equal(verbOf('S', 'en')?.label, 'command.verb.progress_clear');
  });

  test('no two verbs of one language share a word', () => {
    const indonesian = VERBS.map((verb) => verb.id);
    const english = VERBS.map((verb) => verb.en).filter((word) => word !== null);
    assert.equal(new Set(indonesian).size, indonesian.length);
    assert.equal(new Set(english).size, english.length);
  });
});

describe('completion', () => {
  test('verbs first, then names that begin with what was typed', () => {
    assert.deepEqual(complete('la', known), ['LAYAR ']);
    assert.deepEqual(complete('T AMB', known), ['T AMB03 ', 'T AMB07 ', 'T AMB11 ']);
    assert.deepEqual(complete('T amb3', known), ['T AMB03 ']);
    assert.deepEqual(complete('T AMB03 6', known), ['T AMB03 61 ', 'T AMB03 67 ']);
    assert.deepEqual(complete('T ', known), []);
  });

  test('whatever is typed, nothing throws', () => {
    const pieces = ['T', 'amb3', '67', '.', ',', ' ', '?', 'K', '-', 'ü', '0', 'PR', 'POL-5', '\t'];
    let seed = 7;
    const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648);
    for (let round = 0; round < 3000; round += 1) {
      const line = Array.from({ length: next() % 7 }, () => pieces[next() % pieces.length] + (next() % 2 ? ' ' : '')).join('');
      parse(line, known);
      complete(line, known);
    }
  });
});
