/**
 * One node of the concurrency tests: many callers on shared lines, each reserving, "acting" and settling. What it acknowledged goes to
 * standard output, one JSON line each, so that a kill loses nothing that the test must know.
 */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { decisionDraft, outcomeDraft, silentLog } from '../support/ledger.ts';
import { newEntryId, newId, systemClock } from '../../packages/server/src/adapters/system/clock.ts';
import { openLedger } from '../../packages/server/src/store/ledger/index.ts';
import { type Connection, openStore } from '../../packages/server/src/store/postgres/index.ts';
import { PostgresRoad, RoadKeeper } from '../../packages/server/src/store/road/index.ts';
import type { Amounts, BudgetLine } from '../../packages/server/src/ports/road-store.ts';

export interface NodeTerms {
  readonly connection: Connection;
  readonly org: string;
  readonly callers: number;
  /** Decisions in all; negative: until killed. */
  readonly acts: number;
  readonly lines: readonly BudgetLine[];
  readonly min: Amounts;
  readonly want: Amounts;
  /** `hold`: what was granted stays reserved. `spend`: it is charged, in part or in full. */
  readonly mode: 'hold' | 'spend';
  readonly actMs?: number;
}

const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`);

export async function main(terms: NodeTerms): Promise<void> {
  const { connection, org, lines, min, want } = terms;
  const store = await openStore({ connection, log: silentLog });
  const node = newId('nod');
  const author = { clock: systemClock, newEntryId };
  const ledger = openLedger({ store, clock: systemClock, newEntryId, node });
  const road = new PostgresRoad({ store, ledger, author, org, payloads: { send: async () => ({ done: Promise.resolve() }) } });
  const keeper = new RoadKeeper({ store, road, author, node, log: silentLog });
  await keeper.start();
  say({ started: node });

  async function act(serial: number): Promise<void> {
    const key = newId('dec');
    const expiresAt = new Date(Date.now() + (terms.actMs ?? 60_000)).toISOString();
    const record = () => ({ entries: [decisionDraft(org, key)], payloads: [] });
    const { reserve } = await road.decide({ org, grant: newId('gra'), reserve: { key, lines, min, want, expiresAt }, record });
    say({ key, granted: reserve?.ok === true ? reserve.granted : null });
    if (reserve?.ok !== true || terms.mode === 'hold') return;
    // Acts take their time, so that a kill finds some of them open.
    await sleep(Math.random() * 60);
    const charge =
      serial % 5 === 0
        ? 'none'
        : serial % 3 === 0
          ? 'full'
          : { microUsd: Math.floor((reserve.granted.microUsd ?? 0) / 2), requests: 1 };
    await road.settle({ org, reservation: key, charge, entries: [outcomeDraft(org, key)], payloads: [] });
    say({ settled: key });
  }

  let next = 0;
  const caller = async (): Promise<void> => {
    while (terms.acts < 0 || next < terms.acts) {
      next += 1;
      await act(next);
    }
  };
  await Promise.all(Array.from({ length: terms.callers }, caller));
  await keeper.stop();
  await store.close();
  say({ done: node });
}
