/** What is wrong with an import is told in the language of the page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemWords, type Names } from '../../web/console/admin/problem-words.ts';
import id from '../../web/locales/atur/id.json' with { type: 'json' };

const all: Readonly<Record<string, string>> = id;
const names: Names = {
  say: (key, params = {}) => id[key].replace(/\{(\w+)\}/g, (_, name: string) => String(params[name])),
  kind: (sort) => all[`value_kind.${sort}`] ?? sort,
};

test('the sentences of whoever reads a file are told in Indonesian', () => {
  const told = {
    'is no file of a city pack': 'bukan berkas data kota',
    'aliases (*name) are not allowed': 'rujukan YAML (*nama) tidak boleh',
    'nested deeper than 20': 'bersarang lebih dari 20 tingkat',
    missing: 'belum diisi',
    "must be a whole number, is 'lima'": 'harus bilangan bulat, di sini lima',
    'must be a list, is fields and values': 'harus daftar, di sini kolom dan nilai',
    "'P9' is not one of P1, P2": '“P9” bukan salah satu dari P1, P2',
    'not YAML: found a tab': 'bukan YAML yang benar (found a tab)',
  };
  for (const [english, indonesian] of Object.entries(told)) assert.equal(problemWords(english, names), indonesian);
});

test('what nobody has words for is told as the server said it', () => {
  assert.equal(problemWords('has no lines and no note that says why', names), 'has no lines and no note that says why');
});
