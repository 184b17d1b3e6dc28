/**
 * A template: the layout of a finished picture. Written by the portal, synced to the booth as `template:<name>` with
 * its pictures as attachments, drawn by `device/image` on both. All lengths are pixels at 300 dpi; at 600 dpi each
 * is twice as many. From back to front: background, slots, overlays, texts, each list in its own order.
 */

import { z } from 'zod';

/** 12 inches; at 600 dpi the picture then has 52 MP. */
export const MAX_SIDE = 3600;
export const MAX_SHOTS = 4;
/** More than anybody mends at once. */
const MAX_PROBLEMS = 20;

/** The same names everywhere: on the kiosk, in settings, in templates. `device/image` knows what they do. */
export const FILTER_NAMES = ['none', 'black-and-white', 'sepia', 'warm', 'cool', 'vivid', 'noir'] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

/**
 * Colours of the event and the look, by their role. `accent-text` is the accent as dark as text on paper must be,
 * `on-accent` what can be read on the accent: an event may choose any accent, and every text stays legible.
 */
export const COLOUR_ROLES = ['accent', 'accent-text', 'on-accent', 'ink', 'paper'] as const;

const colour = z.union([
  z.enum(COLOUR_ROLES),
  z.string().regex(/^#[0-9a-f]{6}$/, 'a colour is #rrggbb or a role'),
]);
/** Of an attachment, which is also the name of a file. Never SVG: it is a program for a renderer, not a picture. */
const IMAGE_NAME = /^[a-z0-9-]{1,64}\.(png|jpg|jpeg|webp)$/;
export const isImageName = (name: string): boolean => IMAGE_NAME.test(name);
const imageName = z.string().regex(IMAGE_NAME, 'a PNG, JPEG or WebP attachment');
/** Things may hang over the edge of the page, but no further than off it. */
const position = z.int().min(-MAX_SIDE).max(MAX_SIDE);
const length = z.int().min(1).max(MAX_SIDE);
const place = { x: position, y: position, width: length, height: length };
/** Degrees clockwise, around the middle. */
const rotation = z.number().min(-180).max(180);
const point = z.strictObject({ x: position, y: position });
const words = z
  .string()
  .min(1)
  .max(200)
  .refine(
    (text) => !/\{(?!(?:event|date|time)\})/.test(text),
    'only {event}, {date} and {time} are filled in',
  );

const slotSchema = z.strictObject({
  /** Which shot it shows; several slots may show the same. */
  shot: z
    .int()
    .min(0)
    .max(MAX_SHOTS - 1),
  ...place,
  rotation: rotation.optional(),
  /** Of its corners. */
  radius: z.int().min(0).max(MAX_SIDE).optional(),
  /** Where its corners come to lie, clockwise from top left, in place of `rotation`: a picture seen at a slant. */
  corners: z.tuple([point, point, point, point]).optional(),
});

const overlaySchema = z.strictObject({
  image: imageName,
  ...place,
  opacity: z.number().min(0).max(1).optional(),
  /** Only the picture's alpha counts, and this is its colour: an ornament in the colours of each event. */
  tint: colour.optional(),
});

const textSchema = z.strictObject({
  /** With `{event}`, `{date}`, `{time}`. It is broken into lines and, if need be, made smaller to fit its box. */
  text: z.union([words, z.strictObject({ fr: words, en: words })], 'a text, or one in `fr` and one in `en`'),
  ...place,
  align: z.enum(['left', 'center', 'right']),
  /** Where in the box the lines are, when they do not fill it; in the middle unless told. */
  verticalAlign: z.enum(['top', 'middle', 'bottom']).optional(),
  font: z.enum(['Fraunces', 'Inter']),
  weight: z.literal([400, 500, 600, 700]),
  /** Height of an em. */
  size: z.int().min(8).max(800),
  colour,
  /** Extra space between letters, in ems. */
  tracking: z.number().min(-0.1).max(0.5).optional(),
  rotation: rotation.optional(),
});

export const templateSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]{1,64}$/, 'a name is 1 to 64 of a-z, 0-9 and -'),
    version: z.int().min(1),
    title: z.strictObject({ fr: z.string().min(1).max(80), en: z.string().min(1).max(80) }),
    /** One picture of one shot, one of two to four, or a frame around a moving one. */
    mode: z.enum(['single', 'strip', 'boomerang']),
    size: z.strictObject({
      width: z.int().min(100).max(MAX_SIDE),
      height: z.int().min(100).max(MAX_SIDE),
    }),
    background: z.strictObject({ colour, image: imageName.optional() }),
    slots: z.array(slotSchema).min(1).max(16),
    overlays: z.array(overlaySchema).max(16),
    texts: z.array(textSchema).max(16),
    filter: z.enum(FILTER_NAMES).optional(),
  })
  .superRefine((template, context) => {
    /** `params` is for whoever says it in another language (portal/templates/layout-problems.ts). */
    const refuse = (path: (string | number)[], message: string, params: LayoutProblem) =>
      context.addIssue({ code: 'custom', path, message, params });
    const shots = shotsOf(template);
    for (let shot = 0; shot < shots; shot += 1) {
      if (!template.slots.some((slot) => slot.shot === shot)) {
        refuse(['slots'], `no slot shows shot ${shot}`, { problem: 'shot-unseen', shot: shot + 1 });
      }
    }
    if (template.mode === 'strip' ? shots < 2 : shots > 1) {
      refuse(['mode'], `${template.mode} cannot have ${shots} shot${shots > 1 ? 's' : ''}`, {
        problem: `mode-${template.mode}`,
      });
    }
    const areaOf = ({ width, height }: { width: number; height: number }) => width * height;
    const slotsArea = template.slots.reduce((sum, slot) => sum + areaOf(slot), 0);
    // They are kept in memory until the last shot is taken.
    if (slotsArea > 2 * areaOf(template.size)) {
      refuse(['slots'], 'are together larger than two pages', { problem: 'slots-too-large' });
    }
    for (const list of ['slots', 'overlays', 'texts'] as const) {
      for (const [i, { x, y, width, height }] of template[list].entries()) {
        const isOnPage =
          x < template.size.width && y < template.size.height && x + width > 0 && y + height > 0;
        if (!isOnPage) refuse([list, i], 'lies outside the page', { problem: 'outside' });
      }
    }
    for (const [i, { corners }] of template.slots.entries()) {
      if (corners && !isConvex(corners)) {
        refuse(['slots', i, 'corners'], 'are not a convex shape, clockwise', { problem: 'corners' });
      }
    }
  });

/** What of a whole layout is wrong, as `params` of an issue. */
interface LayoutProblem {
  problem:
    | 'shot-unseen'
    | `mode-${'single' | 'strip' | 'boomerang'}`
    | 'slots-too-large'
    | 'outside'
    | 'corners';
  shot?: number;
}

export type Template = z.output<typeof templateSchema>;
export type TemplateSlot = Template['slots'][number];
export type TemplateOverlay = Template['overlays'][number];
export type TemplateText = Template['texts'][number];
export type TemplateColour = z.output<typeof colour>;

export type ParsedTemplate =
  | { kind: 'template'; template: Template }
  /** One line a problem, with where it is: `slots.2.width: …`. */
  | { kind: 'refused'; problems: string[] };

/** Is this a template? Its pictures are looked at by `checkTemplate` of `device/image`. */
export function parseTemplate(value: unknown): ParsedTemplate {
  const parsed = templateSchema.safeParse(value);
  if (parsed.success) return { kind: 'template', template: parsed.data };
  return { kind: 'refused', problems: parsed.error.issues.slice(0, MAX_PROBLEMS).map(problemOf) };
}

/** How many shots are taken for it: 1 to 4. */
export function shotsOf({ slots }: { slots: { shot: number }[] }): number {
  return Math.max(...slots.map(({ shot }) => shot)) + 1;
}

/** What of a layout has pictures. */
export interface Pictured {
  background: Pick<Template['background'], 'image'>;
  overlays: Pick<TemplateOverlay, 'image'>[];
}
/** The names of the attachments that it needs, each once. */
export function imagesOf({ background, overlays }: Pictured): string[] {
  const names = [background.image, ...overlays.map(({ image }) => image)];
  return [...new Set(names.filter((name) => name !== undefined))];
}

function problemOf({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`;
}

/** Walking around it one only ever turns right. */
function isConvex(corners: readonly { x: number; y: number }[]): boolean {
  return corners.every((a, i) => {
    const b = corners[(i + 1) % corners.length] ?? a;
    const c = corners[(i + 2) % corners.length] ?? a;
    return (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x) > 0;
  });
}
