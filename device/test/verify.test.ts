import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSame } from '../sync/verify.ts';

const attachment = { digest: 'md5-aaaaaaaaaaaaaaaaaaaaaa==', length: 100 };
const doc = { id: 'photo:1', rev: '1-aa', verified: false, attachments: { 'photo.jpg': attachment } };
const row = (value: object, there: object = { 'photo.jpg': { ...attachment, stub: true } }) => ({
  ...{ key: 'photo:1', value: { rev: '1-aa', ...value }, doc: { _attachments: there as never } },
});

test('the server has a document when digests and lengths are the same, whatever the revision', () => {
  assert.equal(isSame(doc, row({})), true);
  assert.equal(isSame(doc, row({ rev: '1-bb' })), true, 'moved to another event, and back');
});

test('anything else is not the document', () => {
  const cases: [string, Parameters<typeof isSame>[1]][] = [
    ['no answer', undefined],
    ['not found', { key: 'photo:1' }],
    ['deleted', row({ deleted: true })],
    ['no attachment', row({}, {})],
    ['another digest', row({}, { 'photo.jpg': { ...attachment, digest: 'md5-b' } })],
    ['another length', row({}, { 'photo.jpg': { ...attachment, length: 99 } })],
    ['another name', row({}, { 'x.jpg': attachment })],
    ['no body', { key: 'photo:1', value: { rev: '1-aa' }, doc: null }],
  ];
  for (const [what, there] of cases) assert.equal(isSame(doc, there), false, what);
});
