import type { Phase, Plan } from '../../session.ts';

export interface Finished {
  /** Its address, once it can be shown without a gap. */
  url(): string | undefined;
  /** Fetches the finished picture of this phase, if it has one. */
  follow(phase: Phase): void;
}

/**
 * The finished picture, which takes the place of the raw shots as soon as the screen has it whole: while a guest looks
 * at them, as it would be; else when it is saved.
 */
export function createFinished({
  shots,
  show,
  onChange,
}: {
  /** The shots of the visit: of others it is another picture. */
  shots(): readonly Blob[];
  /** The picture that the shots of this plan would become. */
  show(plan: Plan): Promise<Blob | undefined>;
  onChange(): void;
}): Finished {
  let of: readonly Blob[] = [];
  let asked: Phase['kind'] | undefined;
  let url: string | undefined;

  function forget(): void {
    if (url) URL.revokeObjectURL(url);
    url = undefined;
    asked = undefined;
  }

  async function load(picture: Promise<Blob | undefined>): Promise<void> {
    const asOf = of;
    const blob = await picture;
    if (!blob) return;
    const address = URL.createObjectURL(blob);
    const image = new Image();
    image.src = address;
    await image.decode();
    if (asOf === of && url === undefined) {
      url = address;
      onChange();
    } else URL.revokeObjectURL(address);
  }

  async function pictureOf(phase: Phase): Promise<Blob | undefined> {
    if (phase.kind === 'reviewing') return show(phase.plan);
    // A plain photo is the raw shot itself.
    return phase.kind === 'result' && phase.plan.layout ? saved(phase.photo.id) : undefined;
  }

  return {
    url: () => url,
    follow(phase) {
      const now = shots();
      if (now.length !== of.length || now.some((shot, i) => shot !== of[i])) {
        of = now;
        forget();
      }
      if (url !== undefined || asked === phase.kind) return;
      asked = phase.kind;
      // What cannot be shown is safe all the same: the raw shot stays on the screen.
      load(pictureOf(phase)).catch((err: unknown) => console.warn('finished picture', err));
    },
  };
}

async function saved(id: string): Promise<Blob> {
  const answer = await fetch(`/api/photos/${encodeURIComponent(id)}/original`);
  if (!answer.ok) throw new Error(`no picture: ${answer.status}`);
  return answer.blob();
}
