import { z } from 'zod';
import { isEventId, MOST_EVENT_CHOICES, type SettingsDoc } from './docs.ts';
import { FILTER_NAMES } from './template.ts';

/** What the portal writes and the booth goes by. */
export type Chosen = Omit<SettingsDoc, '_id' | 'type'>;
export type SettingName = keyof Chosen;

const slug = z.string().regex(/^[a-z0-9-]{1,64}$/);
/** `22:30`: on the clock of the place where the booth is. */
const hour = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

/** A list without repetition, of at least one. */
const listOf = <T extends z.ZodType>(one: T, most: number) =>
  z
    .array(one)
    .min(1)
    .max(most)
    .refine((list) => new Set(list).size === list.length, 'says something twice');

const event = z.strictObject({
  id: z.string().refine(isEventId),
  title: z.string().min(1).max(200),
  accent: z
    .string()
    .regex(/^#[0-9a-f]{6}$/)
    .exactOptional(),
});

/** Every setting by itself, so that one that is wrong costs no other. Forms and booths judge by the same. */
export const SETTINGS = {
  event,
  language: z.enum(['fr', 'en']),
  languages: listOf(z.enum(['fr', 'en']), 2),
  templates: listOf(slug, 20),
  modes: listOf(z.enum(['single', 'strip', 'boomerang']), 3),
  filters: listOf(z.enum(FILTER_NAMES), 20),
  greenScreen: z.string().regex(/^md5-[A-Za-z0-9+/]{22}==$/),
  countdownS: z.int().min(1).max(30),
  mirror: z.boolean(),
  voice: z.boolean(),
  volume: z.int().min(0).max(100),
  recentPhotos: z.boolean(),
  hotspotPhotos: z.boolean(),
  keepShots: z.boolean(),
  idle: z.enum(['live', 'calm']),
  sendBetween: z.strictObject({ from: hour, to: hour }).refine(({ from, to }) => from !== to),
  pin: z.string().regex(/^\d{6}$/),
  dpi: z.literal([300, 600]),
  eventChoices: z
    .array(event)
    .min(1)
    .max(MOST_EVENT_CHOICES)
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, 'says an event twice'),
} satisfies { [K in SettingName]-?: z.ZodType<NonNullable<Chosen[K]>> };

/** What holds when the customer chose nothing; the one place that says so. */
export const DEFAULTS = {
  language: 'fr',
  languages: ['fr', 'en'],
  templates: ['full-bleed', 'classic-strip', 'boomerang'],
  modes: ['single', 'strip', 'boomerang'],
  filters: ['none', 'black-and-white'],
  countdownS: 3,
  mirror: true,
  voice: true,
  volume: 80,
  recentPhotos: true,
  hotspotPhotos: false,
  keepShots: false,
  idle: 'live',
  dpi: 300,
} satisfies Partial<Chosen>;

/** Settings as a booth goes by them: nothing is missing but what means something when it is absent. */
export type Settings = Partial<Chosen> & Required<Pick<Chosen, keyof typeof DEFAULTS>>;

export function withDefaults(settings: Partial<SettingsDoc> | undefined): Settings {
  const { _id, type, ...chosen } = settings ?? {};
  return { ...structuredClone(DEFAULTS), ...chosen };
}
