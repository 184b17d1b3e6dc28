import { test } from 'node:test';
import authority from '../booth/authority.js';
import bareStructure from '../booth/structure.js';
import type { Candidate } from '../couch-js.ts';
import { MOST_UNWANTED } from '../docs.ts';
import {
  admin,
  allowed,
  BOOTH,
  booth,
  demandsExactly,
  EVENT,
  forbidden,
  nobody,
  OTHER_BOOTH,
  withFields,
} from './rules.ts';

const structure = withFields(bareStructure);
const OTHER_EVENT = '12'.repeat(12);

const settings: Candidate = {
  _id: 'settings',
  type: 'settings',
  event: { id: EVENT, title: 'Mariage de Léa' },
  language: 'fr',
  countdownS: 3,
};
const chosen = {
  languages: ['fr', 'en'],
  templates: ['full-bleed', 'gold'],
  modes: ['single', 'boomerang'],
  keepShots: true,
  recentPhotos: false,
  hotspotPhotos: true,
  voice: false,
  volume: 0,
  mirror: false,
  idle: 'calm',
  sendBetween: { from: '22:00', to: '07:30' },
  filters: ['none', 'sepia'],
  greenScreen: `md5-${'A'.repeat(22)}==`,
  pin: '012345',
  dpi: 600,
  eventChoices: [{ id: OTHER_EVENT, title: 'Anniversaire', accent: '#b3261e' }],
};
const template: Candidate = {
  _id: 'template:gold',
  type: 'template',
  name: 'gold',
  version: 1,
  layout: { name: 'gold', version: 1, slots: [] },
  _attachments: { 'frame.png': { content_type: 'image/png', length: 9 } },
};
const status: Candidate = {
  _id: 'status',
  type: 'status',
  at: '2026-07-14T13:30:12.042Z',
  version: '0.1.0',
  photos: { onBooth: 3, uploading: 1, inCloud: 20 },
  waiting: { [EVENT]: 3 },
  disk: { freeBytes: 1e12, reserveBytes: 1e9 },
  lastSync: { at: '2026-07-14T13:30:12.042Z', outcome: 'failed', problem: 'offline', detail: 'ENETUNREACH' },
  upload: { bytesLeft: 5_000_000, bytesPerSecond: 250_000 },
  allSentAt: '2026-07-14T12:00:00.000Z',
  refused: [{ id: 'photo:x', reason: 'no' }],
  extrasWaiting: 4,
  brokenTemplates: [{ name: 'gold', version: 2, reason: 'frame.png is missing' }],
  templates: [{ name: 'silver', version: 3 }],
  settings: {
    rev: `4-${'a'.repeat(32)}`,
    at: '2026-07-14T12:00:00.000Z',
    refused: [{ name: 'templates', reason: 'there is no template gold' }],
  },
  owes: [EVENT],
  choseEvent: OTHER_EVENT,
  camera: { problem: 'missing', since: '2026-07-14T12:00:00.000Z' },
  publicKey: 'A'.repeat(43),
  newKey: { rotation: 'r'.repeat(22), proof: 'p'.repeat(43) },
  event: EVENT,
};
const key: Candidate = { _id: 'key', type: 'key', rotation: 'r'.repeat(22), sealed: 's'.repeat(100) };

test("a booth's database holds settings, templates and its status", () => {
  demandsExactly(structure, settings);
  demandsExactly(structure, template);
  demandsExactly(structure, status, [
    ...[
      'lastSync',
      'upload',
      'allSentAt',
      'extrasWaiting',
      'brokenTemplates',
      'templates',
      'settings',
      'owes',
      'choseEvent',
      'camera',
      'publicKey',
      'newKey',
      'event',
    ],
  ]);
  forbidden(structure, /not an id/, { ...settings, _id: 'other' });
  forbidden(structure, /not an id/, { ...settings, _id: 'template:../x' });
  forbidden(structure, /event.id is malformed/, { ...settings, event: { id: '../x', title: 'x' } });
  forbidden(structure, /countdownS/, { ...settings, countdownS: 31 });
  forbidden(structure, /language/, { ...settings, language: 'de' });
  forbidden(structure, /waiting/, { ...status, waiting: { party: 1 } });
  forbidden(structure, /waiting/, { ...status, waiting: { [EVENT]: -1 } });
  forbidden(structure, /refused/, { ...status, refused: Array(21).fill({ id: 'a', reason: 'b' }) });
  forbidden(structure, /settings.rev/, { ...status, settings: { rev: 'x', at: status.at } });
  forbidden(structure, /camera.problem/, {
    ...status,
    camera: { ...(status.camera as object), problem: '<b>' },
  });
  forbidden(structure, /camera.since/, { ...status, camera: { problem: 'lost', since: 'x' } });
  forbidden(structure, /templates/, { ...status, templates: [{ name: 'silver', version: 0 }] });
  forbidden(structure, /owes/, { ...status, owes: ['party'] });
  forbidden(structure, /no attachments/, { ...status, _attachments: { x: {} } });
  const logo = { content_type: 'image/webp', length: 9 };
  const backdrop = { content_type: 'image/jpeg', length: 8 * 1024 * 1024 };
  allowed(structure, { ...settings, _attachments: { 'logo.webp': logo } });
  allowed(structure, { ...settings, _attachments: { 'logo.webp': logo, 'backdrop.jpg': backdrop } });
  for (const attachments of [
    { 'logo.svg': logo },
    { 'logo.webp': { content_type: 'image/svg+xml' } },
    { 'logo.webp': backdrop },
    { 'logo.webp': { ...logo, length: 512 * 1024 + 1 } },
    { 'backdrop.jpg': logo },
    { 'logo.webp': logo, 'backdrop.png': backdrop },
    { 'backdrop.jpg': { ...backdrop, length: backdrop.length + 1 } },
  ]) {
    forbidden(structure, /no attachment here|too large/, { ...settings, _attachments: attachments });
  }
});

test('settings say more when the customer has chosen, and each choice is a known one', () => {
  demandsExactly(structure, { ...settings, ...chosen }, Object.keys(chosen));
  allowed(structure, { ...settings, event: { id: EVENT, title: 'x', accent: '#b3261e' } });
  for (const [field, value] of [
    ['event', { id: EVENT, title: 'x', accent: 'red' }],
    ['languages', []],
    ['languages', ['fr', 'fr']],
    ['languages', ['de']],
    ['templates', ['../x']],
    ['templates', Array.from({ length: 21 }, (_, i) => `t${i}`)],
    ['keepShots', 1],
    ['filters', ['url(x)']],
    ['greenScreen', true],
    ['greenScreen', 'backdrop.jpg'],
    ['volume', 101],
    ['modes', ['film']],
    ['idle', 'dark'],
    ['sendBetween', { from: '24:00', to: '07:00' }],
    ['sendBetween', { from: '22:00' }],
    ['pin', '12345'],
    ['pin', 123456],
    ['dpi', 301],
  ] as const) {
    forbidden(structure, /malformed|not an object|missing/, { ...settings, [field]: value });
  }
});

test('a template has a layout of its own name and version, and pictures that are no programs', () => {
  const picture = (attachment: object) => ({ ...template, _attachments: { 'frame.png': attachment } });
  allowed(structure, picture({ content_type: 'image/webp', length: 8 * 1024 * 1024 }));
  forbidden(structure, /not PNG, JPEG or WebP/, picture({ content_type: 'image/svg+xml' }));
  forbidden(structure, /too large/, picture({ content_type: 'image/png', length: 8 * 1024 * 1024 + 1 }));
  forbidden(structure, /layout is malformed/, { ...template, layout: { name: 'silver', version: 1 } });
  forbidden(structure, /layout is malformed/, { ...template, layout: { name: 'gold', version: 2 } });
  forbidden(structure, /layout is malformed/, {
    ...template,
    layout: { name: 'gold', version: 1, more: 'x'.repeat(64 * 1024) },
  });
  const many = Object.fromEntries(
    Array.from({ length: 21 }, (_, i) => [`${i}.png`, { content_type: 'image/png' }]),
  );
  forbidden(structure, /at most 20/, { ...template, _attachments: many });
});

const KEY = `20260714T133012.042Z:${BOOTH}:7`;
const deletion: Candidate = { _id: `deletion:${KEY}`, type: 'deletion', at: '2026-07-14T13:30:12.042Z' };
const receipt: Candidate = { ...deletion, _id: `receipt:${KEY}`, type: 'receipt' };

test('the portal says which photos were deleted, and the booth that they are gone, of its own only', () => {
  for (const doc of [deletion, receipt]) {
    demandsExactly(structure, doc);
    forbidden(structure, /type is malformed/, { ...doc, type: 'status' });
    forbidden(structure, /not an id/, { ...doc, _id: `${doc._id}:x` });
    forbidden(structure, /no attachments/, { ...doc, _attachments: { x: {} } });
  }
  allowed(authority, deletion);
  allowed(authority, { _id: deletion._id, _deleted: true }, { old: deletion });
  forbidden(authority, /status and receipts only/, deletion, { as: booth });
  allowed(authority, receipt, { as: booth });
  forbidden(authority, /deletes nothing/, { _id: receipt._id, _deleted: true }, { as: booth, old: receipt });
  const other = { ...receipt, _id: receipt._id.replace(BOOTH, OTHER_BOOTH) };
  forbidden(authority, /status and receipts only/, other, { as: booth });
  forbidden(authority, /deletions only/, receipt);
});

test('the portal says which photos guests deleted before they were sent, five hundred at most', () => {
  const unwanted: Candidate = { _id: 'unwanted', type: 'unwanted', photos: [7, 9] };
  demandsExactly(structure, unwanted);
  allowed(structure, { ...unwanted, photos: [] });
  allowed(structure, { ...unwanted, photos: Array(MOST_UNWANTED).fill(7) });
  for (const photos of [[0], ['7'], Array(MOST_UNWANTED + 1).fill(7)])
    forbidden(structure, /photos/, { ...unwanted, photos });
  allowed(authority, unwanted);
  forbidden(authority, /status and receipts only/, unwanted, { as: booth });
});

test('a new key comes sealed, from the portal, which takes it away again', () => {
  demandsExactly(structure, key);
  forbidden(structure, /sealed/, { ...key, sealed: 'k'.repeat(43) });
  forbidden(structure, /newKey.proof/, { ...status, newKey: { rotation: 'r'.repeat(22), proof: 'x' } });
  allowed(authority, key);
  allowed(authority, { _id: 'key', _deleted: true }, { old: key });
  forbidden(authority, /status and receipts only/, key, { as: booth });
});

test('a booth writes its status, and nothing else', () => {
  allowed(authority, status, { as: booth });
  allowed(authority, status, { as: booth, old: status });
  for (const doc of [settings, template, { _id: '_design/x' }]) {
    forbidden(authority, /status and receipts only/, doc, { as: booth });
  }
  forbidden(authority, /deletes nothing/, { _id: 'status', _deleted: true }, { as: booth, old: status });
});

test('the portal writes settings and templates, and never the status', () => {
  allowed(authority, settings);
  allowed(authority, template);
  allowed(authority, { _id: template._id, _deleted: true }, { old: template });
  forbidden(authority, /not deleted/, { _id: 'settings', _deleted: true }, { old: settings });
  forbidden(authority, /settings, a key, templates and deletions only/, status);
  forbidden(authority, /settings, a key, templates and deletions only/, { _id: 'status', _deleted: true });
  forbidden(authority, /only the booth and the portal/, settings, { as: nobody });
  allowed(authority, status, { as: admin });
});
