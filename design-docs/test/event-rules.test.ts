import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Candidate } from '../couch-js.ts';
import { digestOf, extraId, MOST_SHOTS, markId, photoId, previewId, removalId } from '../docs.ts';
import authority from '../event/authority.js';
import bareStructure from '../event/structure.js';
import {
  admin,
  allowed,
  BOOTH,
  booth,
  demandsExactly,
  forbidden,
  nobody,
  OTHER_BOOTH,
  portal,
  withFields,
} from './rules.ts';

const structure = withFields(bareStructure);

const md5 = createHash('md5').update('a picture').digest('hex');
const key = { time: '20260714T133012.042Z', booth: BOOTH, n: 7 };
const picture = {
  booth: BOOTH,
  n: 7,
  name: '14Jul2026_153012.jpg',
  takenAt: '2026-07-14T15:30:12.042+02:00',
  width: 1800,
  height: 1200,
};
const jpeg = { content_type: 'image/jpeg', digest: digestOf(md5), length: 9 };
const photo: Candidate = {
  _id: photoId(key, md5),
  type: 'photo',
  ...picture,
  bytes: 9,
  event: 'e'.repeat(24),
  clock: { bootId: 'b1', monotonicMs: 12.5, trusted: true },
  _attachments: { 'photo.jpg': jpeg },
};
const preview: Candidate = {
  _id: previewId(key),
  type: 'preview',
  ...picture,
  photo: photoId(key, md5),
  _attachments: { 'thumbnail.jpg': jpeg, 'screen.jpg': jpeg },
};
const { name: _name, takenAt: _takenAt, ...itsPhoto } = { ...picture, photo: photoId(key, md5) };
const shot: Candidate = {
  _id: extraId('shot', key, md5),
  type: 'shot',
  ...itsPhoto,
  event: 'e'.repeat(24),
  shots: [0, 2],
  bytes: 9,
  _attachments: { 'shot.jpg': jpeg },
};
const clip: Candidate = {
  _id: extraId('clip', key, md5),
  type: 'clip',
  ...itsPhoto,
  event: 'e'.repeat(24),
  format: 'mp4',
  bytes: 9,
  _attachments: { 'clip.mp4': { ...jpeg, content_type: 'video/mp4' } },
};
const act = { at: '2026-07-15T08:00:00.000Z', by: 'a1b2' };
const mark: Candidate = {
  _id: markId(key),
  type: 'mark',
  favourite: true,
  hidden: act,
  deleted: { ...act, until: '2026-07-22T08:00:00.000Z' },
};
const removal: Candidate = { _id: removalId(key), type: 'removal', ...act };
const first = { _revisions: { start: 1, ids: ['aa'] } };

test('an event holds photos, previews, shots and clips, every field as it shall be', () => {
  demandsExactly(structure, photo, ['event']);
  demandsExactly(structure, preview);
  demandsExactly(structure, shot, ['event']);
  demandsExactly(structure, clip, ['event']);
  const made = { template: 'classic-strip', version: 2, language: 'fr' };
  allowed(structure, { ...photo, made });
  allowed(structure, { ...photo, made: { ...made, filter: 'sepia' } });
  forbidden(structure, /made.template is malformed/, { ...photo, made: { ...made, template: '../x' } });
  forbidden(structure, /made.more is unknown/, { ...photo, made: { ...made, more: 1 } });
  allowed(structure, { ...photo, name: '14Jul2026_153012-2.jpg' });
  for (const [field, value] of [
    ['n', 8],
    ['booth', OTHER_BOOTH],
    ['type', 'preview'],
  ] as const) {
    forbidden(structure, /of the id/, { ...photo, [field]: value });
  }
  forbidden(structure, /name is malformed/, { ...photo, name: '../x.jpg' });
  forbidden(structure, /clock.trusted is missing/, { ...photo, clock: { bootId: 'b', monotonicMs: 1 } });
  forbidden(structure, /clock.x is unknown/, {
    ...photo,
    clock: { bootId: 'b', monotonicMs: 1, trusted: false, x: 1 },
  });
});

test('a mark says what the customer wants of a photo, a removal what became of it', () => {
  demandsExactly(structure, mark, ['favourite', 'hidden', 'deleted']);
  demandsExactly(structure, removal);
  allowed(structure, { _id: mark._id, type: 'mark' });
  forbidden(structure, /favourite is malformed/, { ...mark, favourite: false });
  forbidden(structure, /hidden.by is missing/, { ...mark, hidden: { at: act.at } });
  forbidden(structure, /deleted.until is missing/, { ...mark, deleted: act });
  forbidden(structure, /type is malformed/, { ...mark, type: 'removal' });
  for (const one of [mark, removal])
    forbidden(structure, /no attachments/, { ...one, _attachments: { 'x.jpg': jpeg } });
});

test('ids of an event say what they name, and nothing else is an id', () => {
  for (const _id of [
    'note',
    `photo:${key.time}:${BOOTH}:7`,
    `${previewId(key)}:${md5}`,
    `photo:${key.time}:${BOOTH}:0:${md5}`,
    `photo:${key.time}:${BOOTH}:7:${md5.toUpperCase()}x`,
    `photo:2026:${BOOTH}:7:${md5}`,
    `shot:${key.time}:${BOOTH}:7`,
    `clips:${key.time}:${BOOTH}:7:${md5}`,
    `${markId(key)}:${md5}`,
    `mark:${BOOTH}:7`,
  ]) {
    forbidden(structure, /not an id of this database/, { ...photo, _id });
  }
});

test('the digest of photos, shots and clips is the one their id names, for any content', () => {
  for (let i = 0; i < 200; i++) {
    const hex = createHash('md5').update(String(i)).digest('hex');
    for (const one of [photo, shot, clip]) {
      const [[name, attachment] = ['', {}]] = Object.entries(one._attachments ?? {});
      const _attachments = { [name]: { ...attachment, digest: digestOf(hex) } };
      const doc = { ...one, _id: one._id.replace(md5, hex), _attachments };
      allowed(structure, doc);
      forbidden(structure, /not that of the id/, { ...doc, _id: one._id });
    }
  }
});

test('a shot is a JPEG, a clip what its format says, each within its size', () => {
  const everyFrame = Array.from({ length: MOST_SHOTS }, (_, i) => i);
  allowed(structure, { ...shot, shots: everyFrame });
  for (const shots of [[], [MOST_SHOTS], [1, 0], [0, 0], [...everyFrame, MOST_SHOTS - 1], 0]) {
    forbidden(structure, /shots is malformed/, { ...shot, shots });
  }
  const webp = { 'clip.webp': { ...jpeg, content_type: 'image/webp' } };
  allowed(structure, { ...clip, format: 'webp', _attachments: webp });
  forbidden(structure, /exactly clip.mp4/, { ...clip, _attachments: webp });
  forbidden(structure, /not video\/mp4/, { ...clip, _attachments: { 'clip.mp4': jpeg } });
  forbidden(structure, /format is malformed/, { ...clip, format: 'svg' });
  forbidden(structure, /not image\/jpeg/, {
    ...shot,
    _attachments: { 'shot.jpg': { ...jpeg, content_type: 'image/png' } },
  });
  const long = { ...jpeg, content_type: 'video/mp4', length: 33 * 1024 * 1024 };
  forbidden(structure, /too large/, { ...clip, _attachments: { 'clip.mp4': long } });
  forbidden(structure, /bytes is malformed/, { ...clip, bytes: 33 * 1024 * 1024 });
  forbidden(structure, /bytes is malformed/, { ...shot, bytes: 65 * 1024 * 1024 });
  const { digest: _, ...inline } = jpeg;
  forbidden(structure, /no digest/, { ...shot, _attachments: { 'shot.jpg': inline } });
});

test('attachments are exactly the pictures, as JPEG and with their digest', () => {
  const withPhoto = (attachment: object) => ({
    ...photo,
    _attachments: { 'photo.jpg': { ...jpeg, ...attachment } },
  });
  const { digest: _, ...inline } = jpeg;
  forbidden(structure, /multipart\/related.*no digest/, { ...photo, _attachments: { 'photo.jpg': inline } });
  forbidden(structure, /no digest/, {
    ...preview,
    _attachments: { 'thumbnail.jpg': inline, 'screen.jpg': jpeg },
  });
  forbidden(structure, /not image\/jpeg/, withPhoto({ content_type: 'image/svg+xml' }));
  forbidden(structure, /bytes is not the length/, withPhoto({ length: 10 }));
  forbidden(structure, /too large/, withPhoto({ length: 65 * 1024 * 1024 }));
  forbidden(structure, /exactly photo.jpg/, { ...photo, _attachments: {} });
  forbidden(structure, /exactly photo.jpg/, {
    ...photo,
    _attachments: { 'photo.jpg': jpeg, 'x.html': jpeg },
  });
  forbidden(structure, /exactly screen.jpg and/, { ...preview, _attachments: { 'screen.jpg': jpeg } });
});

test('previews, shots and clips belong to the photo of their own key', () => {
  for (const one of [preview, shot, clip]) {
    for (const n of [8, 77]) {
      forbidden(structure, /photo of the same/, { ...one, photo: photoId({ ...key, n }, md5) });
    }
    forbidden(structure, /photo of the same/, { ...one, photo: previewId(key) });
    const ofAnotherContent = photoId(key, createHash('md5').update('another').digest('hex'));
    allowed(structure, { ...one, photo: ofAnotherContent });
  }
});

test('a booth adds photos of its own to its event', () => {
  for (const doc of [photo, preview, shot, clip]) {
    allowed(authority, { ...doc, ...first }, { as: booth });
    allowed(authority, doc, { as: booth });
    forbidden(authority, /of its own/, doc, { as: { ...booth, name: `booth-${OTHER_BOOTH}` } });
  }
  forbidden(authority, /of its own/, { _id: '_design/x' }, { as: booth });
  forbidden(authority, /of its own/, { _id: `x-photo:t:${BOOTH}:1` }, { as: booth });
});

test('a booth neither changes, replaces nor deletes', () => {
  for (const doc of [photo, shot, clip]) {
    forbidden(authority, /never changed/, doc, { as: booth, old: doc });
    const replaced = { ...doc, _revisions: { start: 2, ids: ['bb', 'aa'] } };
    forbidden(authority, /first revision/, replaced, { as: booth });
    forbidden(authority, /first revision/, { ...doc, _revisions: { start: 0, ids: [] } }, { as: booth });
    forbidden(authority, /deletes nothing/, { _id: doc._id, _deleted: true }, { as: booth, old: doc });
  }
});

test('the portal marks photos and deletes them, and neither adds nor changes one', () => {
  for (const as of [portal, admin]) {
    allowed(authority, mark, { as });
    allowed(authority, mark, { as, old: mark });
    allowed(authority, { _id: mark._id, _deleted: true }, { as, old: mark });
    allowed(authority, removal, { as });
    for (const old of [photo, preview, shot, clip])
      allowed(authority, { _id: old._id, _deleted: true }, { as, old });
  }
  for (const doc of [photo, preview, shot, clip]) {
    forbidden(authority, /only booths/, doc, { as: portal });
    forbidden(authority, /only booths/, doc, { as: portal, old: doc });
  }
  forbidden(authority, /removal stays/, removal, { as: portal, old: removal });
  forbidden(authority, /removal stays/, { _id: removal._id, _deleted: true }, { as: portal, old: removal });
});

test('nobody else marks, and nobody else at all', () => {
  for (const doc of [mark, removal]) {
    forbidden(authority, /of its own/, { ...doc, ...first }, { as: booth });
    forbidden(authority, /only booths/, doc, { as: nobody });
  }
  forbidden(authority, /only booths/, photo, { as: nobody });
});
