import { test } from 'node:test';
import authority from '../booth/authority.js';
import bareStructure from '../booth/structure.js';
import type { Candidate } from '../couch-js.ts';
import { admin, allowed, booth, demandsExactly, EVENT, forbidden, nobody, withFields } from './rules.ts';

const structure = withFields(bareStructure);

const settings: Candidate = {
  _id: 'settings',
  type: 'settings',
  event: { id: EVENT, title: 'Mariage de Léa' },
  language: 'fr',
  countdownS: 3,
};
const template: Candidate = {
  _id: 'template:gold',
  type: 'template',
  name: 'gold',
  version: 1,
  _attachments: { 'frame.png': { content_type: 'image/png' } },
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
};

test("a booth's database holds settings, templates and its status", () => {
  demandsExactly(structure, settings);
  demandsExactly(structure, template);
  demandsExactly(structure, status, ['lastSync', 'upload', 'allSentAt']);
  forbidden(structure, /not an id/, { ...settings, _id: 'other' });
  forbidden(structure, /not an id/, { ...settings, _id: 'template:../x' });
  forbidden(structure, /event.id is malformed/, { ...settings, event: { id: '../x', title: 'x' } });
  forbidden(structure, /countdownS/, { ...settings, countdownS: 61 });
  forbidden(structure, /language/, { ...settings, language: 'de' });
  forbidden(structure, /waiting/, { ...status, waiting: { party: 1 } });
  forbidden(structure, /waiting/, { ...status, waiting: { [EVENT]: -1 } });
  forbidden(structure, /refused/, { ...status, refused: Array(21).fill({ id: 'a', reason: 'b' }) });
  forbidden(structure, /only templates/, { ...status, _attachments: { x: {} } });
});

test('a booth writes its status, and nothing else', () => {
  allowed(authority, status, { as: booth });
  allowed(authority, status, { as: booth, old: status });
  for (const doc of [settings, template, { _id: '_design/x' }]) {
    forbidden(authority, /status only/, doc, { as: booth });
  }
  forbidden(authority, /deletes nothing/, { _id: 'status', _deleted: true }, { as: booth, old: status });
});

test('the portal writes settings and templates, and never the status', () => {
  allowed(authority, settings);
  allowed(authority, template);
  allowed(authority, { _id: template._id, _deleted: true }, { old: template });
  forbidden(authority, /not deleted/, { _id: 'settings', _deleted: true }, { old: settings });
  forbidden(authority, /settings and templates only/, status);
  forbidden(authority, /settings and templates only/, { _id: 'status', _deleted: true });
  forbidden(authority, /only the booth and the portal/, settings, { as: nobody });
  allowed(authority, status, { as: admin });
});
