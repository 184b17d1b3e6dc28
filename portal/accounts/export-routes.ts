import type { Couch } from '@photomaton/couch';
import {
  type AccountDoc,
  accountId,
  type BoothDoc,
  type EventDoc,
  serialOf,
} from '@photomaton/design-docs/docs';
import express, { type Router } from 'express';
import type { Audit } from '../audit/audit.ts';
import { createZipSender } from '../gallery/send-zip.ts';
import { photosToKeep, readableZip, zipEntries } from '../gallery/zip.ts';
import { listDesigns } from '../templates/designs.ts';
import { loadPictures } from '../templates/pictures.ts';
import { ownedBy } from './closing.ts';
import { customerOf } from './customer-of.ts';
import { requireCustomer, requireFresh } from './require.ts';

/** `/account/export`: everything that a customer has here as one zip, made while it is read. */
export function exportRoutes({ couch, audit }: { couch: Couch; audit: Audit }): Router {
  const router = express.Router();
  /** One at once for an account, on one node. */
  const sendZip = createZipSender({ most: 1 });

  router.get('/account/export', requireCustomer, requireFresh, async (req, res) => {
    const { id } = customerOf(res);
    await sendZip(req, res, {
      ...{ who: id, title: 'Photomaton' },
      async make(signal) {
        await audit('everything downloaded', { actor: id });
        return readableZip(everythingOf({ couch, signal }, id));
      },
    });
  });

  return router;
}

async function* everythingOf({ couch, signal }: { couch: Couch; signal: AbortSignal }, owner: string) {
  const account = await couch.get<AccountDoc>('accounts', accountId(owner));
  if (!account) throw new Error('an account that is logged in is not there');
  const { name, email, language, createdAt } = account;
  yield json('account.json', { name, email, language, createdAt });
  for (const booth of await ownedBy<BoothDoc>(couch, owner, 'booth')) {
    const { name, pairedAt, event, settings } = booth;
    const serial = serialOf(booth.booth);
    yield json(`booths/${serial}-${booth.booth}.json`, {
      serial,
      booth: booth.booth,
      name,
      pairedAt,
      event,
      settings,
    });
  }
  for (const { name, draft, versions } of await listDesigns({ couch }, owner)) {
    yield json(`templates/${name}/template.json`, { draft, versions });
    // What only an older version shows is in the portal alone.
    for (const [image, input] of await loadPictures({ couch }, owner, draft)) {
      yield { name: `templates/${name}/${image}`, input };
    }
  }
  for (const doc of await ownedBy<EventDoc>(couch, owner, 'event')) {
    if (doc.erasing) continue;
    const { _id, _rev, _attachments, type, owner: _, joining, erasing, ...event } = doc;
    const folder = `events/${folderName(event.title)}-${event.event.slice(-4)}/`;
    yield json(`${folder}event.json`, event);
    yield* zipEntries({ couch, signal }, event.event, allPhotos(couch, event.event), { folder });
  }
}

/** Those that guests do not see too. */
async function* allPhotos(couch: Couch, event: string) {
  yield* photosToKeep({ couch }, event, {});
  yield* photosToKeep({ couch }, event, { show: 'hidden' });
}

const json = (name: string, value: object) => ({ name, input: `${JSON.stringify(value, null, 2)}\n` });

/** A name of ours that every file system takes. */
const folderName = (title: string): string =>
  title
    .replaceAll(/[^\p{L}\p{N} '-]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 60) || 'Photomaton';
