/** The true picture of what is typed, made by the booth's own renderer. */

/** After the last change: while somebody drags or types nothing is asked. */
const PAUSE_MS = 350;

interface Preview {
  /** Something has changed. */
  ask(): void;
}

export function createPreview(o: {
  form: HTMLFormElement;
  url: string;
  onState(state: 'drawing' | 'drawn' | 'not-drawn' | 'no-answer'): void;
  onPicture(picture: ImageBitmap): void;
}): Preview {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let asked = new AbortController();

  async function fetchPicture(signal: AbortSignal): Promise<void> {
    const body = new FormData(o.form);
    // Chosen and not added yet: megabytes that are not asked about.
    body.delete('picture');
    const answer = await fetch(o.url, { method: 'POST', body, signal });
    if (!answer.headers.get('content-type')?.startsWith('image/')) {
      return o.onState(answer.status === 422 ? 'not-drawn' : 'no-answer');
    }
    const picture = await createImageBitmap(await answer.blob());
    if (signal.aborted) return;
    o.onPicture(picture);
    o.onState('drawn');
  }

  return {
    ask() {
      clearTimeout(waiting);
      asked.abort();
      asked = new AbortController();
      const { signal } = asked;
      waiting = setTimeout(() => {
        o.onState('drawing');
        fetchPicture(signal).catch(() => {
          if (!signal.aborted) o.onState('no-answer');
        });
      }, PAUSE_MS);
    },
  };
}
