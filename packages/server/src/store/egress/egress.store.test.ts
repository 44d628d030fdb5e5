import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { newId } from '../../adapters/system/clock.ts';
import type { GrantDraft, Sighting } from '../../ports/familiarity.ts';
import { entriesOf, inMinutes, ofType, openRig, ORG, type Rig } from '../road/testing/rig.ts';
import { PostgresFamiliarity } from './index.ts';

let db: FreshDatabase;
let rig: Rig;
let familiarity: PostgresFamiliarity;

beforeAll(async () => {
  db = await freshDatabase();
  rig = await openRig(db.connection);
  familiarity = new PostgresFamiliarity(rig, (host) => host.split('.').slice(-2).join('.'));
});
afterAll(async () => {
  await rig.close();
  await db.drop();
});

const sighting = (host: string, more: Partial<Sighting> = {}): Sighting => ({
  org: ORG,
  host,
  domain: host.split('.').slice(-2).join('.'),
  verdict: 'allowed',
  repository: 'payments',
  agentKind: 'editor',
  runs: 1,
  connections: 2,
  uploadBytes: 300,
  downloadBytes: 40_000,
  ...more,
});

const draft = (host: string, more: Partial<GrantDraft> = {}): GrantDraft => ({
  org: ORG,
  id: newId('egr'),
  scope: 'task',
  of: 'tsk_1',
  host,
  methods: ['GET', 'HEAD'],
  by: 'grace@example.com',
  reason: 'looked at it',
  approval: 'apr_1',
  decision: 'dec_1',
  expiresAt: inMinutes(60),
  ...more,
});

const query = (host: string, more: object = {}) => ({
  org: ORG,
  host,
  run: 'run_1',
  task: 'tsk_1',
  repository: 'payments',
  ...more,
});

describe('what is known of a host', () => {
  test('is nothing where nobody was', async () => {
    expect(await familiarity.history(ORG, 'a.never.example')).toEqual({
      host: 'a.never.example',
      domain: 'never.example',
      firstSeen: null,
      lastSeen: null,
      runs: 0,
      denials: 0,
      connections: 0,
      uploadBytes: 0,
      downloadBytes: 0,
      repositories: [],
      repositoryCount: 0,
      agentKinds: [],
      lastVerdict: 'never',
      approver: null,
      approvedUntil: null,
    });
  });

  test('adds up over runs, repositories and kinds of agents; denials are counted apart', async () => {
    await familiarity.note([sighting('cdn.known.example'), sighting('cdn.known.example', { connections: 5, runs: 0 })]);
    await familiarity.note([
      sighting('cdn.known.example', { repository: 'handbook', agentKind: 'planner' }),
      sighting('cdn.known.example', { repository: '', agentKind: 'person' }),
      sighting('cdn.known.example', { verdict: 'denied', connections: 0, uploadBytes: 0, downloadBytes: 0, runs: 3 }),
    ]);
    const seen = await familiarity.history(ORG, 'cdn.known.example');
    expect(seen).toMatchObject({
      host: 'cdn.known.example',
      domain: 'known.example',
      runs: 3,
      denials: 3,
      connections: 11,
      uploadBytes: 1_200,
      downloadBytes: 160_000,
      repositories: ['handbook', 'payments'],
      repositoryCount: 2,
      agentKinds: ['editor', 'person', 'planner'],
      approver: null,
    });
    expect(Date.parse(seen.firstSeen ?? '')).toBeLessThanOrEqual(Date.parse(seen.lastSeen ?? ''));
  });

  test('of one that was only denied there is no first time', async () => {
    await familiarity.note([
      sighting('only.denied.example', { verdict: 'denied', connections: 0, uploadBytes: 0, downloadBytes: 0 }),
    ]);
    expect(await familiarity.history(ORG, 'only.denied.example')).toMatchObject({
      firstSeen: null,
      runs: 0,
      denials: 1,
      lastVerdict: 'denied',
    });
  });

  test('does not cross organisations, and comes in pages by name', async () => {
    await familiarity.note([sighting('z.other.example', { org: 'org_other' })]);
    expect((await familiarity.history(ORG, 'z.other.example')).runs).toBe(0);
    await familiarity.note(['p1.page.example', 'p2.page.example', 'p3.page.example'].map((host) => sighting(host)));
    const first = await familiarity.hosts(ORG, { after: 'p', limit: 2 });
    expect(first.map(({ host }) => host)).toEqual(['p1.page.example', 'p2.page.example']);
    expect((await familiarity.hosts(ORG, { after: 'p2.page.example', limit: 2 })).map(({ host }) => host)).toEqual([
      'p3.page.example',
    ]);
  });

  test('survives many writers at once, on the same rows in any order', async () => {
    const hosts = Array.from({ length: 20 }, (_, i) => `h${i}.busy.example`);
    const notes = Array.from({ length: 12 }, (_, i) =>
      (i % 2 === 0 ? hosts : [...hosts].reverse()).map((host) => sighting(host)),
    );
    await Promise.all(notes.map((sightings) => familiarity.note(sightings)));
    const all = await Promise.all(hosts.map((host) => familiarity.history(ORG, host)));
    expect(new Set(all.map(({ runs }) => runs))).toEqual(new Set([12]));
  });

  test('names that were denied long ago are forgotten, and nothing else', async () => {
    await familiarity.note([sighting('old.denied.example', { verdict: 'denied' }), sighting('old.allowed.example')]);
    await rig.store.query(
      `update egress_sighting set last_seen = clock_timestamp() - interval '31 days' where host like 'old.%'`,
    );
    await familiarity.sweep();
    expect((await familiarity.history(ORG, 'old.denied.example')).lastVerdict).toBe('never');
    expect((await familiarity.history(ORG, 'old.allowed.example')).runs).toBe(1);
  });
});

describe('a grant', () => {
  test('stands for its run, task or repository until it ends, and is on record', async () => {
    const host = 'task.grant.example';
    const made = await familiarity.grant(draft(host));
    expect(made).toMatchObject({
      scope: 'task',
      of: 'tsk_1',
      host,
      methods: ['GET', 'HEAD'],
      by: 'grace@example.com',
      revokedAt: null,
    });
    expect((await familiarity.standing(query(host))).map(({ id }) => id)).toEqual([made.id]);
    expect(await familiarity.standing(query(host, { task: 'tsk_2' }))).toEqual([]);
    expect(await familiarity.standing(query(host, { task: null }))).toEqual([]);
    expect(await familiarity.standing(query('other.grant.example'))).toEqual([]);
    // Ids of different kinds never stand for one another.
    expect(await familiarity.standing(query(host, { task: 'x', run: 'tsk_1', repository: 'tsk_1' }))).toEqual([]);
    expect(await familiarity.standing({ ...query(host), org: 'org_other' })).toEqual([]);
    const told = ofType(await entriesOf(rig.store), 'egress.granted').filter(({ detail }) => detail.host === host);
    expect(told.map(({ detail }) => detail)).toEqual([
      {
        egressGrant: made.id,
        host,
        scope: 'task',
        of: 'tsk_1',
        by: 'grace%40example.com',
        expiresAt: made.expiresAt,
        methods: ['GET', 'HEAD'],
        decision: 'dec_1',
        approval: 'apr_1',
      },
    ]);
  });

  test('of a run and of a repository', async () => {
    const host = 'both.grant.example';
    const run = await familiarity.grant(draft(host, { scope: 'run', of: 'run_1', methods: [] }));
    const repository = await familiarity.grant(draft(host, { scope: 'repository', of: 'payments', expiresAt: inMinutes(5) }));
    expect((await familiarity.standing(query(host))).map(({ id }) => id)).toEqual([run.id, repository.id]);
    expect((await familiarity.standing(query(host, { run: 'run_2' }))).map(({ id }) => id)).toEqual([repository.id]);
    expect((await familiarity.standing(query(host, { repository: null }))).map(({ id }) => id)).toEqual([run.id]);
  });

  test('made twice is one, on record once', async () => {
    const twice = draft('twice.grant.example');
    const [first, second] = [await familiarity.grant(twice), await familiarity.grant({ ...twice, by: 'noor' })];
    expect(second).toEqual(first);
    expect(
      ofType(await entriesOf(rig.store), 'egress.granted').filter(({ detail }) => detail.egressGrant === first.id).length,
    ).toBe(1);
  });

  test('that ended stands no more', async () => {
    const host = 'ended.grant.example';
    const { id } = await familiarity.grant(draft(host, { expiresAt: inMinutes(-1) }));
    expect(await familiarity.standing(query(host))).toEqual([]);
    expect(await familiarity.stillStanding(ORG, [id])).toEqual(new Set());
    expect((await familiarity.grants(ORG, { host, limit: 5 })).map((each) => each.id)).toEqual([id]);
    expect(await familiarity.grants(ORG, { host, standing: true, limit: 5 })).toEqual([]);
  });

  test('is revoked once, on record, and the host remembers who let it pass and until when', async () => {
    const host = 'revoked.grant.example';
    const { id } = await familiarity.grant(draft(host));
    expect(await familiarity.stillStanding(ORG, [id, 'egr_nothing'])).toEqual(new Set([id]));
    const revoked = await familiarity.revoke(ORG, id, { by: 'noor', decision: 'dec_2' });
    expect(await familiarity.revoke(ORG, id, { by: 'ada', decision: 'dec_3' })).toEqual(revoked);
    expect(revoked.revokedBy).toBe('noor');
    expect(await familiarity.standing(query(host))).toEqual([]);
    expect(await familiarity.stillStanding(ORG, [id])).toEqual(new Set());
    const told = ofType(await entriesOf(rig.store), 'egress.revoked').filter(({ detail }) => detail.egressGrant === id);
    expect(told.map(({ detail }) => detail)).toEqual([{ egressGrant: id, host, by: 'noor', decision: 'dec_2' }]);
    expect(await familiarity.history(ORG, host)).toMatchObject({
      approver: 'grace@example.com',
      approvedUntil: revoked.revokedAt,
    });
    await expect(familiarity.revoke(ORG, 'egr_nothing', { by: 'noor', decision: 'dec_2' })).rejects.toMatchObject({
      code: 'request.not-found',
    });
  });
});
