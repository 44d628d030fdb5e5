/** Promises about whole bundles, on random ones: agreement with cedar-wasm layer by layer, and what no change of order or of layers may do. */
import type { ActionRequest, Facts } from '@countersign/kernel/action';
import {
  EntityStore,
  entityReader,
  evaluatePlain,
  plainContext,
  plainPolicies,
  EntityUid,
  resolveSchema,
  actionEntities,
} from '@countersign/kernel/cedar';
import { type BundleSource, compileBundle, decide, type Decision } from '@countersign/kernel/decide';
import { isRecord, type Json } from '@countersign/kernel/json';
import { afterAll, describe, expect, it } from 'vitest';
import { Oracle } from './oracle.ts';
import { randomBundle } from './testing/bundle.ts';
import { Dice } from './testing/random.ts';
import { translatePolicies, translateSchema } from './translate.ts';

/** Layered requests cost five wasm calls each, so they get a share of the runs. */
const RUNS = Math.ceil(Number(process.env.COUNTERSIGN_ORACLE_RUNS ?? 2000) / 8);
const SEED = Number(process.env.COUNTERSIGN_ORACLE_SEED ?? 1);
const SIZE = { policies: 24, requests: 30 };

const oracle = new Oracle();
afterAll(() => oracle.close());

interface World {
  readonly seed: number;
  readonly source: BundleSource;
  readonly requests: readonly { readonly facts: Facts; readonly request: ActionRequest }[];
}

async function worldOf(seed: number): Promise<World> {
  const made = randomBundle(seed, SIZE);
  const { policies } = await translatePolicies(made.policies, 'p.cedar');
  const schema = await translateSchema(made.schema);
  return {
    seed,
    source: { revision: `r${seed}`, language: '4.5', schema, policies, entities: made.entities },
    requests: made.requests,
  };
}

async function worlds(count: number): Promise<World[]> {
  const made: World[] = [];
  for (let at = 0; at < count; at += 1) made.push(await worldOf(SEED * 7919 + at));
  return made;
}

const decisions = ({ source, requests }: World, change: (facts: Facts) => Facts = (facts) => facts): Decision[] => {
  const bundle = compileBundle(source);
  return requests.map(({ facts, request }) => decide(bundle, change(facts), request));
};

function shuffled<T>(list: readonly T[], dice: Dice): T[] {
  return list
    .map((item) => [dice.next(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

function reversedSets(json: Json): Json {
  if (Array.isArray(json)) return [...json.map((part) => reversedSets(part as Json)), ...json.slice(0, 1)].reverse();
  return isRecord(json)
    ? Object.fromEntries(
        Object.entries(json)
          .map(([name, part]) => [name, reversedSets(part)])
          .reverse(),
      )
    : json;
}

const RANK = { deny: 0, requireApproval: 1, allow: 2 } as const;

describe('random bundles', () => {
  it(`agree with cedar-wasm in answer, policies, errors, gates, duties and shadow on ${RUNS} requests`, {
    timeout: 3_600_000,
  }, async () => {
    const seen: Record<string, number> = {};
    for (let asked = 0, seed = SEED; asked < RUNS; seed += 1) {
      const world = await worldOf(seed);
      const bundle = compileBundle(world.source);
      for (const { facts, request } of world.requests) {
        const decision = decide(bundle, facts, request);
        const mismatch = await oracle.check(world.source, facts, request, decision);
        expect(mismatch === undefined ? undefined : { seed, request, facts, decision, mismatch }).toBeUndefined();
        seen[decision.code.split('.')[0] ?? ''] = (seen[decision.code.split('.')[0] ?? ''] ?? 0) + 1;
        asked += 1;
      }
    }
    // All outcomes must have been met, and none of ours refused before evaluation.
    expect(seen.request ?? 0).toBe(0);
    for (const kind of ['ok', 'r', 'policy', 'default']) expect(seen[kind] ?? 0).toBeGreaterThan(0);
  });

  it('do not depend on the order of policies, entities, set elements or members', async () => {
    for (const world of await worlds(3)) {
      const dice = new Dice(world.seed);
      const { source } = world;
      const other = { ...source, policies: shuffled(source.policies, dice), entities: shuffled(source.entities, dice) };
      const turned = {
        ...world,
        source: {
          ...other,
          entities: other.entities.map((entity) => ({ ...entity, attrs: reversedSets(entity.attrs) as typeof entity.attrs })),
        },
      };
      const change = (facts: Facts): Facts => ({ ...facts, context: reversedSets(facts.context) as Facts['context'] });
      expect(JSON.stringify(decisions(turned, change))).toBe(JSON.stringify(decisions(world)));
    }
  });

  it('never allow more with one limit or gate more', async () => {
    for (const world of await worlds(3)) {
      const before = decisions(world);
      const extra = await translatePolicies(
        '@id("extra.limit") @layer("limit") @owner("x") @escalate("x") @reason("r.x") @message("m") forbid (principal in G::Team::"t0", action, resource);\n' +
          '@id("extra.gate") @layer("gate") @owner("x") @escalate("x") @reason("r.x") @message("m") @gate("dba") @approvers("team:dba") @min("9") forbid (principal, action == G::Action::"write", resource) unless { context.approvals.contains("dba") };',
        'extra.cedar',
      );
      for (const policy of extra.policies) {
        const after = decisions({ ...world, source: { ...world.source, policies: [...world.source.policies, policy] } });
        for (const [at, decision] of after.entries())
          expect(RANK[decision.answer]).toBeLessThanOrEqual(RANK[before[at]?.answer ?? 'deny']);
      }
    }
  });

  it('never deny for an approval more, and never allow for one less', async () => {
    const withApprovals =
      (approvals: readonly string[]) =>
      (facts: Facts): Facts => ({ ...facts, context: { ...facts.context, approvals } });
    for (const world of await worlds(3)) {
      const ranks = [[], ['dba'], ['dba', 'owner']].map((approvals) =>
        decisions(world, withApprovals(approvals)).map(({ answer }) => RANK[answer]),
      );
      const [none = [], one = [], both = []] = ranks;
      for (const [at, rank] of none.entries()) {
        expect(one[at]).toBeGreaterThanOrEqual(rank);
        expect(both[at]).toBeGreaterThanOrEqual(one[at] ?? 0);
        // An approval lifts gates and nothing else.
        expect((both[at] ?? 0) > 0).toBe(rank > 0);
      }
    }
  });

  it('answer through the index as without it', async () => {
    for (const world of await worlds(3)) {
      const { source, requests } = world;
      const schema = resolveSchema(source.schema);
      const read = entityReader(schema);
      const stored = (records: BundleSource['entities']) => records.map(read).filter((entity) => typeof entity !== 'string');
      const enforced = source.policies.filter(
        ({ est }) =>
          isRecord(est) &&
          isRecord(est.annotations) &&
          est.annotations.layer !== 'obligation' &&
          est.annotations.mode === undefined,
      );
      const policies = plainPolicies({ staticPolicies: Object.fromEntries(enforced.map(({ id, est }) => [id, est])) });
      for (const [at, decision] of decisions(world).entries()) {
        const { facts, request } = requests[at] as (typeof requests)[number];
        const store = EntityStore.of([...stored(source.entities), ...stored(facts.entities ?? []), ...actionEntities(schema)]);
        if (typeof store === 'string') throw new Error(store);
        const action = new EntityUid('G::Action', request.action);
        const plain = evaluatePlain(policies, store, {
          principal: new EntityUid(request.principal.type, request.principal.id),
          action,
          resource: new EntityUid(request.resource.type, request.resource.id),
          context: plainContext({ ...facts.context, ...request.args, op: request.action }, schema, action),
        });
        if (decision.errors.length === 0) expect(decision.answer === 'allow').toBe(plain.decision === 'allow');
        else
          expect(decision.errors.map(({ policy }) => policy)).toEqual(
            expect.arrayContaining(plain.errors.map(({ policy }) => policy)),
          );
      }
    }
  });
});
