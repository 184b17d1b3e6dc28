import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';
import { boothDesign, type DesignDoc, eventDesign, systemDesign } from '../assemble.ts';
import type { Validator } from '../couch-js.ts';
import eventStructure from '../event/structure.js';
import { withFields } from './rules.ts';

const structure = withFields(eventStructure);

const all: DesignDoc[] = [...eventDesign(), ...boothDesign(), ...Object.values(systemDesign()).flat()];
const shipped = all.flatMap((doc) => [
  doc.validate_doc_update,
  ...Object.values(doc.views ?? {}).map((view) => view.map),
]);

test("what is shipped is the files' own text, all of them", () => {
  const folder = new URL('../', import.meta.url);
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['node_modules', 'test', 'look'].includes(entry.name))
    .flatMap((entry) => readdirSync(new URL(`${entry.name}/`, folder)).map((file) => `${entry.name}/${file}`))
    .filter((path) => path.endsWith('.js'));
  const texts = files.map((file) => readFileSync(new URL(file, folder), 'utf8'));
  assert.equal(shipped.length, files.length);
  const toolkit = readFileSync(new URL('fields.js', folder), 'utf8');
  for (const source of shipped) {
    assert.match(source, /^\(function .*\)$/s);
    // A structure validator is its own text and that of its toolkit in one function.
    const [, structureText, fieldsText] =
      /^\(function \(newDoc\) \{\n\((function \w+.*)\)\(newDoc, \((function fields.*)\)\(\)\);\n\}\)$/s.exec(
        source,
      ) ?? [];
    if (fieldsText !== undefined) assert.ok(toolkit.includes(fieldsText), 'not the text of fields.js');
    const own = structureText ?? source.slice(1, -1);
    assert.ok(
      texts.some((text) => text.includes(own)),
      `not the text of a file:\n${own.slice(0, 200)}`,
    );
  }
});

test('every shipped function stands alone: it parses and knows nothing but the language', () => {
  for (const source of shipped) {
    const run = vm.runInNewContext(source) as (...args: unknown[]) => void;
    assert.equal(typeof run, 'function');
  }
});

test('a shipped validator judges as the function here does', () => {
  const source = eventDesign()[0]?.validate_doc_update ?? '';
  const shippedStructure = vm.runInNewContext(source) as Validator;
  const verdict = (judge: Validator, doc: object): unknown => {
    try {
      judge(structuredClone(doc) as Parameters<Validator>[0], null, { db: 'event', name: null, roles: [] });
      return 'allowed';
    } catch (thrown) {
      return { ...(thrown as object) };
    }
  };
  const docs = [
    { _id: 'note' },
    { _id: '_design/x' },
    { _id: 'x', _deleted: true },
    {
      _id: `preview:20260714T133012.042Z:${'ab'.repeat(12)}:7`,
      type: 'preview',
      booth: 'ab'.repeat(12),
      n: 7,
    },
  ];
  for (const doc of docs) {
    assert.deepEqual(verdict(shippedStructure, doc), verdict(structure, doc));
  }
  assert.deepEqual(verdict(structure, { _id: 'note' }), { forbidden: 'not an id of this database' });
});

test('views emit the keys that readers count on', () => {
  const rowsOf = (doc: DesignDoc | undefined, view: string, candidate: object): unknown[] => {
    const rows: unknown[] = [];
    const map = vm.runInNewContext(doc?.views?.[view]?.map ?? '', {
      emit: (key: unknown) => rows.push(JSON.parse(JSON.stringify(key))),
    }) as (doc: object) => void;
    map(candidate);
    return rows;
  };
  const [event] = eventDesign();
  const { fleet, accounts, sessions } = systemDesign();
  const photo = { type: 'photo', booth: 'b', n: 3 };
  assert.deepEqual(rowsOf(event, 'photos', photo), [['b', 3]]);
  assert.deepEqual(rowsOf(event, 'previews', { ...photo, _id: 'photo:1:b:3:0a' }), []);
  const key = `20260714T133012.042Z:${'ab'.repeat(12)}:3`;
  for (const type of ['preview', 'removal']) {
    assert.deepEqual(rowsOf(event, 'previews', { _id: `${type}:${key}`, type }), [['ab'.repeat(12), 3]]);
  }
  const mark = { _id: `mark:${key}`, type: 'mark', favourite: true };
  assert.deepEqual(rowsOf(event, 'bin', mark), []);
  assert.deepEqual(rowsOf(event, 'bin', { ...mark, deleted: { until: 'u' } }), ['u']);
  assert.deepEqual(rowsOf(event, 'moves', mark), []);
  const moved = { ...mark, moving: { to: 'e', at: 't' }, from: { event: 'f', at: 's' } };
  assert.deepEqual(rowsOf(event, 'moves', moved), [
    ['leaves', 't', mark._id],
    ['came', 'f', 's', mark._id],
  ]);
  assert.deepEqual(rowsOf(event, 'moves', { ...moved, type: 'photo' }), []);
  const made = { ...photo, _id: `photo:${key}:0a`, made: { template: 'strip' } };
  assert.deepEqual(rowsOf(event, 'layouts', photo), []);
  assert.deepEqual(rowsOf(event, 'layouts', made), [['strip', '20260714T133012.042Z', 'b', 3]]);
  assert.deepEqual(rowsOf(fleet[0], 'by_owner', { type: 'event', owner: 'o', event: 'e' }), [
    ['o', 'event', 'e'],
  ]);
  assert.deepEqual(rowsOf(fleet[0], 'by_owner', { type: 'booth', owner: 'o', booth: 'b', event: 'e' }), [
    ['o', 'booth', 'b'],
  ]);
  const party = { type: 'event', owner: 'o', event: 'e', createdAt: '2026-07-01T10:00:00.000Z' };
  assert.deepEqual(rowsOf(fleet[0], 'by_day', party), [['o', '2026-07-01', 'e']]);
  const days = { from: '2026-07-14', to: '2026-07-15' };
  assert.deepEqual(rowsOf(fleet[0], 'by_day', { ...party, days }), [['o', '2026-07-14', 'e']]);
  assert.deepEqual(rowsOf(fleet[0], 'by_day', { ...party, days, erasing: '2026-08-01' }), []);
  assert.deepEqual(rowsOf(accounts[0], 'invitations', { type: 'account', invitation: { tokenHash: 't' } }), [
    't',
  ]);
  assert.deepEqual(rowsOf(accounts[0], 'invitations', { type: 'account' }), []);
  const operator = { type: 'account', account: 'a', role: 'operator', name: 'n' };
  assert.deepEqual(rowsOf(accounts[0], 'by_role', operator), [['operator', 'n', 'a']]);
  assert.deepEqual(rowsOf(sessions[0], 'by_account', { type: 'session', account: 'a' }), ['a']);
  assert.deepEqual(rowsOf(sessions[0], 'by_account', { type: 'session', account: null }), []);
  assert.deepEqual(rowsOf(sessions[0], 'by_expiry', { type: 'session', expiresAt: 't' }), ['t']);
});
