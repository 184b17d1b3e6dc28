import {
  type BoothId,
  boothUser,
  type EventId,
  isBoothId,
  isEventId,
  type PhotoKey,
  parsePreviewId,
} from '@photomaton/design-docs/docs';

/**
 * What a booth may ask of CouchDB through the portal: exactly what replication and verification need.
 *
 * Validators and the databases' security say who may write what; these rules close everything else that
 * CouchDB offers, first of all reading photo bytes back. A request is taken apart and put together again
 * from its checked parts, so that portal and CouchDB cannot read one text in two ways.
 */
interface Rule {
  /** Query parameters that may be there, and the form of their values. All others are refused. */
  query?: Record<string, RegExp>;
  /** Query parameters that must be there. */
  required?: string[];
  /** Absent: no body is taken. */
  maxBodyBytes?: number;
  /**
   * The body is `{"keys": […]}` and nothing else. CouchDB also takes options such as `"attachments": true`
   * from this body, which would give photo bytes away.
   */
  keysOnly?: true;
}

const KB = 1024;
const MB = 1024 * KB;
const BOOLEAN = /^(true|false)$/;
const NUMBER = /^\d{1,9}$/;
const REVISION = /^\d{1,9}-[0-9a-f]{1,64}$/;
/** A CouchDB sequence, which is opaque, or `now`. */
const SEQUENCE = /^[\w.~=,"[\]-]{1,4000}$/;

/** `info` is the database itself, `_local` a replication's checkpoint, `doc` a plain document, `attachment` one of its. */
type Rules = Record<string, Rule>;

const EVENT_RULES: Rules = {
  'GET info': {},
  'HEAD info': {},
  'POST _revs_diff': { maxBodyBytes: MB },
  'GET _local': {},
  'PUT _local': { maxBodyBytes: 64 * KB },
  'PUT doc': { query: { new_edits: /^false$/ }, required: ['new_edits'], maxBodyBytes: 64 * MB },
  'POST _bulk_docs': { maxBodyBytes: 64 * MB },
  'POST _all_docs': { query: { include_docs: BOOLEAN }, maxBodyBytes: MB, keysOnly: true },
};

const CHANGES = {
  feed: /^(normal|longpoll)$/,
  style: /^(main_only|all_docs)$/,
  since: SEQUENCE,
  limit: NUMBER,
  seq_interval: NUMBER,
  heartbeat: /^\d{4,5}$/,
  timeout: /^\d{1,5}$/,
  include_docs: BOOLEAN,
  conflicts: BOOLEAN,
};

const BOOTH_RULES: Rules = {
  'GET info': {},
  'HEAD info': {},
  'POST _revs_diff': { maxBodyBytes: MB },
  'GET _local': {},
  'PUT _local': { maxBodyBytes: 64 * KB },
  'GET _changes': { query: CHANGES },
  'POST _bulk_get': { query: { revs: BOOLEAN, latest: BOOLEAN, attachments: BOOLEAN }, maxBodyBytes: MB },
  'GET doc': {
    query: {
      rev: REVISION,
      revs: BOOLEAN,
      latest: BOOLEAN,
      attachments: BOOLEAN,
      conflicts: BOOLEAN,
      open_revs: /^(all|\[["\w,-]{0,4000}\])$/,
    },
  },
  // A template's pictures: PouchDB takes documents by `_bulk_get` and each attachment by itself.
  'GET attachment': { query: { rev: REVISION } },
  'PUT doc': { query: { new_edits: BOOLEAN }, maxBodyBytes: 8 * MB },
  'POST _bulk_docs': { maxBodyBytes: 8 * MB },
};

export type SyncDecision =
  /** `path` begins with a slash and is to be appended to CouchDB's address. */
  | { kind: 'forward'; path: string; maxBodyBytes: number; keysOnly: boolean }
  | { kind: 'forbidden'; reason: string }
  /** Somebody else's database and one that does not exist are the same. */
  | { kind: 'no-such-database' };

/** May this booth make this request? `url` is what follows `/couch`, as it came over the wire. */
export function decideSync(request: { method: string; url: string; booth: BoothId }): SyncDecision {
  const [rawPath = '', rawQuery = ''] = splitOnce(request.url, '?');
  const segments = decodeSegments(rawPath);
  if (!segments) return { kind: 'forbidden', reason: 'the path is not well formed' };
  const [database, ...rest] = segments;
  if (database === undefined) {
    return request.method === 'GET' && rawQuery === ''
      ? { kind: 'forward', path: '/', maxBodyBytes: 0, keysOnly: false }
      : { kind: 'forbidden', reason: `a booth may not ${request.method} the server` };
  }
  const rules = rulesFor(database, request.booth);
  if (!rules) return { kind: 'no-such-database' };
  const endpoint = endpointOf(rest);
  const rule = endpoint && rules.table[`${request.method} ${endpoint}`];
  if (!rule) {
    const what = endpoint === 'info' ? 'the database' : (endpoint ?? 'this path');
    return { kind: 'forbidden', reason: `a booth may not ${request.method} ${what} of its ${rules.of}` };
  }
  const query = new URLSearchParams(rawQuery);
  const problem = queryProblem(query, rule);
  if (problem) return { kind: 'forbidden', reason: problem };
  const path = `/${[database, ...rest].map(encodeURIComponent).join('/')}`;
  return {
    kind: 'forward',
    path: query.size > 0 ? `${path}?${query}` : path,
    maxBodyBytes: rule.maxBodyBytes ?? 0,
    keysOnly: rule.keysOnly ?? false,
  };
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** Segments between slashes, decoded once; undefined when one is not well formed. */
function decodeSegments(path: string): string[] | undefined {
  try {
    const segments = path
      .replace(/^\/|\/$/g, '')
      .split('/')
      .map(decodeURIComponent);
    return segments.length === 1 && segments[0] === '' ? [] : segments;
  } catch {
    return undefined; // a stray percent sign
  }
}

function rulesFor(database: string, booth: BoothId): { table: Rules; of: string } | undefined {
  if (database === boothUser(booth) && isBoothId(booth)) return { table: BOOTH_RULES, of: 'own database' };
  if (database.startsWith('event-') && isEventId(database.slice('event-'.length))) {
    return { table: EVENT_RULES, of: 'event' };
  }
  return undefined;
}

function endpointOf(rest: string[]): string | undefined {
  const [first, second, ...more] = rest;
  if (more.length > 0 || rest.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return undefined;
  }
  if (first === undefined) return 'info';
  if (first === '_local') return second && /^[\w.=~-]{1,64}$/.test(second) ? '_local' : undefined;
  if (first.startsWith('_')) {
    // Nothing is known below a special name.
    return second === undefined && /^_[a-z_]{1,20}$/.test(first) ? first : undefined;
  }
  if (rest.some((segment) => segment.length > 200)) return undefined;
  return second === undefined ? 'doc' : 'attachment';
}

function queryProblem(query: URLSearchParams, rule: Rule): string | undefined {
  for (const name of new Set(query.keys())) {
    const allowed = Object.hasOwn(rule.query ?? {}, name) ? rule.query?.[name] : undefined;
    const values = query.getAll(name);
    if (!allowed || values.length > 1 || !allowed.test(values[0] ?? '')) {
      return `the query parameter ${JSON.stringify(name.slice(0, 40))} is not allowed here, or not with this value`;
    }
  }
  const missing = rule.required?.find((name) => !query.has(name));
  return missing && `the query parameter "${missing}" is needed here`;
}

/** Whose small pictures a request that may be forwarded brings, and to which event, if they are of the booth's own photo. */
export function previewIn(
  method: string,
  path: string,
  booth: BoothId,
): { event: EventId; key: PhotoKey } | undefined {
  const [, event, id = ''] = /^\/event-([0-9a-f]{24})\/([^/?]+)/.exec(path) ?? [];
  const key = parsePreviewId(decodeURIComponent(id));
  return method === 'PUT' && event && key?.booth === booth ? { event, key } : undefined;
}
