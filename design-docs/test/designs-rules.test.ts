import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Candidate } from '../couch-js.ts';
import designsAuthority from '../designs/authority.js';
import designsStructure from '../designs/structure.js';
import { isDesignName } from '../docs.ts';
import { admin, allowed, BOOTH, booth, demandsExactly, forbidden, nobody, withFields } from './rules.ts';

const structure = withFields(designsStructure);
const at = '2026-07-14T13:30:12.042Z';
const name = 'fete-0a1b2c';
const layout = (version: number) => ({ name, version, title: { fr: 'Fête', en: 'Party' } });
const design: Candidate = {
  ...{ _id: `design:lea:${name}`, type: 'design', owner: 'lea', name, draft: layout(3), edition: 7 },
  changedAt: at,
  versions: [1, 2].map((version) => ({ version, at, layout: layout(version) })),
  everywhere: 1,
  trial: BOOTH,
};
const image = `${'0a'.repeat(16)}.webp`;
const attachment = { content_type: 'image/webp', length: 9 };
const picture: Candidate = {
  ...{ _id: `picture:lea:${image}`, type: 'picture', owner: 'lea', image, at },
  _attachments: { picture: attachment },
};

test('a customer’s templates and their pictures, every field as it shall be', () => {
  demandsExactly(structure, design, ['everywhere', 'trial']);
  demandsExactly(structure, picture);
  forbidden(structure, /not a type/, { ...design, type: 'settings' });
  forbidden(structure, /the id/, { ...design, _id: `design:noe:${name}` });
  forbidden(structure, /the id/, { ...picture, _id: `picture:noe:${image}` });
  forbidden(structure, /no attachments/, { ...design, _attachments: { picture: attachment } });
});

test('layouts are those of their template and version, versions only go up, and nothing is endless', () => {
  const versions = design.versions as object[];
  for (const draft of [
    { ...layout(3), name: 'other-0a1b2c' },
    layout(0),
    { ...layout(3), x: 'x'.repeat(65536) },
  ])
    forbidden(structure, /draft is malformed/, { ...design, draft });
  for (const list of [versions.toReversed(), [{ ...versions[0], version: 2 }], Array(22).fill(versions[0])])
    forbidden(structure, /versions is malformed|layout is malformed/, { ...design, versions: list });
  forbidden(structure, /unknown/, { ...design, versions: [{ ...versions[0], by: 'lea' }] });
});

test('a picture is one, is no program, and is not too large', () => {
  for (const attachments of [
    {},
    { picture: attachment, more: attachment },
    { picture: { ...attachment, content_type: 'image/svg+xml' } },
    { picture: { ...attachment, length: 8 * 1024 * 1024 + 1 } },
  ]) {
    forbidden(structure, /picture/, { ...picture, _attachments: attachments });
  }
});

test('only the portal writes designs', () => {
  allowed(designsAuthority, design);
  allowed(designsAuthority, design, { as: admin });
  for (const as of [booth, nobody]) forbidden(designsAuthority, /only the portal/, design, { as });
});

test('names of own templates can be told from those that every booth has', () => {
  assert.ok(isDesignName(name));
  for (const other of ['classic-strip', 'full-bleed', 'grid', 'A-0a1b2c', '-0a1b2', '../0a1b2c', 7])
    assert.equal(isDesignName(other), false, String(other));
});
