import type { Couch, Stored } from '@photomaton/couch';
import type { DesignDoc, EventDoc } from '@photomaton/design-docs/docs';
import { shotsOf } from '@photomaton/design-docs/template';
import type { Occasion, TemplateWithImages } from '@photomaton/device/image';
import type { Request, Response } from 'express';
import { ownedBy } from '../accounts/closing.ts';
import { customerOf } from '../accounts/customer-of.ts';
import { notFound } from '../http-errors.ts';
import { findDesign } from './designs.ts';
import type { Drawing } from './drawing.ts';
import { occasionOf, recentShots, shotsFor } from './look.ts';

/** Events that the preview can be of, the newest first. */
const MAX_EVENTS = 20;

/** What all pages of one template need: whose it is, and how it looks. */
export interface DesignPages {
  /** The template of the address, if it is the account's own. Throws the 404. */
  designOf(req: Request, res: Response): Promise<DesignDoc & Stored>;
  /** The events that a preview can be of, the newest first. */
  events(res: Response): Promise<EventDoc[]>;
  /** Answers with the picture: of the event that `event` names, else the newest; with its guests, else with samples. */
  draw(res: Response, template: TemplateWithImages, of: { event: unknown; isSmall?: boolean }): Promise<void>;
}

export function designPages(o: { couch: Couch; draw: Drawing; now(): Date }): DesignPages {
  async function events(res: Response): Promise<EventDoc[]> {
    const dayOf = ({ days, createdAt }: EventDoc) => days?.from ?? createdAt;
    const all = await ownedBy<EventDoc>(o.couch, customerOf(res).id, 'event');
    return all
      .filter(({ erasing }) => !erasing)
      .sort((a, b) => dayOf(b).localeCompare(dayOf(a)))
      .slice(0, MAX_EVENTS);
  }
  return {
    events,

    async designOf(req, res) {
      return (await findDesign(o, customerOf(res).id, req.params.design)) ?? notFound();
    },

    async draw(res, template, { event: id, isSmall = false }) {
      const all = await events(res);
      const event = all.find((one) => one.event === id) ?? all[0];
      const { name, language } = customerOf(res);
      const nowhere: Occasion = { title: name, language, date: o.now() };
      const occasion = event ? occasionOf(event, o.now()) : nowhere;
      const count = shotsOf(template.template);
      await o.draw(res, {
        ...template,
        ...{ occasion, isSmall },
        shots: async () => {
          const ids = event ? (await recentShots(o, event)).slice(0, count) : [];
          return await shotsFor(o, event, { ids, count });
        },
      });
    },
  };
}
