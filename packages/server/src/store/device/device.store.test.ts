/** Devices in the database: codes and tokens spent once, and what a device says in force for each of its credentials. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { silentLog } from '../../../../../tests/support/ledger.ts';
import { newId, systemClock } from '../../adapters/system/clock.ts';
import type { DeviceLogin, DeviceRecord, DeviceStore, SightingStore, TokenDraft } from '../../ports/devices.ts';
import type { CredentialRecord } from '../../ports/identity.ts';
import { PostgresLive } from '../live/index.ts';
import { entriesOf, inMinutes, ofType, openRig, ORG, type Rig } from '../road/testing/rig.ts';
import { openDevices, openSightings } from './index.ts';

let db: FreshDatabase;
let rig: Rig;
let devices: DeviceStore & { prune(): Promise<number> };
let sightings: SightingStore;
let live: PostgresLive;

beforeAll(async () => {
  db = await freshDatabase();
  rig = await openRig(db.connection);
  devices = openDevices(rig);
  sightings = openSightings(rig);
  live = new PostgresLive({ store: rig.store, org: ORG, clock: systemClock, log: silentLog, verify: () => true });
  await live.start();
});
afterAll(async () => {
  live.stop();
  await rig.close();
  await db.drop();
});

let round = 0;
const LETTERS = 'BCDFGHJKLM';

function loginOf(changes: Partial<DeviceLogin> = {}): DeviceLogin {
  const code = String(round++)
    .padStart(8, '0')
    .replace(/\d/g, (digit) => LETTERS[Number(digit)] ?? '');
  return {
    org: ORG,
    codeHash: newId('code'),
    userCode: `${code.slice(0, 4)}-${code.slice(4)}`,
    client: 'claude',
    userAgent: 'claude-code/2.1.329\u0000',
    createdAt: inMinutes(0),
    expiresAt: inMinutes(10),
    state: 'open',
    device: null,
    ...changes,
  };
}

const credential = (id = newId('crd')): CredentialRecord => ({
  id,
  org: ORG,
  kind: 'agent',
  subject: 'fixer',
  secretHash: 'ab'.repeat(32),
  mandate: null,
  onBehalfOf: 'usr_1',
  createdAt: inMinutes(0),
  expiresAt: inMinutes(60),
  revokedAt: null,
});

const token = (refreshHash: string) => {
  const access = credential();
  const draft: TokenDraft = { access, refreshHash, nowMs: Date.now() };
  return { access, give: () => draft };
};

const deviceOf = (changes: Partial<DeviceRecord> = {}): DeviceRecord => ({
  id: newId('dev'),
  org: ORG,
  client: 'claude',
  agent: 'fixer',
  mandate: null,
  onBehalfOf: 'usr_1',
  label: 'a laptop\u0000',
  authorizedBy: 'usr_ada',
  createdAt: inMinutes(0),
  expiresAt: inMinutes(600),
  revokedAt: null,
  seenAt: null,
  ...changes,
});

/** A device with its first token. */
async function signedIn(changes: Partial<DeviceRecord> = {}) {
  const [login, device, key] = [loginOf(), deviceOf(changes), credential()];
  await devices.begin(login);
  await devices.authorize({ userCode: login.userCode, device, key, pathHash: newId('path') });
  const first = token(newId('refresh'));
  const poll = await devices.poll(ORG, login.codeHash, first.give);
  return { login, device, key, first, poll };
}

const known = async (id: string) => {
  await live.poll();
  return live.credential(id);
};

describe('a sign-in', () => {
  test('waits, is let in once, and gives one token', async () => {
    const [login, device, key] = [loginOf(), deviceOf(), credential()];
    await devices.begin(login);
    await devices.begin(login);
    const { give } = token('r1');
    expect(await devices.login(ORG, login.userCode)).toEqual(login);
    expect(await devices.poll(ORG, login.codeHash, give)).toEqual({ state: 'pending' });
    expect(await devices.poll(ORG, login.codeHash, give)).toEqual({ state: 'slow' });
    const draft = { userCode: login.userCode, device, key, pathHash: 'path-1' };
    expect(await devices.authorize(draft)).toEqual(device);
    expect(await devices.authorize(draft)).toEqual(device);
    await expect(devices.authorize({ ...draft, device: deviceOf(), key: credential() })).rejects.toThrow(
      expect.objectContaining({ code: 'request.not-found' }),
    );
    const polls = await Promise.all([1, 2, 3].map(() => devices.poll(ORG, login.codeHash, token(newId('refresh')).give)));
    expect(polls.map(({ state }) => state).sort()).toEqual(['authorized', 'expired', 'expired']);
    expect(await devices.byPath(ORG, 'path-1')).toMatchObject({ id: device.id, seenAt: expect.any(String) });
    const entries = ofType(await entriesOf(rig.store), 'device.authorized');
    expect(entries.map(({ principal, detail }) => [principal, detail])).toContainEqual([
      'fixer',
      { device: device.id, client: 'claude', by: 'usr_ada', expiresAt: device.expiresAt },
    ]);
  });

  test('that is refused, of another client, or too old ends', async () => {
    const [refused, other, old] = [loginOf(), loginOf({ client: 'codex' }), loginOf({ expiresAt: inMinutes(-1) })];
    for (const login of [refused, other, old]) await devices.begin(login);
    await devices.refuse(ORG, refused.userCode);
    await expect(devices.refuse(ORG, 'ZZZZ-ZZZZ')).rejects.toThrow(expect.objectContaining({ code: 'request.not-found' }));
    const draft = { device: deviceOf(), key: credential(), pathHash: 'x' };
    for (const { userCode } of [refused, other, old])
      await expect(devices.authorize({ ...draft, userCode })).rejects.toThrow(
        expect.objectContaining({ code: 'request.not-found' }),
      );
    const polled = await Promise.all([refused, old].map(({ codeHash }) => devices.poll(ORG, codeHash, token('r').give)));
    expect(polled).toEqual([{ state: 'refused' }, { state: 'expired' }]);
    await rig.store.query(`update device_login set expires_at = now() - interval '2 days' where code_hash = $1`, [old.codeHash]);
    expect(await devices.prune()).toBe(1);
  });
});

describe('a refresh token', () => {
  test('counts once; one that was lost on its way counts again for a minute', async () => {
    const { device, first } = await signedIn();
    const before = first.give().refreshHash;
    const [second, third] = [token(newId('refresh')), token(newId('refresh'))];
    expect(await devices.refresh(ORG, before, second.give)).toMatchObject({ id: device.id });
    expect(await devices.refresh(ORG, before, third.give)).toMatchObject({ id: device.id });
    expect(await devices.refresh(ORG, 'never-given', third.give)).toBeUndefined();
    expect((await devices.find(ORG, device.id))?.revokedAt).toBeNull();
  });

  test('that comes back later is in two hands: the device is shut out', async () => {
    const { device, first } = await signedIn();
    const second = token(newId('refresh'));
    await devices.refresh(ORG, first.give().refreshHash, second.give);
    await rig.store.query(`update device set refreshed_at = now() - interval '2 minutes' where id = $1`, [device.id]);
    expect(await devices.refresh(ORG, first.give().refreshHash, token('stolen').give)).toBeUndefined();
    expect(await devices.refresh(ORG, second.give().refreshHash, token('x').give)).toBeUndefined();
    expect((await known(second.access.id))?.revokedAt).not.toBeNull();
    const [entry] = ofType(await entriesOf(rig.store), 'device.revoked').slice(-1);
    expect(entry?.detail).toMatchObject({ device: device.id, code: 'reuse' });
  });
});

test('a refresh token from before the last one shuts out the device that it names', async () => {
  const { device, first } = await signedIn();
  const [second, third] = [token(newId('refresh')), token(newId('refresh'))];
  const stolen = first.give().refreshHash;
  await devices.refresh(ORG, stolen, second.give);
  await devices.refresh(ORG, second.give().refreshHash, third.give);
  expect(await devices.refresh(ORG, stolen, token('x').give)).toBeUndefined();
  expect((await devices.find(ORG, device.id))?.revokedAt).toBeNull();
  expect(await devices.refresh(ORG, stolen, token('x').give, device.id)).toBeUndefined();
  expect(await devices.refresh(ORG, third.give().refreshHash, token('x').give)).toBeUndefined();
  expect((await known(third.access.id))?.revokedAt).not.toBeNull();
});

describe('what a device says counts for all of its credentials', () => {
  test('its mandate, its person, its end', async () => {
    const { device, key, first } = await signedIn({ expiresAt: inMinutes(30), onBehalfOf: 'usr_2' });
    const ids = [key.id, first.access.id];
    for (const id of ids)
      expect(await known(id)).toMatchObject({
        device: device.id,
        mandate: null,
        onBehalfOf: 'usr_2',
        expiresAt: device.expiresAt,
      });
    await devices.bind(ORG, device.id, 'man_1', 'usr_ada');
    for (const id of ids) expect(await known(id)).toMatchObject({ mandate: 'man_1', revokedAt: null });
    const revoked = await devices.revoke(ORG, device.id, 'usr_ada', 'lost\u0000');
    expect(await devices.revoke(ORG, device.id, 'usr_eve', 'again')).toEqual(revoked);
    for (const id of ids) expect((await known(id))?.revokedAt).toBe(revoked.revokedAt);
    expect(await devices.byCredential(ORG, key.id)).toBeUndefined();
    await expect(devices.revoke(ORG, 'dev_none', 'usr_ada', 'x')).rejects.toThrow(
      expect.objectContaining({ code: 'request.not-found' }),
    );
    await expect(devices.bind(ORG, device.id, null, 'usr_ada')).rejects.toThrow(
      expect.objectContaining({ code: 'request.not-found' }),
    );
  });

  test('what its client showed, the worst first', async () => {
    const { device, key } = await signedIn();
    const put = (client: 'codex' | 'claude', state: 'covered' | 'outdated') =>
      sightings.put(ORG, { subject: device.id, client, version: '1.0.0', state });
    await put('claude', 'covered');
    expect((await known(key.id))?.client).toEqual({ name: 'claude', version: '1.0.0', state: 'covered' });
    await put('codex', 'outdated');
    await put('codex', 'outdated');
    expect((await known(key.id))?.client).toEqual({ name: 'codex', version: '1.0.0', state: 'outdated' });
    await put('codex', 'covered');
    expect((await known(key.id))?.client?.state).toBe('covered');
    const drift = ofType(await entriesOf(rig.store), 'client.drift').map(({ detail }) => detail);
    expect(drift.filter(({ subject }) => subject === device.id).map(({ client, code }) => [client, code])).toEqual([
      ['codex', 'outdated'],
      ['codex', 'covered'],
    ]);
    expect((await devices.sightings(ORG)).filter(({ subject }) => subject === device.id)).toHaveLength(2);
  });
});

test('devices are listed newest first, in pages', async () => {
  const all = (await devices.list(ORG, { limit: 100 })).data.map(({ id }) => id);
  const first = await devices.list(ORG, { limit: 2 });
  const second = await devices.list(ORG, { limit: 100, cursor: first.nextCursor ?? '' });
  expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(all);
});

test('settings count until others take their place, and again when they come back', async () => {
  const state = async (digest: string) => {
    const at = (await sightings.published(ORG)).get(digest);
    return at === undefined ? 'unknown' : at === null ? 'in force' : 'replaced';
  };
  await sightings.publish(ORG, 'codex', 'one');
  await sightings.publish(ORG, 'claude', 'other');
  expect([await state('one'), await state('two')]).toEqual(['in force', 'unknown']);
  await sightings.publish(ORG, 'codex', 'two');
  await sightings.publish(ORG, 'codex', 'two');
  expect([await state('one'), await state('two'), await state('other')]).toEqual(['replaced', 'in force', 'in force']);
  await sightings.publish(ORG, 'codex', 'one');
  expect([await state('one'), await state('two')]).toEqual(['in force', 'replaced']);
  const { device } = await signedIn();
  await devices.served(ORG, device.id, 'sha256:a');
  await devices.served(ORG, device.id, 'sha256:b');
  await devices.served(ORG, device.id, 'sha256:b');
  expect([await state('sha256:a'), await state('sha256:b')]).toEqual(['replaced', 'in force']);
  await devices.revoke(ORG, device.id, 'usr_ada', 'over');
  expect(await state('sha256:b')).toBe('unknown');
});
