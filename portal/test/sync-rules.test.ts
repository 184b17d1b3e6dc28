import assert from 'node:assert/strict';
import test from 'node:test';
import { decideSync, previewIn } from '../sync/rules.ts';

const BOOTH = '0123456789abcdef01234567';
const EVENT = 'aaaaaaaaaaaaaaaaaaaaaaaa';
const e = `/event-${EVENT}`;
const b = `/booth-${BOOTH}`;
const decide = (line: string) => {
  const [method = '', url = ''] = line.split(' ');
  return decideSync({ method, url, booth: BOOTH });
};

const ALLOWED = [
  'GET /',
  `GET ${e}`,
  `GET ${e}/`,
  `HEAD ${e}`,
  `POST ${e}/_revs_diff`,
  `GET ${e}/_local/aBc.d_e==`,
  `GET ${e}/_local/aBc.d_e%3D%3D`,
  `PUT ${e}/_local/aBc.d_e%3D%3D`,
  `PUT ${e}/photo%3A20260714T133012.042Z%3A${BOOTH}%3A1%3A00?new_edits=false`,
  `PUT ${e}/preview:20260714T133012.042Z:${BOOTH}:1?new_edits=false`,
  `POST ${e}/_bulk_docs`,
  `POST ${e}/_all_docs`,
  `POST ${e}/_all_docs?include_docs=true`,
  `GET ${b}/`,
  `POST ${b}/_revs_diff`,
  `GET ${b}/_local/abc`,
  `PUT ${b}/_local/abc`,
  `GET ${b}/_changes?style=all_docs&limit=100&since=0&seq_interval=100&heartbeat=10000`,
  `GET ${b}/_changes?feed=longpoll&timeout=50000&since=12-g1AAAACTeJzLYWBg_-`,
  `POST ${b}/_bulk_get?revs=true&attachments=true&latest=true`,
  `GET ${b}/settings?rev=1-abc&revs=true&open_revs=%5B%221-abc%22%5D`,
  `GET ${b}/template%3Aclassic?attachments=true`,
  `GET ${b}/template%3Aclassic/frame.png`,
  `GET ${b}/template%3Aclassic/frame.png?rev=2-abc`,
  `PUT ${b}/status`,
  `PUT ${b}/status?new_edits=false`,
  `POST ${b}/_bulk_docs`,
];

const FORBIDDEN = [
  // Reading photo bytes back, in every way there is.
  `GET ${e}/photo:1`,
  `HEAD ${e}/photo:1`,
  `GET ${e}/photo:1/photo.jpg`,
  `GET ${e}/photo:1%2Fphoto.jpg`,
  `GET ${e}/photo:1/photo.jpg?rev=1-a`,
  `HEAD ${e}/photo:1/photo.jpg`,
  `GET ${e}/preview:1/screen.jpg`,
  `GET ${e}/photo:1?attachments=true`,
  `GET ${e}/_all_docs?include_docs=true&attachments=true`,
  `POST ${e}/_all_docs?include_docs=true&attachments=true`,
  `POST ${e}/_all_docs?attachments=true`,
  `POST ${e}/_all_docs/queries`,
  `GET ${e}/_all_docs`,
  `GET ${e}/_changes`,
  `GET ${e}/_changes?include_docs=true&attachments=true`,
  `POST ${e}/_changes`,
  `POST ${e}/_bulk_get?attachments=true`,
  `POST ${e}/_find`,
  `GET ${e}/_local_docs`,
  `GET ${e}/_design/event/_view/photos?include_docs=true`,
  `GET ${e}/_design_docs`,
  // Writing what is not a new photo.
  `PUT ${e}/photo:1`,
  `PUT ${e}/photo:1?new_edits=true`,
  `PUT ${e}/photo:1?new_edits=false&new_edits=true`,
  `PUT ${e}/photo:1?new_edits=false&batch=ok`,
  `PUT ${e}/photo:1/photo.jpg?new_edits=false`,
  `DELETE ${e}/photo:1?rev=1-a`,
  `COPY ${e}/photo:1`,
  `PUT ${e}/_design/x?new_edits=false`,
  `PUT ${e}/_design%2Fx?new_edits=false`,
  `PUT ${e}/%5Fdesign/x?new_edits=false`,
  `PUT ${e}/%5fdesign%2fx?new_edits=false`,
  `PUT ${e}/_security`,
  `GET ${e}/_security`,
  `POST ${e}/_purge`,
  `POST ${e}/_compact`,
  `PUT ${e}/_revs_limit`,
  `PUT ${e}`,
  `DELETE ${e}`,
  `DELETE ${e}/_local/abc`,
  `PUT ${e}/_local/a%2Fb`,
  `GET ${e}/_local/`,
  `GET ${e}/_local`,
  // The booth's own database: replication only.
  `DELETE ${b}`,
  `PUT ${b}`,
  `DELETE ${b}/settings?rev=1-a`,
  `PUT ${b}/_design/booth`,
  `PUT ${b}/_design%2Fbooth`,
  `GET ${b}/_design%2Fbooth`,
  `GET ${b}/_design/booth`,
  `GET ${b}/_design%2Fbooth/x.js`,
  `GET ${b}/_local/abc/x`,
  `GET ${b}/template:classic/a/b`,
  `GET ${b}/template:classic/..`,
  `GET ${b}/template:classic/frame.png?rev=x`,
  `GET ${b}/template:classic/frame.png?open_revs=all`,
  `HEAD ${b}/template:classic/frame.png`,
  `PUT ${b}/template:classic/frame.png?rev=1-a`,
  `DELETE ${b}/template:classic/frame.png?rev=1-a`,
  `PUT ${b}/_security`,
  `GET ${b}/_changes?feed=continuous`,
  `GET ${b}/_changes?feed=eventsource`,
  `GET ${b}/_changes?filter=_view&view=a%2Fb`,
  `GET ${b}/_changes?include_docs=true&attachments=true`,
  `POST ${b}/_find`,
  `GET ${b}/settings?rev=1-a&rev=2-b`,
  `GET ${b}/settings?toString=x`,
  `GET ${b}/settings?__proto__=x`,
  // Not well formed.
  `GET ${b}/%zz`,
  `GET ${b}//settings`,
  `GET ${b}/../${EVENT}`,
  `GET ${b}/%2e%2e`,
  'PUT /',
  'POST /',
  'GET /?x=1',
  'HEAD /',
];

const NO_SUCH_DATABASE = [
  'GET /_users',
  'GET /_users/org.couchdb.user:portal',
  'GET /_all_dbs',
  'GET /_session',
  'POST /_session',
  'GET /_up',
  'GET /_node/_local/_config',
  'POST /_replicate',
  'GET /_replicator',
  'GET /_db_updates',
  'GET /accounts',
  'GET /fleet/_all_docs',
  'GET /sessions',
  'GET /paillasson',
  'GET /audit',
  'GET /booth-ffffffffffffffffffffffff',
  'GET /booth-ffffffffffffffffffffffff/settings',
  `GET /booth-${BOOTH.toUpperCase()}`,
  `GET /booth-${BOOTH}%2Fx`,
  'GET /event-zz',
  `GET /event-${EVENT}a`,
  `GET //event-${EVENT}`,
  'GET /..%2f_users',
];

for (const line of ALLOWED) {
  test(`allowed: ${line}`, () => assert.equal(decide(line).kind, 'forward'));
}
for (const line of FORBIDDEN) {
  test(`forbidden: ${line}`, () => {
    const decision = decide(line);
    assert.equal(decision.kind, 'forbidden');
    assert.match(decision.kind === 'forbidden' ? decision.reason : '', /\w+ \w+/);
  });
}
for (const line of NO_SUCH_DATABASE) {
  test(`no such database: ${line}`, () => assert.equal(decide(line).kind, 'no-such-database'));
}

test('the path that goes to CouchDB is put together again from its parts', () => {
  const decision = decide(`PUT ${e}/photo:1;%3Fx%23y?new_edits=false`);
  assert.equal(decision.kind === 'forward' && decision.path, `${e}/photo%3A1%3B%3Fx%23y?new_edits=false`);
  const encoded = decide(`PUT ${e}/photo:1?new_edits=fals%65`);
  assert.equal(encoded.kind === 'forward' && encoded.path, `${e}/photo%3A1?new_edits=false`);
});

test('of what may pass it is known whose small pictures come, to which event', () => {
  const key = { time: '20260714T133012.042Z', booth: BOOTH, n: 1 };
  const found = (line: string) => {
    const decision = decide(line);
    assert.equal(decision.kind, 'forward', line);
    return decision.kind === 'forward' && previewIn(line.split(' ')[0] ?? '', decision.path, BOOTH);
  };
  for (const colon of [':', '%3A', '%3a']) {
    const id = ['preview', key.time, BOOTH, '1'].join(colon);
    assert.deepEqual(found(`PUT ${e}/${id}?new_edits=false`), { event: EVENT, key }, colon);
  }
  for (const line of [
    `PUT ${e}/photo%3A${key.time}%3A${BOOTH}%3A1%3A00?new_edits=false`,
    `PUT ${e}/preview%3A${key.time}%3A${EVENT}%3A1?new_edits=false`,
    `PUT ${e}/preview%3A${key.time}%3A${BOOTH}%3A0?new_edits=false`,
    `PUT ${b}/status`,
    `GET ${e}`,
  ])
    assert.equal(found(line), undefined, line);
});
