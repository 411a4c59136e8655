/* The pictures of this device as state, joined to the browser: sent again when the network is back and every few seconds,
   from the page's beginning. A chunk of its own, fetched with every page. */
import { board } from '../board/board.svelte.ts';
import { PhotoBox, type PhotoView } from './photo-box.ts';
import { browserPhotoShelf } from './photo-shelf.ts';
import { send } from './photo.ts';

const AGAIN_MS = 5_000;

class Photos {
  view = $state.raw<PhotoView>({ waiting: [], sent: [], trouble: '' });
  readonly #box = new PhotoBox(browserPhotoShelf(), send, Date.now, (view) => (this.view = view));

  constructor() {
    window.addEventListener('online', () => void this.#box.flush());
    setInterval(() => {
      if (this.view.waiting.length > 0) void this.#box.flush();
    }, AGAIN_MS);
    $effect.root(() => {
      $effect(() => {
        const me = board.me?.id;
        if (me !== undefined) void this.#box.open(me);
      });
    });
  }

  add(incident: string, picture: Blob): Promise<boolean> {
    return this.#box.add({ id: crypto.randomUUID(), incident, picture });
  }
}

export const photos = new Photos();
