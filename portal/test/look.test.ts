import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BACKDROP_ATTACHMENT, type EventDoc, eventDocId } from '@photomaton/design-docs/docs';
import { builtInTemplates, type Occasion, render, samplePhotographs } from '@photomaton/device/image';
import { createTurns } from '../templates/turns.ts';
import { givenBooth, picture } from './booth-with-photos.ts';
import { startStack } from './stack.ts';

test('the look of an event is what its booth makes, byte for byte', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const visitor = await stack.visitor(customer);
  const booth = await givenBooth(stack, customer.id, { title: 'Léa & Noé' });
  const path = `/events/${booth.event}/look`;
  const settings = {
    ...{ title: 'Léa & Noé', from: '2027-07-14', to: '', language: 'fr', accent: '#1d7a4f', keepDays: '' },
    ...{ modes: 'strip', templates: 'classic-strip', filters: 'none' },
  };
  assert.equal((await visitor.post(`/events/${booth.event}/settings`, settings)).status, 303);
  const occasion: Occasion = {
    ...{ title: 'Léa & Noé', language: 'fr', accent: '#1d7a4f' },
    ...{ date: new Date('2027-07-14T09:00:00Z'), timeZone: 'UTC' },
  };
  const strip = builtInTemplates().find(({ template }) => template.name === 'classic-strip');
  assert.ok(strip);
  const job = { ...strip, occasion, dpi: 300 } as const;
  const shown = async () => Buffer.from(await (await visitor.get(`${path}/classic-strip`)).arrayBuffer());

  await t.test('with the samples, until there are shots', async () => {
    const html = await (await visitor.get(path)).text();
    assert.match(html, /are examples/);
    assert.match(html, /look\/classic-strip\?small[\s\S]*Guests can choose it/);
    assert.equal(html.match(/Not offered to guests/g)?.length, builtInTemplates().length - 1);
    assert.ok((await shown()).equals((await render(job, await samplePhotographs(4))).jpeg));
  });

  await t.test('with the newest shots, but none of a photo that is hidden', async () => {
    const photo = await booth.take('coffee', new Date('2026-07-14T13:30:00Z'));
    await booth.sendPreview(photo);
    await booth.sendOriginal(photo);
    await booth.sendShot(photo, 0, await picture('cameraman'));
    const shots = [await picture('cameraman'), ...(await samplePhotographs(3))];
    assert.ok((await shown()).equals((await render(job, shots)).jpeg));
    assert.doesNotMatch(await (await visitor.get(path)).text(), /are examples/);

    await visitor.post(`/events/${booth.event}/marks`, { act: 'hide', photos: photo.key });
    assert.match(await (await visitor.get(path)).text(), /are examples/);
  });

  await t.test('before a green screen with its picture', async () => {
    const backdrop = await picture('rocket');
    const hung = { content_type: 'image/jpeg', data: backdrop.toString('base64') };
    await stack.couch.update<EventDoc & { _attachments?: object }>(
      'fleet',
      eventDocId(booth.event),
      (found) => found && { ...found, _attachments: { [BACKDROP_ATTACHMENT]: hung } },
    );
    const samples = await samplePhotographs(4);
    const made = await render({ ...job, backdrop }, samples);
    assert.ok(!made.jpeg.equals((await render(job, samples)).jpeg), 'which is seen');
    assert.ok((await shown()).equals(made.jpeg));
  });

  await t.test('and nobody else sees it', async () => {
    const other = await stack.visitor(await stack.account());
    for (const end of ['', '/classic-strip']) assert.equal((await other.get(path + end)).status, 404);
    assert.equal((await visitor.get(`${path}/none`)).status, 404);
  });
});

test('one turn at a time, another does not wait, and what was given up is never begun', async () => {
  const inTurn = createTurns();
  const begun: string[] = [];
  const { signal } = new AbortController();
  const given = new AbortController();
  let end: () => void = () => undefined;
  const ends = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work =
    (name: string, until: Promise<void> = Promise.resolve()) =>
    async () => {
      begun.push(name);
      await until;
      return name;
    };
  const failing = inTurn('a', signal, async () => {
    await ends;
    throw new Error('broken');
  });
  const second = inTurn('a', given.signal, work('given up'));
  const third = inTurn('a', signal, work('third'));
  assert.equal(await inTurn('b', signal, work('another')), 'another');
  assert.deepEqual(begun, ['another']);
  given.abort();
  end();
  await assert.rejects(failing, /broken/);
  assert.deepEqual([await second, await third], [undefined, 'third']);
  assert.deepEqual(begun, ['another', 'third']);
});
