import { decide } from '@countersign/kernel/decide';
import { beforeAll, expect, test } from 'vitest';
import { buildBundle } from '../config/build/build.ts';
import { starterFiles } from '../config/testing/starter.ts';
import { cedarText } from '../config/testing/tools.ts';
import type { AgentRecord, BundleSnapshot } from '../ports/registry.ts';
import { TOOL_ACTIONS, toolEntity, toolRef, toolServerRef } from '../ports/tool-entity.ts';
import type { Ask } from '../ports/road.ts';
import { gatherFacts } from './facts.ts';
import { budgetLines } from './lines.ts';
import { MANDATE } from './testing/world.ts';

const NS = 'Countersign';
let snapshot: BundleSnapshot;
let agent: AgentRecord;

beforeAll(async () => {
  const result = await buildBundle(await starterFiles(), { cedar: cedarText });
  if (!result.ok) throw new Error('the starter does not build');
  snapshot = result.snapshot;
  const found = snapshot.agents.get('payments-test-repair-editor-dev');
  if (found === undefined) throw new Error('the starter has no such agent');
  agent = found;
}, 60_000);

const ask = (name: string, changes: Partial<Ask> = {}): Ask => ({
  caller: {
    org: 'example',
    agent,
    credential: 'crd_1',
    onBehalfOf: 'lin',
    mandate: { ...MANDATE, repository: 'payments', useCase: 'code-maintenance', actions: Object.values(TOOL_ACTIONS) },
  },
  action: TOOL_ACTIONS['mutate-low'],
  resource: toolRef(NS, 'memory', name),
  args: { declaredRank: 1, useCase: 'code-maintenance', method: 'tools/call', bytes: 10, findings: [] },
  door: 'tool',
  trace: 'a'.repeat(32),
  ...changes,
});

const KNOWN = {
  nowMs: Date.parse('2026-11-24T10:00:00Z'),
  approvals: [],
  breakGlass: false,
  budgetLeftMicroUsd: 1,
  dataClass: 'internal',
  taints: [],
} as const;

function answer(given: Ask) {
  const { action, resource, args } = given;
  const principal = { type: `${NS}::Agent`, id: agent.id };
  return decide(snapshot.compiled, gatherFacts(snapshot, given, KNOWN), { principal, action, resource, args });
}

test('a tool that only the catalogue knows can be asked for with the door’s own entity, and not without it', () => {
  const server = snapshot.toolServers.get('memory');
  if (server === undefined) throw new Error('the starter has no memory');
  const entity = toolEntity(NS, server, { name: 'remember', class: 'mutate-low' }, undefined);
  expect(answer(ask('remember')).code).toBe('request.unknown-entity');
  expect(answer(ask('remember', { entities: [entity] })).answer).toBe('allow');
  const facts = gatherFacts(snapshot, ask('remember', { entities: [entity] }), KNOWN);
  expect([facts.entities, facts.context['taints']]).toEqual([[entity], []]);
});

test('the catalogue’s class counts, also for a tool that the bundle declares', () => {
  const server = snapshot.toolServers.get('issue-tracker');
  const operation = server?.operations.find(({ name }) => name === 'search_issues');
  if (server === undefined) throw new Error('the starter has no tracker');
  const resource = toolRef(NS, 'issue-tracker', 'search_issues');
  const raised = toolEntity(NS, server, { name: 'search_issues', class: 'mutate-high' }, operation);
  expect(answer(ask('', { action: 'tool.read', resource })).answer).toBe('allow');
  expect(answer(ask('', { action: 'tool.read', resource, entities: [raised] })).code).toBe('tool.class');
  expect(answer(ask('', { action: 'tool.mutateHigh', resource, entities: [raised] })).answer).toBe('requireApproval');
});

test('tools and tool servers have budgets of their own', () => {
  const limited = (...scopes: string[]): BundleSnapshot => ({
    ...snapshot,
    budgets: scopes.map((scope) => ({ scope, unit: 'requests', window: 'minute', limit: 5, raise: 'team:platform', alarms: [] })),
  });
  const rules = limited('server:memory', 'tool:*', 'tool:memory/remember', 'server:other');
  const scopes = (given: Ask): string[] => budgetLines(rules, given, '2026-11-24T10:00:00Z').map(({ scope }) => scope);
  const { mandate } = ask('x').caller;
  const caller = { ...ask('x').caller, mandate };
  expect(scopes(ask('recall', { caller }))).toEqual(['server:memory', 'tool:memory/recall', 'mandate:man_1']);
  expect(scopes(ask('remember', { caller }))).toEqual(['server:memory', 'tool:memory/remember', 'mandate:man_1']);
  expect(scopes(ask('', { caller, action: 'tool.fetch', resource: toolServerRef(NS, 'memory') }))).toEqual([
    'server:memory',
    'mandate:man_1',
  ]);
  expect(scopes(ask('', { caller, resource: { type: `${NS}::Model`, id: 'memory/remember' } }))).toEqual(['mandate:man_1']);
});
