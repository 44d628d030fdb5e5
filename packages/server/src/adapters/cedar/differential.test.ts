/** Our evaluator and cedar-wasm, asked the same: decision, determining policies and failing policies must be the same every time. */
import { createRequire } from 'node:module';
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';
import { EntityUid, evaluatePlain, plainContext, plainEntities, plainPolicies } from '@countersign/kernel/cedar';
import { describe, expect, it } from 'vitest';
import { foreignCedar } from './foreign.ts';
import { randomWorld } from './testing/world.ts';

const wasm = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof Cedar;
const RUNS = Number(process.env.COUNTERSIGN_ORACLE_RUNS ?? 2000);
const SEED = Number(process.env.COUNTERSIGN_ORACLE_SEED ?? 1);
const SIZE = { policies: 24, requests: 60 };

const uid = ({ type, id }: { type: string; id: string }) => new EntityUid(type, id);

async function compareWorld(seed: number): Promise<{ requests: number; differences: unknown[]; failures: number }> {
  const world = randomWorld(seed, SIZE);
  const text = world.policies.join('\n');
  const policies = plainPolicies(await foreignCedar.readPolicies(text));
  const entities = plainEntities(world.entities);
  const parsed = wasm.preparsePolicySet('world', { staticPolicies: text });
  if (parsed.type === 'failure') throw new Error(`seed ${seed}: ${JSON.stringify(parsed)}`);
  const differences: unknown[] = [];
  let failures = 0;
  for (const request of world.requests) {
    const answer = wasm.statefulIsAuthorized({
      ...request,
      preparsedPolicySetId: 'world',
      entities: world.entities,
    } as never);
    if (answer.type === 'failure') throw new Error(`seed ${seed}: ${JSON.stringify(answer.errors)}`);
    const { decision, diagnostics } = answer.response;
    const theirs = {
      decision,
      reason: diagnostics.reason.sort(),
      errors: diagnostics.errors.map(({ policyId }) => policyId).sort(),
    };
    const { principal, action, resource, context } = request as never;
    const plain = evaluatePlain(policies, entities, {
      principal: uid(principal),
      action: uid(action),
      resource: uid(resource),
      context: plainContext(context),
    });
    const ours = { decision: plain.decision, reason: plain.reason, errors: plain.errors.map(({ policy }) => policy) };
    failures += ours.errors.length;
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
      const ids = new Set([...ours.errors, ...theirs.errors, ...ours.reason, ...theirs.reason]);
      const odd = [...ids].filter(
        (id) =>
          ours.errors.includes(id) !== theirs.errors.includes(id) || ours.reason.includes(id) !== theirs.reason.includes(id),
      );
      differences.push({
        seed,
        request,
        ours,
        theirs,
        policies: odd.map((id) => world.policies[Number(id.slice(6))]),
        diagnostics: diagnostics.errors.filter((e) => odd.includes(e.policyId)).map((e) => e.error.message),
      });
    }
  }
  return { requests: world.requests.length, differences, failures };
}

describe('differential', () => {
  it(`answers as cedar-wasm does on ${RUNS} random requests`, { timeout: 3_600_000 }, async () => {
    let asked = 0;
    let failures = 0;
    for (let seed = SEED; asked < RUNS; seed += 1) {
      const { requests, differences, failures: failed } = await compareWorld(seed);
      asked += requests;
      failures += failed;
      expect(differences.slice(0, 3)).toEqual([]);
    }
    // Worlds in which nothing fails would prove little.
    expect(failures).toBeGreaterThan(asked / 10);
  });
});
