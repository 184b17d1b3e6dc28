import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  BACKDROP_ATTACHMENT,
  type EventDoc,
  eventDocId,
  LOGO_ATTACHMENT,
} from '@photomaton/design-docs/docs';
import { builtInTemplates } from '@photomaton/device/image';
import { Socket } from 'socket.io';
import { type Socket as ClientSocket, io } from 'socket.io-client';
import { openOwnAccount } from '../accounts/own-account.ts';
import { sessionsOf } from '../accounts/session-list.ts';
import { beginRollout, newRolloutId, stop } from '../fleet/rollout-store.ts';
import { openSecrets } from '../secrets.ts';
import { newNonce, openEventLinks } from '../share/event-links.ts';
import { createDesign, saveDraft } from '../templates/designs.ts';
import { keepPicture } from '../templates/pictures.ts';
import { type Door, FORMS, MOUNTS, QUERIES, ROUTES, SOCKET_EVENTS } from './access-matrix.ts';
import { givenBooth, picture, type TestPhoto } from './booth-with-photos.ts';
import type { Visitor } from './browser.ts';
import { claim } from './paired-booth.ts';
import { connectRawBooth } from './raw-booth.ts';
import { routeTable } from './route-table.ts';
import { startStack } from './stack.ts';
import { everyDocument } from './who-sees.ts';

/** What Socket.io itself says. */
const OF_SOCKET_IO = new Set(['disconnect', 'error']);

type Ids = Record<string, string>;

/** An answer without what is new in each: tokens, and the ids that were asked for. */
interface Answer {
  status: number;
  location: string;
  text: string;
}

test('every route and every socket event, as everybody', async (t) => {
  const listened = new Set<string>();
  const on = Socket.prototype.on;
  t.mock.method(Socket.prototype, 'on', function (this: Socket, ...args: Parameters<typeof on>) {
    const path = this.nsp.server.path();
    if (!OF_SOCKET_IO.has(String(args[0]))) listened.add(`${path} ${String(args[0])}`);
    return on.apply(this, args);
  });

  const stack = await startStack(t);
  const { routes, mounts } = routeTable(stack.portal.app);
  const owner = await stack.account();
  const guest = await stack.account();
  const booth = await givenBooth(stack, owner.id);
  const [photo] = (await booth.add(1)) as [TestPhoto];
  await booth.sendClip(photo, 'mp4', Buffer.from('a film'));
  await booth.sendClip(photo, 'webp', Buffer.from('a moving picture'));
  const data = (await picture('coffee')).toString('base64');
  const logo = { content_type: 'image/webp', data };
  const backdrop = { content_type: 'image/jpeg', data };
  await stack.couch.update<EventDoc>('fleet', eventDocId(booth.event), (doc) =>
    doc ? { ...doc, _attachments: { [LOGO_ATTACHMENT]: logo, [BACKDROP_ATTACHMENT]: backdrop } } : undefined,
  );
  const invited = await stack.accounts.create({
    ...{ role: 'customer', name: 'Invited', language: 'en' },
    email: `${randomBytes(6).toString('hex')}@example.com`,
  });
  assert.ok(invited.kind === 'created' && invited.invitation);

  const parts = { couch: stack.couch, now: () => new Date() };
  const image = await keepPicture(parts, owner.id, { bytes: await picture('coffee'), type: 'image/jpeg' });
  const [grid] = builtInTemplates().filter(({ template }) => template.name === 'grid');
  assert.ok(grid);
  const design = await createDesign(parts, owner.id, grid.template);
  await saveDraft(parts, design, { edition: 1, layout: grid.template, publish: { isUsed: false } });
  const rollout = newRolloutId(new Date());
  await beginRollout(parts, {
    ...{ rollout, set: { countdownS: 5 }, clear: [], asked: {}, by: 'odile', booths: [booth.booth] },
  });
  // Else the leader would go on with it while this test looks.
  await stop(parts, { rollout });
  const links = openEventLinks({ ...parts, secrets: await openSecrets({ dataDir: stack.dataDir }) });
  const link = { nonce: newNonce(), createdAt: new Date().toISOString(), download: true };
  await stack.couch.update<EventDoc>('fleet', eventDocId(booth.event), (doc) => doc && { ...doc, link });
  const someone = await stack.account();
  const emailToken = await openOwnAccount(parts).askForEmail(someone.id, 'elsewhere@example.com');
  await stack.visitor(owner); // logged in on a phone too
  const [session] = await sessionsOf(parts, owner);

  const hex = () => randomBytes(12).toString('hex');
  /** What stands for the parameters of a route: what is the owner's, and what nobody has. */
  const ids: Ids = {
    event: booth.event,
    booth: booth.booth,
    photo: photo.key,
    account: invited.account.id,
    session: session?.hash ?? '',
    template: 'polaroid',
    design: design.name,
    image,
    version: '1',
    rollout,
    password: owner.password,
  };
  const none: Ids = {
    event: hex(),
    booth: hex(),
    photo: photo.key.replace(booth.booth, hex()),
    account: hex(),
    session: 'f'.repeat(session?.hash.length ?? 0),
    template: 'no-such',
    design: 'no-such-0a1b2c',
    image: 'no-such.jpg',
    version: '7',
    rollout: newRolloutId(new Date()),
    password: 'wrong',
  };
  const tokens: Record<string, [string, string]> = {
    '/p/:token': [
      booth.sharePath(photo.n).slice('/p/'.length),
      (await givenBooth(stack, guest.id))
        .sharePath(1)
        .slice('/p/'.length)
        .replace(/\..*/, `.${'A'.repeat(22)}`),
    ],
    '/g/:token': [links.path(booth.event, link).slice('/g/'.length), 'A'.repeat(38)],
    '/email/:token': [emailToken, randomBytes(32).toString('base64url')],
    '/invitation/:token': [invited.invitation, randomBytes(32).toString('base64url')],
  };

  const people: Record<'owner' | 'stranger' | 'operator' | 'nobody', Visitor> = {
    owner: await stack.visitor(owner),
    stranger: await stack.visitor(guest),
    operator: await stack.visitor(await stack.account({ role: 'operator' })),
    nobody: await stack.visitor(),
  };
  // The owner waits for the tap on a booth that she is about to register.
  const raw = await connectRawBooth(t, stack.url);
  await claim(people.owner, await raw.nextCode());

  const kindOf = (path: string) => Object.keys(tokens).find((prefix) => path.startsWith(prefix)) ?? '';
  /** The address of a route with what is the owner's in it, or with what does not exist. */
  function addressOf(name: string, which: 'true' | 'none'): string {
    const path = name.slice(name.indexOf(' ') + 1);
    const values = which === 'true' ? ids : none;
    const token = tokens[kindOf(path)]?.[which === 'true' ? 0 : 1];
    const filled = path.replaceAll(/:(\w+)/g, (_, param: string) => {
      const value = param === 'token' ? token : values[param];
      assert.ok(value, `${name}: say in this test what stands for :${param}`);
      return value;
    });
    return filled + (QUERIES[name] ?? '');
  }

  async function ask(
    who: Visitor,
    name: string,
    which: 'true' | 'none' = 'true',
    more = {},
  ): Promise<Answer> {
    const path = addressOf(name, which);
    const form = FORMS[name]?.(which === 'true' ? ids : none) ?? {};
    const answer = name.startsWith('GET ') ? await who.get(path, more) : await who.post(path, form, more);
    const secrets = [...Object.values(ids), ...Object.values(none), ...Object.values(tokens).flat()];
    const plain = (text: string) =>
      secrets
        .reduce((rest, one) => rest.replaceAll(one, '…').replaceAll(encodeURIComponent(one), '…'), text)
        .replaceAll(/(nonce=|name="_csrf" value=|data-token=)"[^"]*"/g, '$1…')
        // A page that says which it is, in its way to another language and in the menu.
        .replaceAll(/<a class="language".*?>| aria-current="page"/g, '');
    return {
      status: answer.status,
      location: plain(answer.headers.get('location') ?? ''),
      text: plain(await answer.text()),
    };
  }

  const names = routes.map(({ method, path }) => `${method} ${path}`);
  const isLogin = ({ status, location }: Answer) => status === 303 && location.startsWith('/login');
  const comesIn = (answer: Answer) => !isLogin(answer) && ![401, 403, 404].includes(answer.status);
  const said = (name: string, who: string, { status, location }: Answer) =>
    `${name} as ${who}: ${status} ${location}`;

  await t.test('each has its line, and each line its route', () => {
    assert.deepEqual(names.toSorted(), Object.keys(ROUTES).toSorted());
    assert.deepEqual(mounts.toSorted(), MOUNTS.toSorted());
  });

  await t.test('who has no business there does not come in, nor learn whether it is there', async () => {
    for (const name of names) {
      const door = ROUTES[name];
      const isGet = name.startsWith('GET ');
      const refuse = async (who: 'stranger' | 'operator') => {
        const missing = await ask(people[who], `${isGet ? 'GET' : 'POST'} /no-such-page`);
        for (const which of ['true', 'none'] as const) {
          assert.deepEqual(await ask(people[who], name, which), missing, `${name} as ${who}, ${which}`);
        }
      };
      const sendToLogin = async (more = {}) => {
        for (const which of ['true', 'none'] as const) {
          const answer = await ask(people.nobody, name, which, more);
          assert.ok(isLogin(answer), said(name, 'nobody', answer));
        }
      };
      if (door === 'owner' || door === 'operator') await refuse('stranger');
      if (door === 'owner' || door === 'customer') await refuse('operator');
      if (door === 'link') {
        const answers = await Promise.all(
          Object.values(people).map(async (who) => (await ask(who, name, 'none')).status),
        );
        assert.deepEqual(new Set(answers), new Set([404]), name);
      } else if (door !== 'everybody') {
        await sendToLogin();
        // A booth's key and a guest's link are no login.
        const Referer = `${stack.url}${booth.sharePath(photo.n)}`;
        await sendToLogin({ Authorization: booth.authorization, Referer });
      }
    }
  });

  await t.test('no POST passes without a token of ours, or from elsewhere', async () => {
    const { owner: visitor } = people;
    const headers = { Cookie: visitor.cookies(), Origin: stack.portal.url };
    const token = await visitor.csrfToken();
    for (const name of names.filter((one) => !one.startsWith('GET '))) {
      const method = name.slice(0, name.indexOf(' '));
      const send = (more: Record<string, string>, fields: Record<string, string>) =>
        fetch(stack.url + addressOf(name, 'true'), {
          ...{ method, redirect: 'manual' as const, headers: { ...headers, ...more } },
          body: new URLSearchParams(fields),
        });
      assert.equal((await send({}, {})).status, 403, `${name} without`);
      const foreign = await send({ Origin: 'https://evil.example' }, { _csrf: token });
      assert.equal(foreign.status, 403, `${name} from elsewhere`);
    }
  });

  await t.test('who may comes in, and looking changes nothing', async () => {
    /** Sessions are read, what is asked for is in the trail, and the leader says that it lives. */
    const whatStands = async () => {
      const databases: { type?: string }[][] = JSON.parse(await everyDocument(stack.portal.admin));
      const isOther = ({ type }: { type?: string }) => !['session', 'audit', 'leader'].includes(type ?? '');
      return databases.map((docs) => docs.filter(isOther));
    };
    const mayEnter: Record<Door, keyof typeof people> = {
      ...{ everybody: 'nobody', link: 'nobody', operator: 'operator' },
      ...{ account: 'owner', customer: 'owner', owner: 'owner' },
    };
    const enter = async (name: string) => {
      const door = ROUTES[name];
      if (!door) return;
      const answer = await ask(people[mayEnter[door]], name);
      // To the login page leads what has nothing for nobody: the first page, and leaving.
      const isThere = door === 'everybody' ? ![403, 404].includes(answer.status) : comesIn(answer);
      assert.ok(isThere && answer.status < 500, said(name, mayEnter[door], answer));
    };
    const before = await whatStands();
    for (const name of names.filter((one) => one.startsWith('GET '))) await enter(name);
    assert.deepEqual(await whatStands(), before);
    for (const name of names.filter((one) => !one.startsWith('GET '))) {
      await enter(name);
      // Who acts for a customer is no operator meanwhile.
      if (name.endsWith('/act')) await people.operator.post('/acting/end');
    }
  });

  await t.test('a socket hears of its owner’s events alone', async (t) => {
    const connect = async (headers: Record<string, string>): Promise<ClientSocket | undefined> => {
      const options = { path: '/io', transports: ['websocket'], reconnection: false, forceNew: true };
      const socket = io(stack.url, { ...options, extraHeaders: { origin: stack.portal.url, ...headers } });
      t.after(() => socket.disconnect());
      return await new Promise((resolve) => {
        socket.once('connect', () => resolve(socket)).once('connect_error', () => resolve(undefined));
      });
    };
    for (const [who, visitor] of Object.entries(people)) {
      const socket = await connect(visitor.cookies() ? { cookie: visitor.cookies() } : {});
      assert.equal(socket !== undefined, who !== 'nobody', who);
      for (const event of [ids.event, none.event]) {
        const answer = await socket?.timeout(5_000).emitWithAck('watch', event, 'en');
        const isAllowed = who === 'owner' && event === ids.event;
        assert.deepEqual(answer, socket && { ok: isAllowed }, `${who} watches ${event}`);
      }
    }
    assert.equal(await connect({ authorization: booth.authorization }), undefined, 'a booth');
    assert.deepEqual(new Set(Object.keys(SOCKET_EVENTS)), listened);
  });
});
