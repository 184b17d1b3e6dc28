import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import pino from 'pino';
import type { JoinStep } from '../booth.ts';
import type { Network } from '../network/network.ts';
import { type Manager, NM_PATH, openManager } from '../network/networkmanager/manager.ts';
import { createNetworkManager, SYSTEM_BUS } from '../network/networkmanager/networkmanager.ts';
import { createNmcli } from '../network/networkmanager/nmcli.ts';
import { HOTSPOT_UUID, hotspotProfile, type Profile, profileOf } from '../network/networkmanager/profiles.ts';
import { inRealBooth, type RealBooth } from './networkmanager/real-booth.ts';
import { until } from './networkmanager/until.ts';
import { openVenue } from './networkmanager/venue.ts';
import { seeded } from './seeded.ts';

const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });

async function open(t: TestContext, patienceMs = 20_000): Promise<Network> {
  const dataDir = await mkdtemp(join(tmpdir(), 'photomaton-network-'));
  const network = createNetworkManager({
    dataDir,
    patienceMs,
    tendMs: 200,
    log,
  });
  t.after(async () => {
    await network.stop();
    await rm(dataDir, { recursive: true });
  });
  await network.start();
  return network;
}

await inRealBooth(import.meta.url, async (booth) => {
  await booth.startNetworkManager();
  const venue = await openVenue(booth);

  test('a cable, in, joined, out and in again, and what is behind it', {
    timeout: 120_000,
  }, async (t) => {
    const network = await open(t);
    assert.deepEqual(network.state(), {
      ...{ reach: 'none', hotspotOpen: false, phones: 0, knowsNetworks: false, trouble: 'no-radio' },
    });
    assert.deepEqual(await network.join({ kind: 'cable' }), { kind: 'failed', reason: 'not-found' });

    await venue.plug();
    const steps: JoinStep[] = [];
    assert.deepEqual(await network.join({ kind: 'cable' }, (step) => steps.push(step)), { kind: 'joined' });
    assert.deepEqual(steps, ['associating', 'address', 'internet']);
    const { reach, via } = network.state();
    assert.deepEqual({ reach, via }, { reach: 'online', via: 'cable' });

    venue.pull();
    await until(network, (state) => state.reach === 'none');
    await venue.answer('portal');
    await venue.plug();
    await until(network, (state) => state.reach === 'captive');

    venue.pull();
    await until(network, (state) => state.reach === 'none');
    await venue.answer('none');
    await venue.plug();
    await until(network, (state) => state.reach === 'offline');
  });

  test('a cable with a fixed address', { timeout: 120_000 }, async (t) => {
    await venue.answer('full');
    await venue.plug();
    const network = await open(t);
    const fixed = { address: '10.9.0.20/24', gateway: '10.9.0.1', dns: ['10.9.0.1', '9.9.9.9'] };
    assert.deepEqual(await network.join({ kind: 'cable', fixed }), { kind: 'joined' });
    const show = (what: string) => booth.run(['nmcli', '-g', what, 'device', 'show', 'eth0']).stdout.trim();
    assert.equal(show('IP4.ADDRESS'), '10.9.0.20/24');
    assert.equal(show('IP4.GATEWAY'), '10.9.0.1');
    assert.equal(show('IP4.DNS'), '10.9.0.1 | 9.9.9.9');
    const profiles = () => booth.run(['nmcli', '-g', 'NAME', 'connection', 'show']).stdout;
    assert.equal(profiles().match(/^photomaton cable$/gm)?.length, 1, 'it took the place of the one before');
    venue.pull();
    await until(network, (state) => state.reach === 'none');
  });

  test('a cable on which nobody gives an address', { timeout: 120_000 }, async (t) => {
    const network = await open(t);
    for (const uuid of booth.run(['nmcli', '-g', 'UUID', 'connection', 'show']).stdout.trim().split('\n')) {
      booth.run(['nmcli', 'connection', 'delete', uuid]);
    }
    booth.run(
      [
        'nft',
        'add table inet deaf; add chain inet deaf input { type filter hook input priority 0; }; add rule inet deaf input udp dport 67 drop',
      ],
      'venue',
    );
    await venue.plug();
    const steps: JoinStep[] = [];
    const outcome = await network.join({ kind: 'cable' }, (step) => steps.push(step));
    assert.deepEqual(outcome, { kind: 'failed', reason: 'no-address' });
    assert.deepEqual(steps, ['associating', 'address']);
    assert.doesNotMatch(booth.run(['nmcli', '-g', 'NAME', 'connection', 'show']).stdout, /photomaton/);
    booth.run(['nft', 'delete table inet deaf'], 'venue');
    assert.deepEqual(await network.join({ kind: 'cable' }), { kind: 'joined' });
    venue.pull();
  });

  test('NetworkManager is killed and started again: said, and over by itself', {
    timeout: 60_000,
  }, async (t) => {
    await venue.answer('full');
    await venue.plug();
    const network = await open(t);
    await until(network, (state) => state.reach === 'online');
    await booth.killNetworkManager();
    await until(network, (state) => state.trouble === 'no-manager');
    assert.equal(network.state().reach, 'none');
    assert.deepEqual(await network.join({ kind: 'cable' }), { kind: 'failed', reason: 'no-answer' });
    await booth.startNetworkManager();
    await until(network, (state) => state.reach === 'online');
    venue.pull();
  });

  test('a profile that was being tried when the daemon was killed is gone when it starts again', async (t) => {
    const manager = await openManager({ busAddress: SYSTEM_BUS });
    t.after(manager.close);
    const uuid = randomUUID();
    await addUnsaved(manager, profileOf({ kind: 'wifi', ssid: 'Half done' }, { uuid }));
    await open(t);
    assert.doesNotMatch(booth.run(['nmcli', '-g', 'UUID', 'connection', 'show']).stdout, new RegExp(uuid));
  });

  test('200 names and passwords go unchanged to NetworkManager and back', { timeout: 60_000 }, async (t) => {
    const manager = await openManager({ busAddress: SYSTEM_BUS });
    t.after(manager.close);
    const random = seeded(20_260_714);
    for (let n = 0; n < 200; n += 1) {
      const ssid = oddBytes(random, 1 + Math.floor(random() * 32));
      const password = oddPassword(random, 8 + Math.floor(random() * 56));
      const request = { kind: 'wifi', ssid: '', bytes: ssid.toString('hex'), password } as const;
      const path = await addUnsaved(manager, profileOf(request, { uuid: randomUUID() }));
      const ask = (member: string, body: string[]) =>
        manager.call<Profile>({
          ...{ path, interface: '.Settings.Connection', member },
          ...(body.length > 0 && { signature: 's', body }),
        });
      const settings = await ask('GetSettings', []);
      const secrets = await ask('GetSecrets', ['802-11-wireless-security']);
      assert.deepEqual(settings['802-11-wireless']?.ssid, ssid);
      assert.equal(secrets['802-11-wireless-security']?.psk, password);
      await manager.call({ path, interface: '.Settings.Connection', member: 'Delete' });
    }
  });

  test('people’s names and passwords go unchanged to NetworkManager and back', async (t) => {
    const manager = await openManager({ busAddress: SYSTEM_BUS });
    t.after(manager.close);
    const request = {
      kind: 'wifi',
      ssid: 'Entreprise',
      identity: 'léa@mairie.fr',
      password: `é"'\\ ;`,
    } as const;
    const path = await addUnsaved(manager, profileOf(request, { uuid: randomUUID(), security: 'wpa-eap' }));
    const call = { path, interface: '.Settings.Connection' };
    const { '802-1x': person } = await manager.call<Profile>({ ...call, member: 'GetSettings' });
    const { eap, identity } = person ?? {};
    assert.deepEqual({ eap, identity }, { eap: ['peap'], identity: request.identity });
    const secrets = { ...call, member: 'GetSecrets', signature: 's', body: ['802-1x'] };
    assert.equal((await manager.call<Profile>(secrets))['802-1x']?.password, request.password);
    await manager.call({ ...call, member: 'Delete' });
  });

  test('the polkit rule lets the booth’s user do what it does, and nobody else', () => {
    const allowed = (user: string) =>
      booth
        .run(['setpriv', `--reuid=${user}`, '--clear-groups', 'nmcli', '-t', 'general', 'permissions'])
        .stdout.split('\n')
        .flatMap((line) => (line.endsWith(':yes') ? [line.split(':')[0]?.split('.').slice(3).join('.')] : []))
        .sort();
    assert.deepEqual(allowed('photomaton'), [
      'enable-disable-wifi',
      'network-control',
      'settings.modify.system',
      'wifi.scan',
      'wifi.share.protected',
    ]);
    assert.deepEqual(allowed('nobody'), []);
  });

  test('the hotspot: a phone gets an address, every name is the booth, every page is the setup page', {
    timeout: 60_000,
  }, async (t) => {
    const manager = await openManager({ busAddress: SYSTEM_BUS });
    t.after(manager.close);
    await booth.serve('setup-page.ts');
    booth.run(['ip', 'link', 'set', 'radio', 'up'], 'phone');
    // Everything of the real profile but the radio, for which a cable stands.
    const { connection, ipv4, ipv6 } = hotspotProfile({ ssid: 'x', password: 'abdefghk34', device: 'wlan0' });
    const type = '802-3-ethernet';
    await addUnsaved(manager, {
      connection: { ...connection, type },
      [type]: {},
      ipv4: ipv4 ?? {},
      ipv6: ipv6 ?? {},
    });
    const nmcli = createNmcli({ busAddress: SYSTEM_BUS, log });
    assert.equal((await nmcli.up(HOTSPOT_UUID)).kind, 'done');

    const lease = booth.run(
      ['busybox', 'udhcpc', '-i', 'radio', '-n', '-q', '-f', '-s', leaseScript(booth)],
      'phone',
    );
    assert.match(lease.stderr, /lease of 10\.42\.0\.\d+ obtained from 10\.42\.0\.1/);

    const ask = (command: string) => booth.run(command.split(' '), 'phone');
    for (const name of ['connectivitycheck.gstatic.com', 'captive.apple.com', 'anything.example']) {
      const answer = ask(`busybox nslookup -type=a ${name} 10.42.0.1`).stdout;
      assert.match(answer, /Address: 10\.42\.0\.1\n/, name);
      const six = ask(`busybox nslookup -type=aaaa ${name} 10.42.0.1`);
      assert.doesNotMatch(
        six.stdout + six.stderr,
        /REFUSED|NXDOMAIN|SERVFAIL/,
        'AAAA: nothing, without an error',
      );
    }
    assert.match(ask('busybox nslookup -type=a example.com 8.8.8.8').stdout, /Address: 10\.42\.0\.1\n/);

    const get = (...args: string[]) => booth.run(['curl', '-s', '-m', '5', ...args], 'phone');
    assert.equal(get('-L', 'http://connectivitycheck.gstatic.com/generate_204').stdout, 'the setup page');
    assert.equal(get('-L', 'http://17.253.109.201/hotspot-detect.html').stdout, 'the setup page');
    const told = get('-d', 'ssid=Salle&password=lavande2026', 'http://10.42.0.1/');
    assert.equal(told.stdout, 'told: ssid=Salle&password=lavande2026');

    const REFUSED = 7;
    assert.equal(get('https://connectivitycheck.gstatic.com/').code, REFUSED, 'at once, not after 5 s');
    assert.equal(get('https://10.9.0.1/').code, REFUSED);
    await booth.serve('setup-page.ts', ['8090']);
    assert.equal(get('http://10.42.0.1:8090/').code, REFUSED, 'no other port of the booth');

    await venue.plug();
    booth.run(['nmcli', 'device', 'connect', 'eth0']);
    await booth.serve('setup-page.ts', ['8443'], 'venue');
    const beyond = ['curl', '-s', '-m', '5', 'http://10.9.0.1:8443/'];
    assert.equal(booth.run(beyond).code, 0);
    assert.equal(booth.run(beyond, 'phone').code, REFUSED, 'nothing of the venue behind the booth');

    const network = await open(t);
    assert.equal(network.state().hotspotOpen, false, 'one that a killed daemon left is closed at the start');
    venue.pull();
  });
});

function addUnsaved(manager: Manager, profile: Profile): Promise<string> {
  return manager.call<string>({
    ...{ path: `${NM_PATH}/Settings`, interface: '.Settings', member: 'AddConnectionUnsaved' },
    ...{ signature: 'a{sa{sv}}', body: [profile] },
  });
}

/** What a phone does with the address that it was given. */
function leaseScript(booth: RealBooth): string {
  const file = join(booth.folder, 'lease');
  const lines = [
    '#!/bin/sh',
    '[ "$1" = bound ] || exit 0',
    'ip addr add "$ip/24" dev "$interface"',
    'ip route add default via "$router"',
    'echo "nameserver $dns" >/etc/netns/phone/resolv.conf',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o755 });
  return file;
}

/** Quotes, ampersands, zeros, emoji, halves of letters: whatever 32 bytes can be. */
function oddBytes(random: () => number, length: number): Buffer {
  const odd = Buffer.from(`'"\`$&;|<>\\(){}*? \n\t%#=:,\u0000é🎉`);
  return Buffer.from(
    Array.from({ length }, () =>
      random() < 0.5 ? (odd[Math.floor(random() * odd.length)] ?? 0) : Math.floor(random() * 256),
    ),
  );
}

/** WPA2 allows the printable characters of ASCII. */
function oddPassword(random: () => number, length: number): string {
  return String.fromCharCode(...Array.from({ length }, () => 32 + Math.floor(random() * 95)));
}
