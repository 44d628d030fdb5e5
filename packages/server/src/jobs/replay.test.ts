import { beforeAll, describe, expect, test } from 'vitest';
import { Fault } from '@countersign/kernel/fault';
import type { BundleSnapshot } from '../ports/registry.ts';
import { replay, type ReplayTerms } from './replay.ts';
import { History } from './testing/history.ts';
import { changedSnapshot, modelCall, starterSnapshot } from './testing/starter.ts';

let starter: BundleSnapshot;
let other: BundleSnapshot;
beforeAll(async () => {
  starter = await starterSnapshot();
  other = await changedSnapshot('countersign.yaml', 'hold: 45s', 'hold: 30s');
}, 60_000);

function terms(history: History): ReplayTerms {
  const snapshot = (revision: string): Promise<BundleSnapshot> => {
    const found = [starter, other].find((each) => each.revision === revision);
    return found === undefined ? Promise.reject(new Fault('bundle.missing', 'gone')) : Promise.resolve(found);
  };
  return { ...history.source(), snapshot };
}

const NONE = { erased: 0, missing: 0, 'not-kept': 0, tampered: 0, unreadable: 0, 'no-bundle': 0 };

test('N of N decisions come out byte for byte, over revisions, allowed, held, denied and invalid ones', async () => {
  const history = new History();
  for (const snapshot of [starter, other]) {
    history.decided(snapshot, { ...modelCall(), cost: 30_000 });
    history.decided(snapshot, modelCall({ model: 'gpt-6-astra' }));
    history.decided(snapshot, modelCall({ args: { declaredRank: 3 } }));
    history.decided(snapshot, modelCall({ model: 'gpt-99' }));
    history.decided(snapshot, modelCall({ args: { surprise: 1 } }));
    history.decided(snapshot, { ...modelCall({ args: { estimateMicroUsd: 3_000_000 } }), bare: true });
    history.decided(snapshot, { ...modelCall(), overrule: 'budget.exceeded' });
  }
  const progress: number[] = [];
  const report = await replay(terms(history), { from: 0 }, { progress: (done) => progress.push(done) });
  expect(report).toEqual({
    decisions: 14,
    identical: 14,
    different: 0,
    notReplayable: NONE,
    differences: [],
    from: 0,
    to: history.bodies.length,
  });
  expect(progress.at(-1)).toBe(history.bodies.length);
});

describe('a record that does not say what decided is found', () => {
  test('another answer in the payload', async () => {
    const history = new History();
    const id = history.decided(starter, modelCall({ args: { declaredRank: 3 } }));
    // Decided under one revision, claimed under another: the cases differ in nothing but the revision's name.
    const text = Buffer.from(history.bodies[1] ?? []).toString();
    history.bodies[1] = Buffer.from(text.replace(starter.revision, other.revision));
    const report = await replay(terms(history), { from: 0 });
    expect(report).toMatchObject({ decisions: 1, identical: 0, different: 1 });
    expect(report.differences).toEqual([
      {
        decision: id,
        seq: 1,
        action: 'model.call',
        revision: other.revision,
        members: [`revision: ${starter.revision} -> ${other.revision}`],
      },
    ]);
  });

  test.each<[string, (body: string) => string, string]>([
    [
      'an entry that allows what the kernel denied',
      (body) => body.replace('"answer":"deny"', '"answer":"allow"'),
      'answer: the record says allow, the kernel deny',
    ],
    [
      'facts that are not those of the entry',
      (body) => body.replace(/"factsDigest":"[0-9a-f]{8}/, '"factsDigest":"00000000'),
      'factsDigest: 00000000',
    ],
  ])('%s', async (_, change, expected) => {
    const history = new History();
    history.decided(starter, modelCall({ args: { declaredRank: 3 } }));
    history.bodies[1] = Buffer.from(change(Buffer.from(history.bodies[1] ?? []).toString()));
    const { differences } = await replay(terms(history), { from: 0 });
    expect(differences[0]?.members.some((member) => member.startsWith(expected))).toBe(true);
  });
});

describe('what cannot be replayed is counted, never guessed', () => {
  test.each<[string, (history: History, digest: string) => void, object]>([
    ['erased', (history, digest) => history.payloads.set(digest, { state: 'erased' }), { erased: 1 }],
    ['missing', (history, digest) => history.payloads.delete(digest), { missing: 1 }],
    [
      'tampered',
      (history, digest) => {
        const payload = history.payloads.get(digest);
        if (payload?.state === 'present') history.payloads.set(digest, { ...payload, bytes: Buffer.from('{}') });
      },
      { tampered: 1 },
    ],
    [
      'of a revision that is gone',
      (history) => {
        history.bodies[1] = Buffer.from(
          Buffer.from(history.bodies[1] ?? [])
            .toString()
            .replace(starter.revision, 'f'.repeat(64)),
        );
      },
      { 'no-bundle': 1 },
    ],
  ])('%s', async (_, change, expected) => {
    const history = new History();
    history.decided(starter, modelCall());
    change(history, [...history.payloads.keys()][0] ?? '');
    const report = await replay(terms(history), { from: 0 });
    expect([report.decisions, report.identical, report.notReplayable]).toEqual([1, 0, { ...NONE, ...expected }]);
  });

  test('a store that is down is no revision that is gone', async () => {
    const history = new History();
    history.decided(starter, modelCall());
    const down = () => Promise.reject(new Fault('store.unavailable', 'down'));
    await expect(replay({ ...history.source(), snapshot: down }, { from: 0 })).rejects.toMatchObject({
      code: 'store.unavailable',
    });
  });
});

test('a range is replayed alone, and an abort ends it', async () => {
  const history = new History();
  for (let i = 0; i < 5; i += 1) history.decided(starter, modelCall());
  expect(await replay(terms(history), { from: 2, to: 4 })).toMatchObject({ decisions: 2, identical: 2, from: 2, to: 4 });
  expect(await replay(terms(history), { from: 0 }, { signal: AbortSignal.abort() })).toMatchObject({ decisions: 0, to: 0 });
});
