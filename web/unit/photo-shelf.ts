/* Pictures that wait for a network, on the device: in a database of their own, so that they outlive a reload, and gone from
   it with the answer. A chunk of its own. */
const NAME = 'kentongan-photos';
const STORE = 'waiting';

export interface KeptPhoto {
  readonly id: string;
  /** Whose picture it is: another person signed in on this device does not send it. */
  readonly agent: string;
  readonly incident: string;
  readonly picture: Blob;
  /** When it was taken, by the device's clock, milliseconds. */
  readonly at: number;
}

export interface PhotoShelf {
  load(): Promise<KeptPhoto[]>;
  put(photo: KeptPhoto): Promise<void>;
  remove(id: string): Promise<void>;
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });
}

export function browserPhotoShelf(): PhotoShelf {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(STORE, { keyPath: 'id' });
  const database = asked(opening);
  const store = async (mode: IDBTransactionMode) => (await database).transaction(STORE, mode, { durability: 'strict' }).objectStore(STORE);
  return {
    load: async () => asked<KeptPhoto[]>((await store('readonly')).getAll()),
    put: async (photo) => void (await asked((await store('readwrite')).put(photo))),
    remove: async (id) => void (await asked((await store('readwrite')).delete(id))),
  };
}
