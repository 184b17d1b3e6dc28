import { test } from 'node:test';
import accountsAuthority from '../accounts/authority.js';
import accountsStructure from '../accounts/structure.js';
import auditAuthority from '../audit/authority.js';
import auditStructure from '../audit/structure.js';
import type { Candidate } from '../couch-js.ts';
import fleetAuthority from '../fleet/authority.js';
import fleetStructure from '../fleet/structure.js';
import paillassonAuthority from '../paillasson/authority.js';
import paillassonStructure from '../paillasson/structure.js';
import sessionsAuthority from '../sessions/authority.js';
import sessionsStructure from '../sessions/structure.js';
import {
  admin,
  allowed,
  BOOTH,
  booth,
  demandsExactly,
  EVENT,
  forbidden,
  nobody,
  withFields,
} from './rules.ts';

const accounts = withFields(accountsStructure);
const audit = withFields(auditStructure);
const fleet = withFields(fleetStructure);
const paillasson = withFields(paillassonStructure);
const sessions = withFields(sessionsStructure);

const at = '2026-07-14T13:30:12.042Z';
const hash = '0a'.repeat(32);
const sealed = 'A'.repeat(111);

const account: Candidate = {
  _id: 'account:lea',
  type: 'account',
  account: 'lea',
  role: 'customer',
  name: 'Léa',
  email: 'Lea@example.org',
  passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g',
  invitation: { tokenHash: hash, expiresAt: at },
  secondFactor: { secret: sealed, lastStep: 1, recovery: [hash] },
  newEmail: { email: 'lea@example.net', tokenHash: hash, expiresAt: at },
  closing: at,
  language: 'fr',
  disabled: false,
  sessionsValidFrom: at,
  createdAt: at,
};
const claim: Candidate = { _id: 'email:lea@example.org', type: 'email', account: 'lea' };
const boothDoc: Candidate = {
  _id: `booth:${BOOTH}`,
  type: 'booth',
  booth: BOOTH,
  owner: 'lea',
  name: 'Photomaton ABAB',
  pairedAt: at,
  event: EVENT,
  events: [BOOTH, EVENT],
  shareSecret: sealed,
  notes: 'Leather case',
  keyRevoked: at,
  assigning: 'noe',
  finishing: [EVENT],
  choices: [EVENT],
  unwanted: [7],
  rollout: {
    ...{ id: '20260714T133012.042Z-0a1b2c3d', at, before: { pin: '123456' }, was: ['online'] },
    ...{ rev: `2-${'0a'.repeat(16)}`, well: at },
  },
  settings: { countdownS: 5, mirror: false, volume: 0, idle: 'calm', pin: '123456', dpi: 600 },
};
const rollout: Candidate = {
  _id: 'rollout:20260714T133012.042Z-0a1b2c3d',
  type: 'rollout',
  rollout: '20260714T133012.042Z-0a1b2c3d',
  set: { countdownS: 5 },
  clear: ['pin'],
  asked: { q: 'salon', version: '1.2.3' },
  booths: 12,
  by: 'odile',
  createdAt: at,
  state: 'running',
  stage: 'some',
  since: at,
  fell: { ill: [{ booth: BOOTH, illness: 'camera' }], booths: 1, at },
};
const rolloutList: Candidate = {
  ...{ _id: 'rollout-list:20260714T133012.042Z-0a1b2c3d', type: 'rollout-list' },
  ...{ rollout: '20260714T133012.042Z-0a1b2c3d', booths: [BOOTH] },
};
const event: Candidate = {
  _id: `event:${EVENT}`,
  type: 'event',
  event: EVENT,
  owner: 'lea',
  title: 'Photomaton ABAB',
  kind: 'everyday',
  createdAt: at,
  booths: [BOOTH],
  joining: [BOOTH],
  days: { from: '2026-07-14', to: '2026-07-15' },
  languages: ['fr'],
  templates: ['full-bleed'],
  modes: ['single'],
  filters: ['none'],
  accent: '#b3261e',
  guests: { download: true, delete: false },
  link: {
    ...{ nonce: 'A'.repeat(22), createdAt: '2026-07-14T13:30:12.042Z', download: true },
    passwordHash: `$argon2id$v=19$m=19456,t=2,p=1$${'a'.repeat(22)}$${'b'.repeat(43)}`,
    expiresAt: '2026-08-14T11:59:59.000Z',
  },
  keepDays: 90,
  erasing: at,
};
const rotation: Candidate = {
  ...{ _id: `rotation:${BOOTH}`, type: 'rotation', booth: BOOTH, rotation: 'r'.repeat(22) },
  ...{ since: '2026-07-14T13:30:12.042Z', replaces: 'a'.repeat(32) },
};
const alarm: Candidate = {
  _id: `alarm:${BOOTH}:disk`,
  type: 'alarm',
  booth: BOOTH,
  kind: 'disk',
  since: at,
  told: at,
};
const leader: Candidate = { _id: 'leader', type: 'leader', node: '0123456789abcdef', at };
const session: Candidate = {
  _id: `session:${hash}`,
  type: 'session',
  account: 'lea',
  data: '{"cookie":{}}',
  createdAt: at,
  seenAt: at,
  expiresAt: at,
};
const entry: Candidate = {
  _id: 'audit:20260714T133012.042Z:0a0b',
  type: 'audit',
  at,
  action: 'login',
  actor: 'lea',
  subject: 'x',
  details: { address: '127.0.0.1', tries: 2, ok: true },
};
const pairing: Candidate = {
  _id: `code:${hash}`,
  type: 'pairing',
  booth: BOOTH,
  publicKey: 'B'.repeat(43),
  nonce: 'C'.repeat(22),
  createdAt: at,
  expiresAt: at,
  state: 'claimed',
  claimedBy: { account: 'lea', name: 'Léa' },
  shareSecret: sealed,
  sealed,
};
const waiting: Candidate = {
  _id: `waiting:${BOOTH}`,
  type: 'waiting',
  booth: BOOTH,
  pairing: pairing._id,
  expiresAt: at,
};

test('every document of the portal has exactly its fields', () => {
  demandsExactly(accounts, account, ['passwordHash', 'invitation', 'secondFactor', 'newEmail', 'closing']);
  demandsExactly(accounts, claim);
  demandsExactly(fleet, boothDoc, [
    'settings',
    'notes',
    'keyRevoked',
    'assigning',
    'finishing',
    'choices',
    'unwanted',
    'rollout',
  ]);
  const { keepDays, ...kept } = event;
  demandsExactly(fleet, kept as Candidate, [
    ...[
      'joining',
      'days',
      'languages',
      'templates',
      'modes',
      'filters',
      'accent',
      'guests',
      'link',
      'erasing',
    ],
  ]);
  allowed(fleet, event);
  demandsExactly(fleet, alarm, ['told']);
  demandsExactly(fleet, rotation);
  demandsExactly(fleet, rollout, ['fell']);
  demandsExactly(fleet, rolloutList);
  forbidden(fleet, /the id/, { ...rollout, _id: 'rollout:x' });
  forbidden(fleet, /the id/, { ...rolloutList, _id: 'rollout-list:x' });
  for (const ill of [[], [{ booth: BOOTH, illness: 'bored' }], [{ booth: BOOTH }]])
    forbidden(fleet, /malformed|missing/, { ...rollout, fell: { ill, booths: 1, at } });
  forbidden(fleet, /set is malformed|language is unknown/, { ...rollout, set: { language: 'fr' } });
  forbidden(fleet, /before.*malformed|pin is malformed/, {
    ...boothDoc,
    rollout: { ...(boothDoc.rollout as object), before: { pin: 'abc' } },
  });
  const fall = { ...alarm, kind: 'rollout', rollout: rollout.rollout };
  allowed(fleet, { ...fall, _id: `alarm:${BOOTH}:rollout:${rollout.rollout}` });
  forbidden(fleet, /the id/, { ...fall, _id: `alarm:${BOOTH}:rollout` });
  forbidden(fleet, /the id/, { ...rotation, _id: 'rotation:x' });
  allowed(fleet, { ...alarm, _id: `alarm:${BOOTH}:camera`, kind: 'camera' });
  demandsExactly(fleet, leader);
  demandsExactly(sessions, session, ['seenAt']);
  demandsExactly(audit, entry, ['subject', 'details']);
  demandsExactly(paillasson, pairing, ['claimedBy', 'shareSecret', 'sealed']);
  demandsExactly(paillasson, waiting);
});

test('ids say what they name', () => {
  forbidden(accounts, /the id/, { ...account, account: 'tom' });
  forbidden(accounts, /normalized/, { ...claim, _id: 'email:Lea@example.org' });
  forbidden(fleet, /the id/, { ...boothDoc, _id: `booth:${EVENT}` });
  forbidden(fleet, /the id/, { ...event, _id: `event:${BOOTH}` });
  forbidden(fleet, /last of booth.events/, { ...boothDoc, events: [EVENT, BOOTH] });
  forbidden(fleet, /the id/, { ...alarm, kind: 'refused' });
  forbidden(fleet, /the id/, { ...leader, _id: 'leader:2' });
  forbidden(sessions, /SHA-256/, { ...session, _id: 'session:s3cret' });
  forbidden(audit, /not an id/, { ...entry, _id: 'audit:x' });
  forbidden(paillasson, /HMAC/, { ...pairing, _id: 'code:kBnMtRaQ' });
  forbidden(paillasson, /the id/, { ...waiting, _id: `waiting:${EVENT}` });
});

test('what is chosen for an event or a booth is within bounds, and only a last day makes an end', () => {
  for (const [field, value] of [
    ['days', { from: '2026-07-15', to: '2026-07-14' }],
    ['days', { from: '14.7.2026', to: '15.7.2026' }],
    ['accent', 'red'],
    ['templates', []],
    ['guests', { gallery: true }],
    ['link', { nonce: 'A'.repeat(22), createdAt: '2026-07-14T13:30:12.042Z' }],
    ['link', { nonce: 'short', createdAt: '2026-07-14T13:30:12.042Z', download: true }],
    [
      'link',
      {
        nonce: 'A'.repeat(22),
        createdAt: '2026-07-14T13:30:12.042Z',
        download: true,
        passwordHash: 'confetti',
      },
    ],
    ['keepDays', 6],
  ] as const) {
    forbidden(fleet, /malformed|missing/, { ...event, [field]: value });
  }
  const { days, ...endless } = event;
  const backdrop = { content_type: 'image/jpeg', length: 9 };
  allowed(fleet, { ...event, _attachments: { 'backdrop.jpg': backdrop } });
  forbidden(fleet, /but a logo and a backdrop/, { ...event, _attachments: { 'photo.jpg': backdrop } });
  forbidden(fleet, /needs days/, endless as Candidate);
  forbidden(fleet, /pin is malformed/, { ...boothDoc, settings: { pin: '12' } });
  forbidden(fleet, /settings.language is unknown/, { ...boothDoc, settings: { language: 'fr' } });
});

test('no secret is stored in clear', () => {
  const clear = 'A'.repeat(43);
  forbidden(accounts, /passwordHash/, { ...account, passwordHash: 'hunter2hunter2hunter2hunter2' });
  forbidden(accounts, /passwordHash/, { ...account, passwordHash: `$argon2i$${clear}` });
  forbidden(accounts, /tokenHash/, { ...account, invitation: { tokenHash: clear, expiresAt: at } });
  forbidden(accounts, /tokenHash/, {
    ...account,
    newEmail: { email: 'lea@example.net', tokenHash: clear, expiresAt: at },
  });
  const factor = { secret: sealed, lastStep: 1, recovery: [hash] };
  forbidden(accounts, /secret/, { ...account, secondFactor: { ...factor, secret: 'JBSWY3DPEHPK3PXP' } });
  forbidden(accounts, /recovery/, {
    ...account,
    secondFactor: { ...factor, recovery: ['abcde-fghjk-mnpqr-stuvw'] },
  });
  forbidden(fleet, /shareSecret/, { ...boothDoc, shareSecret: clear });
  forbidden(paillasson, /shareSecret/, { ...pairing, shareSecret: clear });
  forbidden(paillasson, /sealed/, { ...pairing, sealed: clear });
});

test('sizes are bounded and nothing has attachments', () => {
  forbidden(accounts, /name/, { ...account, name: 'x'.repeat(201) });
  forbidden(sessions, /data/, { ...session, data: 'x'.repeat(65537) });
  forbidden(audit, /details/, { ...entry, details: { why: 'x'.repeat(1001) } });
  forbidden(audit, /details/, { ...entry, details: { why: { deep: 1 } } });
  forbidden(fleet, /booths/, { ...event, booths: Array(1001).fill(BOOTH) });
  for (const [structure, doc] of [
    [accounts, account],
    [fleet, boothDoc],
    [sessions, session],
    [audit, entry],
    [paillasson, pairing],
  ] as const) {
    forbidden(structure, /no attachments/, { ...doc, _attachments: { x: {} } });
  }
});

test('only the portal and administrators write', () => {
  for (const [authority, doc] of [
    [accountsAuthority, account],
    [fleetAuthority, event],
    [sessionsAuthority, session],
    [auditAuthority, entry],
    [paillassonAuthority, pairing],
  ] as const) {
    allowed(authority, doc);
    allowed(authority, doc, { as: admin });
    for (const as of [booth, nobody]) forbidden(authority, /only the portal/, doc, { as });
  }
});

test('the audit trail is only added to', () => {
  allowed(auditAuthority, { ...entry, _revisions: { start: 1, ids: ['aa'] } });
  forbidden(auditAuthority, /only added to/, entry, { old: entry });
  forbidden(auditAuthority, /only added to/, { _id: entry._id, _deleted: true }, { old: entry });
  forbidden(auditAuthority, /only added to/, { ...entry, _revisions: { start: 2, ids: ['bb', 'aa'] } });
  allowed(auditAuthority, { _id: entry._id, _deleted: true }, { old: entry, as: admin });
});

test('a session that ended stays ended', () => {
  const ended = { ...session, data: null };
  allowed(sessionsAuthority, ended, { old: session });
  allowed(sessionsAuthority, ended, { old: ended });
  allowed(sessionsAuthority, { _id: session._id, _deleted: true }, { old: ended });
  forbidden(sessionsAuthority, /has ended/, session, { old: ended });
});
