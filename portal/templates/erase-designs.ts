import type { Couch } from '@photomaton/couch';
import { designId, pictureId } from '@photomaton/design-docs/docs';

const PAGE = 200;

/** Removes all templates of an account, and their pictures. It may be cut short and done again. */
export async function eraseDesigns({ couch }: { couch: Couch }, owner: string): Promise<void> {
  for (const prefix of [designId(owner, ''), pictureId(owner, '')]) {
    for (;;) {
      const range = { startkey: prefix, endkey: `${prefix}\ufff0`, limit: PAGE };
      const docs = await couch.range('designs', range);
      for (const { _id, _rev } of docs) await couch.remove('designs', _id, _rev);
      if (docs.length < PAGE) break;
    }
  }
}
