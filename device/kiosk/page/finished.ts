import type { Phase } from '../../session.ts';

export interface Finished {
  /** Its address, once it can be shown without a gap. */
  url(): string | undefined;
  /** Loads the finished picture of this phase, if it has one. */
  follow(phase: Phase): void;
}

/** The finished picture, which takes the place of the raw shots as soon as the screen has it whole. */
export function createFinished({ onChange }: { onChange(): void }): Finished {
  let photo: string | undefined;
  let url: string | undefined;

  async function load(id: string): Promise<void> {
    const address = `/api/photos/${encodeURIComponent(id)}/original`;
    const image = new Image();
    image.src = address;
    await image.decode();
    if (photo !== id) return;
    url = address;
    onChange();
  }

  return {
    url: () => url,
    follow(phase) {
      // A plain photo is the raw shot itself.
      const id = phase.kind === 'result' && phase.plan.layout ? phase.photo.id : undefined;
      if (id === photo) return;
      photo = id;
      url = undefined;
      // What cannot be shown is safe all the same: the raw shot stays on the screen.
      if (id) load(id).catch((err: unknown) => console.warn('finished picture', err));
    },
  };
}
