import { beforeAll, describe, expect, test } from 'vitest';
import { openEgressDesk } from '../../app/desks/egress.ts';
import { cli, newPlace, type Ran } from '../../cli/testing/run.ts';
import { MemoryFamiliarity } from '../../gateway/egress/testing/familiarity.ts';
import { starterSnapshot } from '../../jobs/testing/starter.ts';
import { formatKey, hashSecret } from '../../ports/key-format.ts';
import type { Sighting } from '../../ports/familiarity.ts';
import type { BundleSnapshot } from '../../ports/registry.ts';
import { type ApiWorld, makeApi } from '../testing/world.ts';

let starter: BundleSnapshot;
beforeAll(async () => {
  starter = await starterSnapshot();
}, 60_000);

interface Stage extends ApiWorld {
  readonly familiarity: MemoryFamiliarity;
  as(who: string, argv: string): Promise<Ran>;
}

/** The whole API over the starter, with its own policies; only what is durable is doubled. */
function stageOf(): Stage {
  const familiarity = new MemoryFamiliarity();
  const late: { made?: ApiWorld } = {};
  const made = (): ApiWorld => {
    if (late.made === undefined) throw new Error('too early');
    return late.made;
  };
  const egress = openEgressDesk({
    org: 'acme',
    road: {
      identify: () => Promise.reject(new Error('not here')),
      evaluate: () => Promise.reject(new Error('not here')),
      refuse: () => Promise.reject(new Error('not here')),
      preview: () => {
        throw new Error('not here');
      },
      govern: (ask, act) => made().world.road.govern(ask, act),
    },
    snapshots: { current: () => late.made?.world.snapshot },
    newTrace: () => 'a'.repeat(32),
    familiarity,
    clock: { now: () => made().world.nowMs },
    newId: (prefix) => made().deps.newId(prefix),
  });
  const api = makeApi({ egress });
  late.made = api;
  api.world.snapshot = starter;
  familiarity.now = () => api.world.nowMs;
  const keys = new Map(api.keys);
  for (const person of ['noor', 'sam']) {
    const secret = Buffer.alloc(32, person).toString('base64url');
    const id = `crd_of${person}`;
    keys.set(person, formatKey('person', id, secret));
    api.world.credentials.set(id, {
      id,
      org: 'acme',
      kind: 'person',
      subject: person,
      secretHash: hashSecret(secret),
      mandate: null,
      onBehalfOf: null,
      createdAt: '2026-05-01T00:00:00.000Z',
      expiresAt: null,
      revokedAt: null,
    });
  }
  const fetching: typeof fetch = async (input, init) =>
    api.api.hono.request(String(input).replace('http://127.0.0.1:7070', ''), init as RequestInit);
  return {
    ...api,
    keys,
    familiarity,
    call: (method, path, options = {}) => api.call(method, path, { ...options, as: keys.get(options.as ?? 'noor') ?? 'noor' }),
    as: (who, argv) =>
      cli(argv.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', '')) ?? [], {
        cwd: newPlace(),
        fetch: fetching,
        env: { COUNTERSIGN_KEY: keys.get(who) ?? who },
      }),
  };
}

const SEEN: Sighting = {
  org: 'acme',
  host: 'registry.npmjs.org',
  domain: 'npmjs.org',
  verdict: 'allowed',
  repository: 'payments',
  agentKind: 'editor',
  runs: 4,
  connections: 90,
  uploadBytes: 1_000,
  downloadBytes: 9_000_000,
};

describe('check', () => {
  test.each([
    ['https://registry.npmjs.org/express', '', 0, 'allow', 'npm/packages'],
    ['https://registry.npmjs.org/express', '--method PUT', 3, 'deny', 'unfamiliar'],
    ['https://registry.npmjs.org./express', '', 0, 'allow', 'npm/packages'],
    ['https://pastebin.com/', '', 3, 'deny', 'deny/paste'],
    ['https://x.y.ngrok-free.app:8443/', '', 3, 'deny', 'deny/tunnel'],
    ['https://api.stranger.example/', '', 8, 'unfamiliar', 'unfamiliar'],
    ['https://api.stranger.example/', '--environment prod', 3, 'deny', 'unfamiliar'],
    ['https://api.stranger.example/', '--profile sealed', 3, 'deny', 'unfamiliar'],
    ['http://deb.debian.org/debian/', '', 0, 'allow', 'debian/packages'],
    ['https://docs.python.org/3/', '', 8, 'unfamiliar', 'unfamiliar'],
    ['https://docs.python.org/3/', '--use-case documentation', 0, 'allow', 'reference/platforms'],
    ['https://10.0.0.1/', '', 3, 'deny', 'unfamiliar'],
    ['https://169.254.169.254/latest', '', 3, 'deny', 'deny/metadata'],
  ])('%s %s', async (url, options, exit, verdict, rule) => {
    const ran = await stageOf().as('sam', `egress check ${url} ${options} --json`);
    expect([ran.code, JSON.parse(ran.out)]).toMatchObject([exit, { verdict, rule }]);
  });

  test.each([
    'https://user@registry.npmjs.org/',
    'https://registry.npmjs.org%2eevil.example/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://registry.npmjs.org/../x',
    'ftp://registry.npmjs.org/',
    'https://registry.npmjs.org:99999/',
    'https://münchen.example/',
  ])('refuses what a browser would repair: %s', async (url) => {
    const ran = await stageOf().as('sam', `egress check ${url}`);
    expect([ran.code, ran.out]).toEqual([1, '']);
    expect(ran.err).toMatch(/not an address|more than one way/);
  });

  test('a profile that is not there is told', async () => {
    expect(await stageOf().as('sam', 'egress check https://a.example --profile nothing')).toMatchObject({
      code: 1,
      err: expect.stringContaining('egress.yaml has no profile `nothing`') as string,
    });
  });
});

describe('hosts', () => {
  test('are listed, and one is shown with who let it pass', async () => {
    const stage = stageOf();
    expect((await stage.as('sam', 'egress list')).err).toContain('No sandbox reached anything yet.');
    await stage.familiarity.note([SEEN, { ...SEEN, host: 'api.example.com', domain: 'example.com', verdict: 'denied', runs: 2 }]);
    const { out } = await stage.as('sam', 'egress list');
    expect(out).toMatch(/registry\.npmjs\.org +4 +0 +1 +1000 +9000000/);
    const shown = await stage.as('sam', 'egress show REGISTRY.npmjs.org.');
    expect(shown.out).toContain('`registry.npmjs.org` was reached in 4 runs since 2026-01-01, from 1 repository (payments).');
    expect((await stage.as('sam', 'egress show 0x7f.1')).err).toContain('is no host');
  });
});

describe('a grant', () => {
  const ASK = 'egress grant api.example.com --task tsk_7 --minutes 30 --reason "reads the schema"';

  test('is made by who answers for it, on record, shown, and taken back', async () => {
    const stage = stageOf();
    expect((await stage.as('noor', `${ASK} --dry-run`)).err).toContain(
      'would let task tsk_7 reach api.example.com with GET, HEAD for 30 minutes',
    );
    expect(stage.familiarity.given.size).toBe(0);
    const made = await stage.as('noor', `${ASK} --json`);
    expect([made.code, JSON.parse(made.out)]).toMatchObject([
      0,
      {
        host: 'api.example.com',
        scope: 'task',
        of: 'tsk_7',
        methods: ['GET', 'HEAD'],
        by: 'noor',
        approval: null,
        expiresAt: '2026-06-01T12:30:00.000Z',
      },
    ]);
    const { id } = JSON.parse(made.out) as { id: string };
    expect((await stage.as('sam', 'egress list --grants')).out).toContain('task:tsk_7');
    expect((await stage.as('noor', `egress revoke ${id} --reason "done with it"`)).code).toBe(0);
    expect(stage.familiarity.given.get(id)).toMatchObject({ revokedBy: 'noor' });
    const decisions = stage.world.entries.filter(({ type }) => type === 'decision');
    expect(decisions).toMatchObject([
      { principal: 'noor', action: 'network.grant', resource: 'EgressZone:unfamiliar', decision: { answer: 'allow' } },
      { principal: 'noor', action: 'network.grant', decision: { answer: 'allow' } },
    ]);
  });

  test('by anybody else is denied, and on record as that', async () => {
    const stage = stageOf();
    expect((await stage.as('sam', ASK)).code).toBe(3);
    expect(stage.familiarity.given.size).toBe(0);
    expect(stage.world.entries.at(-1)).toMatchObject({ type: 'decision', decision: { answer: 'deny' } });
  });

  test('opens nothing of the deny list, no address and no wildcard, and has an end', async () => {
    const stage = stageOf();
    const refused = async (host: string, more = '') =>
      (await stage.as('noor', `egress grant ${host} --task tsk_7 --reason "because" ${more}`)).err;
    expect(await refused('pastebin.com')).toContain('is on the deny list, which no grant opens');
    expect(await refused('a.ngrok.io')).toContain('is on the deny list');
    expect(await refused('10.0.0.1')).toContain('is no name of a host');
    expect(await refused('*.example.com')).toContain('is no name of a host');
    expect(await refused('api.example.com', '--minutes 20000')).toContain('minutes');
    expect((await stage.as('noor', 'egress grant api.example.com --reason "because"')).code).toBe(2);
    expect((await stage.as('noor', 'egress grant api.example.com --run r --task t --reason "because"')).code).toBe(2);
    expect(stage.familiarity.given.size).toBe(0);
  });
});

test('an agent sees none of it', async () => {
  const stage = stageOf();
  for (const path of ['/api/v1/egress/hosts', '/api/v1/egress/grants', '/api/v1/egress/check?url=https://a.example'])
    expect((await stage.call('GET', path, { as: 'payments-test-repair-editor-dev' })).status).toBe(403);
});
