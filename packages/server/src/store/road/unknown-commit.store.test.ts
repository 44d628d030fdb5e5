/** The line to the database is cut at every byte of a COMMIT: each decision and each settlement happens exactly once all the same. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMMIT_BYTES, type Cut, type CutProxy, cutProxy } from '../../../../../tests/support/cut-proxy.ts';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import type { Connection } from '../postgres/index.ts';
import { ask, end, entriesOf, line, ofType, openRig, type Rig, rowOf } from './testing/rig.ts';

/** Bytes of `CommandComplete COMMIT` and `ReadyForQuery`. */
const ANSWER_BYTES = 18;

let db: FreshDatabase;
let proxy: CutProxy;
let rig: Rig;

function partsOf(connection: Connection): { host: string; port: number } {
  const url = connection.connectionString === undefined ? undefined : new URL(connection.connectionString);
  return { host: url?.hostname ?? connection.host ?? 'localhost', port: Number(url?.port || connection.port || 5432) };
}

function through(connection: Connection, { host, port }: CutProxy): Connection {
  if (connection.connectionString === undefined) return { ...connection, host, port };
  const url = new URL(connection.connectionString);
  url.hostname = host;
  url.port = String(port);
  return { connectionString: url.href };
}

beforeAll(async () => {
  db = await freshDatabase();
  const { host, port } = partsOf(db.connection);
  proxy = await cutProxy(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
  rig = await openRig(through(db.connection, proxy));
});
afterAll(async () => {
  await rig.close();
  await proxy.close();
  await db.drop();
});

const cuts: readonly Cut[] = [
  ...Array.from({ length: COMMIT_BYTES + 1 }, (_, request): Cut => ({ request, answer: 0 })),
  ...Array.from({ length: ANSWER_BYTES }, (_, answer): Cut => ({ request: 'all', answer })),
];

test.each(cuts)('cut after $request bytes of the COMMIT and $answer of its answer', async (cut) => {
  const scope = `cut:${cut.request}:${cut.answer}`;
  const item = ask({ lines: [line(scope, 100)], want: { microUsd: 60 } });
  const denied = ask({ lines: [line(`${scope}:poor`, 1)], want: { microUsd: 60 } });
  const key = item.reserve?.key ?? '';
  // The rows are made before the cut: their statement has a COMMIT of its own kind.
  await rig.road.decide(
    ask({ lines: [line(scope, 100), line(`${scope}:poor`, 1)], min: { microUsd: 1 }, want: { microUsd: 1 } }),
  );
  proxy.arm(cut);
  const [granted, refused] = await Promise.all([rig.road.decide(item), rig.road.decide(denied)]);
  expect([granted.reserve, refused.reserve?.ok]).toEqual([{ ok: true, granted: { microUsd: 60 } }, false]);
  expect(await rowOf(rig.store, scope)).toEqual({ reserved: 61, charged: 0 });
  proxy.arm(cut);
  await rig.road.settle(end(key, { microUsd: 20 }));
  expect(await rowOf(rig.store, scope)).toEqual({ reserved: 1, charged: 20 });
  const entries = await entriesOf(rig.store);
  const decisions = ofType(entries, 'decision').filter(({ decision }) => [key, denied.reserve?.key].includes(decision.id));
  const outcomes = ofType(entries, 'outcome').filter(({ outcome }) => outcome.decision === key);
  expect([decisions.length, outcomes.length]).toEqual([2, 1]);
});
