import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { AccountDoc, BoothDoc } from '@photomaton/design-docs/docs';
import type { PortalConfig } from '../config.ts';
import { openVisitor } from './browser.ts';
import { runProgram } from './processes.ts';
import { startStack } from './stack.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { couchEnv, testCouch } from './test-couch.ts';

type Place = Pick<PortalConfig, 'dataDir' | 'couch'>;

async function admin(t: TestContext, { dataDir, couch }: Place, args: string[], input = '') {
  const env = { DATA_DIR: dataDir, ...couchEnv(couch), LC_ALL: 'fr_FR.UTF-8' };
  const program = runProgram(t, { file: 'admin.ts', args, env, input });
  const code = await program.ended;
  return { code, out: program.out(), err: program.err() };
}

test('accounts without the web, while no portal runs and while one does', async (t) => {
  const place = { dataDir: await temporaryFolder(t), couch: await testCouch(t) };

  const created = await admin(t, place, ['create-operator', 'odile@example.com', 'Odile', '--random']);
  assert.deepEqual([created.code, created.err], [0, '']);
  const [, password = ''] = /^password: (\S+)$/m.exec(created.out) ?? [];
  assert.match(created.out, /^operator odile@example\.com created$/m);

  const { url, admin: couch, accounts } = await startStack(t, place);
  const visitor = openVisitor({ url });
  await visitor.login({ email: 'odile@example.com', password });
  assert.equal((await visitor.get('/account')).status, 200);

  const typed = await admin(t, place, ['create-customer', 'noe@example.com', 'Noé'], 'une phrase entière\n');
  assert.deepEqual([typed.code, typed.out], [0, 'customer noe@example.com created\n']);
  const noe = await accounts.login('noe@example.com', 'une phrase entière');
  assert.deepEqual([noe?.role, noe?.language], ['customer', 'fr']);

  const again = await admin(t, place, ['create-customer', 'Noe@example.com', 'Noé', '--random']);
  assert.deepEqual([again.code, again.err], [1, 'Noe@example.com already has an account\n']);

  const set = await admin(t, place, ['set-password', 'odile@example.com'], 'une autre phrase\n');
  assert.deepEqual([set.code, set.out], [0, 'password of odile@example.com set\n']);
  assert.equal((await visitor.get('/account')).status, 303, 'sessions from before are over');
  await visitor.login({ email: 'odile@example.com', password: 'une autre phrase' });

  const odile = await accounts.byEmail('odile@example.com');
  const factor = { secret: 'A'.repeat(96), lastStep: 0, recovery: [] };
  await couch.update<AccountDoc>(
    'accounts',
    `account:${odile?.id}`,
    (doc) => doc && { ...doc, secondFactor: factor },
  );
  const forgotten = await admin(t, place, ['forget-second-factor', 'odile@example.com']);
  assert.equal(forgotten.code, 0);
  assert.equal((await accounts.byEmail('odile@example.com'))?.hasSecondFactor, false);

  const booth: BoothDoc = {
    _id: 'booth:0123456789abcdef01234f2a',
    type: 'booth',
    booth: '0123456789abcdef01234f2a',
    owner: noe?.id ?? '',
    name: 'Photomaton 4F2A',
    pairedAt: '2026-07-14T12:00:00.000Z',
    event: 'fedcba9876543210fedcba98',
    events: ['fedcba9876543210fedcba98'],
    shareSecret: 'c2VhbGVk'.repeat(12),
  };
  await couch.put('fleet', booth);
  const list = await admin(t, place, ['list-booths']);
  assert.equal(
    list.out,
    '0123456789abcdef01234f2a\tPhotomaton 4F2A\tnoe@example.com\t2026-07-14T12:00:00.000Z\n',
  );
});

test('help, and mistakes said clearly', async (t) => {
  const place = { dataDir: await temporaryFolder(t), couch: await testCouch(t) };
  const help = await admin(t, place, ['--help']);
  assert.equal(help.code, 0);
  for (const command of ['create-operator', 'create-customer', 'set-password', 'list-booths']) {
    assert.match(help.out, new RegExp(command));
  }
  const mistakes: [string[], string, RegExp][] = [
    [[], '', /^no such command.*Usage/s],
    [['create-operator', 'odile@example.com'], '', /^create-operator takes 2 arguments/],
    [['--colour'], '', /--colour.*Usage/s],
    [['create-operator', 'odile', 'Odile'], '', /^odile is not an e-mail address$/m],
    [['create-operator', 'odile@example.com', 'Odile'], '', /^no password was given/],
    [['create-operator', 'odile@example.com', 'Odile'], 'short\n', /^the password takes at least 8/],
    [['set-password', 'nobody@example.com', '--random'], '', /^nobody@example\.com has no account$/m],
  ];
  for (const [args, input, message] of mistakes) {
    const { code, err } = await admin(t, place, args, input);
    assert.equal(code, 1, args.join(' '));
    assert.match(err, message);
    assert.doesNotMatch(err, /\n\s+at /);
  }
});
