/** Documents of `designs`: the templates that customers make, and the pictures in them. */
import type { BoothId } from '../ids.ts';
import type { Template } from '../template.ts';

/** `design:<owner>:<name>`: a template of a customer's own. One document, so that every step of it is one write. */
export interface DesignDoc {
  _id: string;
  type: 'design';
  owner: string;
  /** The template's name on booths and in events; it never changes, whatever the title. */
  name: string;
  /** What is being worked on. Its version is the one that publishing it makes. */
  draft: Template;
  /** How often the draft was saved: who saves an older one is told that somebody was first. */
  edition: number;
  /** When the draft was saved. ISO 8601. */
  changedAt: string;
  /** What was published, the newest last. */
  versions: DesignVersion[];
  /** The version on all booths whose event offers it. Absent: it was never published. */
  everywhere?: number;
  /** The one booth that has the newest version before all others. */
  trial?: BoothId;
}
export interface DesignVersion {
  version: number;
  /** When it was published. ISO 8601. */
  at: string;
  layout: Template;
}
export const designId = (owner: string, name: string): string => `design:${owner}:${name}`;
/** So many versions are kept; the one that is everywhere stays beyond. */
export const MAX_VERSIONS = 20;

/** Is this the name of a customer's own template? Those that every booth has end otherwise. */
export const isDesignName = (name: unknown): name is string =>
  typeof name === 'string' && /^[a-z0-9-]{1,57}-[0-9a-f]{6}$/.test(name);

/** `picture:<owner>:<image>`: a picture for templates, named after its bytes: it never changes, many may show it. */
export interface PictureDoc {
  _id: string;
  type: 'picture';
  owner: string;
  /** As layouts and booths call it. */
  image: string;
  /** When it was uploaded. ISO 8601. */
  at: string;
}
export const pictureId = (owner: string, image: string): string => `picture:${owner}:${image}`;
export const PICTURE_ATTACHMENT = 'picture';
