/* The outbox's shelf in IndexedDB. */
import type { RefusedTap, Shelf, Tap } from './outbox.ts';

const NAME = 'kentongan-outbox';
const VERSION = 1;

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('waiting', { keyPath: 'id' });
    request.result.createObjectStore('refused', { keyPath: 'id' });
  };
  return asked(request);
}

export function browserShelf(): Shelf {
  const database = open();
  const store = async (name: 'waiting' | 'refused', mode: IDBTransactionMode) =>
    (await database).transaction(name, mode, { durability: 'strict' }).objectStore(name);
  return {
    async load() {
      const waiting = await asked<Tap[]>((await store('waiting', 'readonly')).getAll());
      const refused = await asked<RefusedTap[]>((await store('refused', 'readonly')).getAll());
      return { waiting, refused };
    },
    async put(tap) {
      await asked((await store('waiting', 'readwrite')).put(tap));
    },
    async remove(id) {
      await asked((await store('waiting', 'readwrite')).delete(id));
    },
    async refuse(tap) {
      await asked((await store('refused', 'readwrite')).put(tap));
    },
    async forget(id) {
      await asked((await store('refused', 'readwrite')).delete(id));
    },
  };
}
