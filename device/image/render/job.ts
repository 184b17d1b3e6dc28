import type { FilterName, Template } from '@photomaton/design-docs/template';
import type { Pixels, Placing } from './canvas.ts';

/** A part of a picture as fractions of it, 0 to 1. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What the texts and colours of a picture speak of. */
export interface Occasion {
  title: string;
  date: Date;
  /** Of the place where the photo was taken, as IANA names it; else this machine's. */
  timeZone?: string;
  language: 'fr' | 'en';
  /** `#rrggbb`; without it, the look's. */
  accent?: string;
}

export interface RenderJob {
  template: Template;
  /** The template's attachments by their names. */
  images: ReadonlyMap<string, Uint8Array>;
  occasion: Occasion;
  dpi: 300 | 600;
  /** What the guest chose, in place of the template's. */
  filter?: FilterName;
  /** The picture that guests are to stand before: shots are taken before a green screen. */
  backdrop?: Uint8Array;
  /** Of each shot, where faces were found in it, held upright; heads are then not cut. */
  faces?: (Box[] | undefined)[];
}

/** A slot as it comes onto the page: its pixels, and where they lie. */
export interface SlotPicture extends Pixels, Placing {
  slot: number;
}

interface Point {
  x: number;
  y: number;
}
/** Clockwise from top left. */
export type Corners = readonly [Point, Point, Point, Point];

/** How many pixels of the picture a pixel of the template is. */
export const scaleOf = ({ dpi }: Pick<RenderJob, 'dpi'>): number => dpi / 300;
