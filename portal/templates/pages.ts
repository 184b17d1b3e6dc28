import type { Couch, Stored } from '@photomaton/couch';
import type { DesignDoc, EventDoc } from '@photomaton/design-docs/docs';
import type { TemplateWithImages } from '@photomaton/device/image';
import type { Request, Response } from 'express';
import { ownedBy } from '../accounts/closing.ts';
import { customerOf } from '../accounts/customer-of.ts';
import { notFound } from '../web/http-errors.ts';
import { findDesign } from './designs.ts';
import type { Drawing } from './drawing.ts';

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

export function designPages(o: { couch: Couch; draw: Drawing }): DesignPages {
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
      await o.draw(res, template, { event: all.find(({ event }) => event === id) ?? all[0], isSmall });
    },
  };
}
