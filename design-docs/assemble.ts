import accountsAuthority from './accounts/authority.js';
import byRole from './accounts/by_role.js';
import invitations from './accounts/invitations.js';
import accountsStructure from './accounts/structure.js';
import auditAuthority from './audit/authority.js';
import auditStructure from './audit/structure.js';
import boothAuthority from './booth/authority.js';
import boothStructure from './booth/structure.js';
import type { Structure, Validator } from './couch-js.ts';
import designsAuthority from './designs/authority.js';
import designsStructure from './designs/structure.js';
import { ACCOUNT_VIEWS, EVENT_VIEWS, FLEET_VIEWS, SESSION_VIEWS, type SystemDatabase } from './docs.ts';
import eventAuthority from './event/authority.js';
import bin from './event/bin.js';
import layouts from './event/layouts.js';
import moves from './event/moves.js';
import photos from './event/photos.js';
import previews from './event/previews.js';
import eventStructure from './event/structure.js';
import fields from './fields.js';
import fleetAuthority from './fleet/authority.js';
import byDay from './fleet/by_day.js';
import byOwner from './fleet/by_owner.js';
import fleetStructure from './fleet/structure.js';
import paillassonAuthority from './paillasson/authority.js';
import paillassonStructure from './paillasson/structure.js';
import sessionsAuthority from './sessions/authority.js';
import byAccount from './sessions/by_account.js';
import byExpiry from './sessions/by_expiry.js';
import sessionsStructure from './sessions/structure.js';

/** A design document as CouchDB stores it: functions as source text. */
export interface DesignDoc {
  _id: string;
  language: 'javascript';
  views?: Record<string, { map: string }>;
  validate_doc_update: string;
}

type Source = (...args: never[]) => void;

/** Rules of a kind of database: structure with its views, and authority as a design document of its own. */
function assemble(
  name: string,
  rules: { structure: Structure; authority: Validator },
  views: Record<string, Source> = {},
): DesignDoc[] {
  const maps = Object.entries(views).map(([view, map]) => [view, { map: sourceOf(map) }] as const);
  return [
    {
      _id: `_design/${name}`,
      language: 'javascript',
      ...(maps.length === 0 ? {} : { views: Object.fromEntries(maps) }),
      validate_doc_update: structureSource(rules.structure),
    },
    {
      _id: `_design/${name}-authority`,
      language: 'javascript',
      validate_doc_update: sourceOf(rules.authority),
    },
  ];
}

/** In parentheses, because CouchDB 3.5 takes a function that has a name for no expression. */
const sourceOf = (source: Source): string => `(${source})`;

/** A structure validator with its toolkit, in one function: CouchDB has no imports. */
const structureSource = (structure: Structure): string =>
  `(function (newDoc) {\n${sourceOf(structure)}(newDoc, ${sourceOf(fields)}());\n})`;

/** What stands in every `event-<id>`. */
export const eventDesign = (): DesignDoc[] =>
  assemble(
    EVENT_VIEWS.ddoc,
    { structure: eventStructure, authority: eventAuthority },
    {
      ...{ [EVENT_VIEWS.photos]: photos, [EVENT_VIEWS.previews]: previews },
      ...{ [EVENT_VIEWS.bin]: bin, [EVENT_VIEWS.layouts]: layouts, [EVENT_VIEWS.moves]: moves },
    },
  );

/** What stands in every `booth-<id>`. */
export const boothDesign = (): DesignDoc[] =>
  assemble('booth', { structure: boothStructure, authority: boothAuthority });

/** What stands in each database that exists once. */
export const systemDesign = (): Record<SystemDatabase, DesignDoc[]> => ({
  accounts: assemble(
    ACCOUNT_VIEWS.ddoc,
    { structure: accountsStructure, authority: accountsAuthority },
    { [ACCOUNT_VIEWS.invitations]: invitations, [ACCOUNT_VIEWS.byRole]: byRole },
  ),
  sessions: assemble(
    SESSION_VIEWS.ddoc,
    { structure: sessionsStructure, authority: sessionsAuthority },
    { [SESSION_VIEWS.byAccount]: byAccount, [SESSION_VIEWS.byExpiry]: byExpiry },
  ),
  fleet: assemble(
    FLEET_VIEWS.ddoc,
    { structure: fleetStructure, authority: fleetAuthority },
    { [FLEET_VIEWS.byOwner]: byOwner, [FLEET_VIEWS.byDay]: byDay },
  ),
  designs: assemble('designs', { structure: designsStructure, authority: designsAuthority }),
  audit: assemble('audit', { structure: auditStructure, authority: auditAuthority }),
  paillasson: assemble('paillasson', { structure: paillassonStructure, authority: paillassonAuthority }),
});
