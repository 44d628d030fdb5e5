/** Agents at work on a node that will be killed, what they were told, and whether the record agrees with it. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Client } from '../../packages/server/src/client/index.ts';
import { bodyOf, PATHS, type Wire } from '../support/calls.ts';

const CALLERS = 8;

/** What a client knows of one call of its. */
export interface Acknowledged {
  readonly decision: string;
  /** The whole answer came, up to its last event. */
  readonly whole: boolean;
  readonly status: number;
}

/** The last words of a stream that ended well. */
const TERMINAL: Readonly<Record<Wire, string>> = { responses: 'response.completed', chat: '[DONE]', messages: 'message_stop' };
const WIRES = Object.keys(TERMINAL) as Wire[];

async function one(url: string, key: string, n: number): Promise<Acknowledged | undefined> {
  const wire = WIRES[n % WIRES.length] ?? 'responses';
  const stream = n % 2 === 0;
  const response = await fetch(url + PATHS[wire], {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(bodyOf(wire, stream ? { stream } : {}, randomUUID())),
  }).catch(() => undefined);
  const decision = response?.headers.get('x-countersign-decision');
  if (response === undefined || decision === null || decision === undefined) return undefined;
  const text = await response.text().catch(() => '');
  return {
    decision,
    status: response.status,
    whole: stream && response.status === 200 ? text.includes(TERMINAL[wire]) : text.endsWith('}'),
  };
}

/** Answers after which a node is warm. */
const WARM = 24;

/** Calls until the node is gone. `onWarm` is called when the work is under way. */
export async function work(
  node: { readonly url: string; readonly alive: boolean },
  key: string,
  onWarm: () => void,
): Promise<readonly Acknowledged[]> {
  const told: Acknowledged[] = [];
  const caller = async (own: number): Promise<void> => {
    for (let n = own; node.alive; n++) {
      const answer = await one(node.url, key, n);
      if (answer === undefined) continue;
      told.push(answer);
      if (told.length === WARM) onWarm();
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, n) => caller(n)));
  return told;
}

export interface Entry {
  readonly type: string;
  readonly mandate?: string;
  readonly action?: string;
  readonly decision?: { readonly id: string; readonly answer: string; readonly code: string };
  readonly reservation?: { readonly microUsd: number };
  readonly outcome?: { readonly decision: string; readonly status: string };
  readonly cost?: { readonly microUsd: number };
  readonly detail?: { readonly microUsd?: number; readonly decision?: string };
}

export async function entriesOf(admin: Client): Promise<Entry[]> {
  const all: Entry[] = [];
  for (;;) {
    const { json } = await admin.get('/api/v1/ledger/entries', { limit: 1_000, cursor: all.length });
    const page = json['data'] as unknown as { entry: Entry }[];
    if (page.length === 0) return all;
    all.push(...page.map(({ entry }) => entry));
  }
}

export interface Consistency {
  readonly calls: number;
  readonly unknown: number;
}

/** Everything that was told is on record, every allowed act has one end, and the budget is the sum of what the record says. */
export async function checkRecord(admin: Client, mandate: string, told: readonly Acknowledged[]): Promise<Consistency> {
  const own = (await entriesOf(admin)).filter((entry) => entry.mandate === mandate);
  const decisions = new Map(
    own.flatMap((entry) =>
      entry.type === 'decision' && entry.decision !== undefined ? [[entry.decision.id, entry] as const] : [],
    ),
  );
  const ends = new Map<string, Entry[]>();
  for (const entry of own)
    if (entry.outcome !== undefined) ends.set(entry.outcome.decision, [...(ends.get(entry.outcome.decision) ?? []), entry]);
  // Nothing that a client was told is missing.
  expect(told.filter(({ decision }) => !decisions.has(decision))).toEqual([]);
  const successes = told.filter(({ status, whole }) => status === 200 && whole);
  expect(
    successes.filter(({ decision }) => !['done', 'unknown'].includes(ends.get(decision)?.[0]?.outcome?.status ?? 'none')),
  ).toEqual([]);
  expect(told.filter(({ status }) => status !== 200).map(({ decision }) => decisions.get(decision)?.decision?.code)).toEqual([]);
  // Every allowed act ended exactly once.
  const allowed = [...decisions.values()].filter(
    ({ decision, action }) => decision?.answer === 'allow' && action === 'model.call',
  );
  expect(
    allowed.filter(({ decision }) => ends.get(decision?.id ?? '')?.length !== 1).map(({ decision }) => decision?.id),
  ).toEqual([]);
  const spent = allowed.reduce((sum, entry) => sum + chargeOf(entry, ends.get(entry.decision?.id ?? '')?.[0]), 0);
  const corrected = own.reduce(
    (sum, { type, detail }) => (type === 'charge.correction' ? sum + (detail?.microUsd ?? 0) : sum),
    0,
  );
  const { json } = await admin.get('/api/v1/budgets', { scope: `mandate:${mandate}` });
  expect(json['data']).toMatchObject([{ spent: spent + corrected, reserved: 0 }]);
  return { calls: allowed.length, unknown: [...ends.values()].filter(([end]) => end?.outcome?.status === 'unknown').length };
}

/** What an end costs: its own figure; all that was held, where nobody knows. */
function chargeOf(decision: Entry, end: Entry | undefined): number {
  if (end?.cost !== undefined) return end.cost.microUsd;
  return end?.outcome?.status === 'unknown' ? (decision.reservation?.microUsd ?? 0) : 0;
}

/** Resolves when nothing is held any more: every act of every dead node was ended. */
export async function settled(admin: Client, mandate: string): Promise<void> {
  await expect
    .poll(
      async () =>
        ((await admin.get('/api/v1/budgets', { scope: `mandate:${mandate}` })).json['data'] as { reserved: number }[])[0]
          ?.reserved,
      { timeout: 30_000, interval: 200 },
    )
    .toBe(0);
}
