/** The crew page's worker over two renewals of the server: no page loses a piece of itself. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';

const FILE = fileURLToPath(new URL('../../web/unit/sw.js', import.meta.url));
const ORIGIN = 'https://112.example';

/** A browser's store of answers, by cache and path, in the order in which the caches came. */
class Shelf {
  readonly kept = new Map<string, Map<string, string>>();

  keys = async (): Promise<string[]> => [...this.kept.keys()];
  delete = async (name: string): Promise<boolean> => this.kept.delete(name);
  match = async ({ url }: { url: string }): Promise<string | undefined> =>
    [...this.kept.values()].map((cache) => cache.get(new URL(url).pathname)).find((answer) => answer !== undefined);

  async open(name: string): Promise<object> {
    const cache = this.kept.get(name) ?? new Map<string, string>();
    this.kept.set(name, cache);
    return {
      addAll: async (requests: readonly { url: string }[]) => {
        for (const { url } of requests) cache.set(new URL(url).pathname, `${name} ${url}`);
      },
      match: async ({ url }: { url: string }) => cache.get(new URL(url).pathname),
    };
  }
}

/** A worker of that build, installed and in charge; gives what a page of its scope is answered. */
async function take(shelf: Shelf, build: string, files: readonly string[]): Promise<(path: string) => Promise<unknown>> {
  const heard = new Map<string, (event: unknown) => void>();
  const self = {
    addEventListener: (name: string, listen: (event: unknown) => void) => heard.set(name, listen),
    skipWaiting: async () => undefined,
    clients: { claim: async () => undefined },
    location: { origin: ORIGIN },
  };
  const source = readFileSync(FILE, 'utf8').replace("'%CACHE%'", JSON.stringify(`lapangan-${build}`)).replace("'%FILES%'", JSON.stringify(files));
  class Asked {
    readonly url: string;
    constructor(path: string) {
      this.url = `${ORIGIN}${path}`;
    }
  }
  runInNewContext(source, { self, URL, Request: Asked, caches: shelf, fetch: async ({ url }: { url: string }) => `server ${url}` });
  for (const name of ['install', 'activate']) {
    let done: Promise<unknown> = Promise.resolve();
    heard.get(name)?.({ waitUntil: (work: Promise<unknown>) => (done = work) });
    await done;
  }
  return async (path) => {
    let answer: unknown = 'network';
    heard.get('fetch')?.({ request: { method: 'GET', url: `${ORIGIN}${path}` }, respondWith: (given: unknown) => (answer = given) });
    return await answer;
  };
}

test('a page that is open while the server is renewed still gets the pieces of its own build', async () => {
  const shelf = new Shelf();
  await take(shelf, 'one', ['/lapangan', '/assets/More-1.js']);
  const answered = await take(shelf, 'two', ['/lapangan', '/assets/More-2.js']);
  assert.match(String(await answered('/assets/More-1.js')), /^lapangan-one /);
  assert.match(String(await answered('/assets/More-2.js')), /^lapangan-two /);
  assert.match(String(await answered('/lapangan?x=1')), /^lapangan-two /, 'a reload takes the new page');
  assert.equal(await answered('/api/session'), 'network', 'no answer of the server is kept');
  assert.match(String(await answered('/assets/Else-9.js')), /^server /);
  await take(shelf, 'three', ['/lapangan']);
  assert.deepEqual(await shelf.keys(), ['lapangan-two', 'lapangan-three'], 'and the one before that is gone');
});
