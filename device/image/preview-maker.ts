import type { Logger } from 'pino';
import type { Store } from '../store/store.ts';
import type { ImageWorker } from './image-worker.ts';

/** Makes the small pictures of every photo that has none: of each new one, and at start of those left over. */
export interface PreviewMaker {
  start(): void;
  /** Resolves when the one in hand is done. */
  stop(): Promise<void>;
}

export function createPreviewMaker({
  store,
  images,
  onMade = () => undefined,
  log,
}: {
  store: Pick<Store, 'withoutPreview' | 'bytes' | 'addPreview' | 'giveUpPreview' | 'onChange'>;
  images: Pick<ImageWorker, 'previews'>;
  /** A photo is ready to be sent: its previews are made, or it has to go without. */
  onMade?: () => void;
  log: Logger;
}): PreviewMaker {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let endListening: () => void = () => undefined;

  async function make(id: string): Promise<void> {
    const original = await store.bytes(id);
    if (!original) return store.giveUpPreview(id); // or the same would come again for ever
    const made = await images.previews(original);
    if (made.kind === 'made') await store.addPreview(id, made);
    else if (!stopping.signal.aborted) {
      store.giveUpPreview(id);
      log.warn({ photo: id, reason: made.reason }, 'no preview could be made');
    }
    onMade();
  }

  async function work(): Promise<void> {
    // Newest first: it is what people are looking at.
    for (let id = store.withoutPreview().at(-1); id && !stopping.signal.aborted; ) {
      await make(id);
      id = store.withoutPreview().at(-1);
    }
  }

  function wake(): void {
    if (running || stopping.signal.aborted || store.withoutPreview().length === 0) return;
    running = work().then(
      () => {
        running = undefined;
        wake(); // one may have come while the last was being finished
      },
      (error: unknown) => {
        running = undefined; // the next photo is the next try
        log.error({ err: error }, 'previews could not be stored');
      },
    );
  }

  return {
    start() {
      endListening = store.onChange(wake);
      wake();
    },
    async stop() {
      stopping.abort();
      endListening();
      await running;
    },
  };
}
