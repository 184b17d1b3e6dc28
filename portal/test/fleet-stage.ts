import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import {
  type BoothDoc,
  boothDatabase,
  boothDocId,
  boothUser,
  type EventDoc,
  type EventId,
  eventDatabase,
  eventDocId,
  type SettingsDoc,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import { pino } from 'pino';
import { openAudit } from '../audit/audit.ts';
import { setUpCouch } from '../couch-server.ts';
import { createEvent } from '../events/create-event.ts';
import { sweepFleet } from '../events/sweep.ts';
import { openSecrets } from '../secrets.ts';
import type { TestBooth } from './booth-with-photos.ts';
import { dyingAt } from './dying.ts';
import { startStack } from './stack.ts';
import { statusAs } from './who-sees.ts';

const log = pino({ level: 'silent' });
export const randomId = () => randomBytes(12).toString('hex');

/** A portal with its parts in hand, and a process of them that dies when it is told to. */
export async function stageFleet(t: TestContext) {
  const stack = await startStack(t);
  const { couch } = stack;
  const secrets = await openSecrets({ dataDir: stack.dataDir });
  const { provisioner } = await setUpCouch({ admin: stack.portal.admin, secrets });
  let now = new Date();
  const parts = { couch, provisioner, audit: openAudit({ couch, now: () => now }), now: () => now, log };
  const eventOf = (id: EventId) => couch.get<EventDoc>('fleet', eventDocId(id));
  return {
    stack,
    parts,
    eventOf,
    at(time: Date) {
      now = time;
    },
    sweep: () => sweepFleet(parts),
    /** The parts of a process that is killed after so many calls. */
    dying(calls: number) {
      const left = { left: calls };
      return {
        ...parts,
        couch: dyingAt(couch, left),
        provisioner: dyingAt(provisioner, left),
        audit: openAudit({ couch: dyingAt(couch, left), now: () => now }),
      };
    },
    newEvent: (owner: string, over: Partial<EventDoc> = {}) =>
      createEvent(parts, {
        ...{ event: randomId(), owner, title: 'Mariage', kind: 'party', createdAt: now.toISOString() },
        ...over,
      }),
    /** Where the booth is, for everybody who has a say in it. */
    async whereIs({ booth }: TestBooth) {
      const [doc, settings] = await Promise.all([
        couch.get<BoothDoc>('fleet', boothDocId(booth)),
        couch.get<SettingsDoc>(boothDatabase(booth), 'settings'),
      ]);
      return { fleet: doc?.event, last: doc?.events.at(-1), settings: settings?.event.id };
    },
    mayAdd: ({ booth, key }: TestBooth, event: EventId) =>
      statusAs(stack.portal.admin.url, boothUser(booth), key, eventDatabase(event)),
    /** The booth says that it goes by its settings, and what it still holds. */
    async hears(booth: TestBooth, over: Partial<StatusDoc> = {}) {
      const settings = await couch.get<SettingsDoc>(boothDatabase(booth.booth), 'settings');
      const at = new Date().toISOString();
      await booth.report(0, new Date(), {
        ...{ waiting: {}, settings: { rev: settings?._rev ?? '', at } },
        ...over,
      });
    },
  };
}
