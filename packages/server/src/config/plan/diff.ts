/** What differs between two revisions, by meaning rather than by line: policies, agents, models, tools, repositories, people, money. */
import { ACTION_CLASSES, type ActionClass } from '@countersign/kernel/action';
import type { PolicySource } from '@countersign/kernel/decide';
import { isRecord, type Json } from '@countersign/kernel/json';
import { isLowerClass } from '@countersign/kernel/tool';
import { NO_EGRESS } from '../../ports/egress-settings.ts';
import type { BundleSnapshot } from '../../ports/registry.ts';
import type { Change, ChangeGroup, ChangeKind } from './change.ts';
import { diffEgress } from './egress.ts';

type Named = Readonly<Record<string, unknown>>;

type Compared = Pick<
  BundleSnapshot,
  'agents' | 'people' | 'models' | 'providers' | 'repositories' | 'budgets' | 'webhooks' | 'toolServers' | 'egress' | 'profiles'
>;

const NOTHING: Compared = {
  agents: new Map(),
  people: new Map(),
  models: new Map(),
  providers: new Map(),
  repositories: new Map(),
  budgets: [],
  webhooks: [],
  toolServers: new Map(),
  egress: NO_EGRESS,
  profiles: new Map(),
};

/** `before` is undefined for a first revision: then everything is added. */
export function diffSnapshots(before: BundleSnapshot | undefined, after: BundleSnapshot): readonly Change[] {
  const changes = [
    ...diffPolicies(before?.source.policies ?? [], after.source.policies),
    ...(before === undefined ? [] : diffOnce(before, after)),
    ...diffRegistries(before ?? NOTHING, after),
  ];
  return changes.sort((a, b) => Number(b.widens) - Number(a.widens));
}

const diffRegistries = (before: Compared, after: Compared): Change[] => [
  ...diffMaps('agent', before.agents, after.agents),
  ...diffMaps('person', before.people, after.people),
  ...diffMaps('model', before.models, after.models),
  ...diffMaps('provider', before.providers, after.providers),
  ...diffMaps('repository', before.repositories, after.repositories),
  ...diffMaps('tool', toolsOf(before), toolsOf(after)),
  ...diffEgress(before.egress, after.egress, members),
  ...diffMaps('profile', before.profiles, after.profiles),
  ...diffMaps('budget', keyed(before.budgets, budgetKey), keyed(after.budgets, budgetKey)),
  ...diffMaps('webhook', keyed(before.webhooks, idOf), keyed(after.webhooks, idOf)),
];

/** Servers by id and operations as `server/name`, so that a change names the operation that it is about. */
const toolsOf = ({ toolServers }: Compared): ReadonlyMap<string, object> =>
  new Map(
    [...toolServers.values()].flatMap(({ operations, ...server }): [string, object][] => [
      [server.id, server],
      ...operations.map((operation): [string, object] => [`${server.id}/${operation.name}`, operation]),
    ]),
  );

/** What there is one of: schema and settings. */
function diffOnce(before: BundleSnapshot, after: BundleSnapshot): Change[] {
  const settings = members(before.settings as unknown as Named, after.settings as unknown as Named);
  return [
    ...(textOf(before.source.schema) === textOf(after.source.schema) ? [] : [schemaChange]),
    ...(settings.length === 0
      ? []
      : [{ group: 'settings', id: after.settings.organisation, change: 'changed', details: settings, widens: false } as const]),
  ];
}

const idOf = ({ id }: { readonly id: string }): string => id;

const schemaChange: Change = {
  group: 'schema',
  id: 'policies/schema.cedarschema',
  change: 'changed',
  details: [],
  widens: false,
};

const budgetKey = ({ scope, unit, window }: { scope: string; unit: string; window: string }): string =>
  `${scope} ${unit} per ${window}`;

const keyed = <T>(list: readonly T[], key: (item: T) => string): ReadonlyMap<string, T> =>
  new Map(list.map((item) => [key(item), item]));

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    isRecord(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  ) ?? '';

function diffMaps<T>(group: ChangeGroup, old: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Change[] {
  const changes: Change[] = [];
  for (const id of [...new Set([...old.keys(), ...after.keys()])].sort()) {
    const was = old.get(id);
    const is = after.get(id);
    if (was === undefined)
      changes.push({ group, id, change: 'added', details: [], widens: group !== 'budget' && group !== 'webhook' });
    else if (is === undefined) changes.push({ group, id, change: 'removed', details: [], widens: group === 'budget' });
    else {
      const details = members(was as Named, is as Named);
      if (details.length > 0)
        changes.push({ group, id, change: 'changed', details, widens: widensRecord(was as Named, is as Named) });
    }
  }
  return changes;
}

/** Members whose growth lets more through; the rest is shown, and not claimed to be harmless or harmful. */
const GROWING = [
  'tier',
  'limit',
  'repositories',
  'capabilities',
  'useCases',
  'teams',
  'environments',
  'groups',
  'elicitationHosts',
  'argumentBytesMax',
  'resultBytesMax',
  'ratePerMinute',
  'retries',
];
const RANKED = ['dataClass', 'maxDataClass'];
const RANKS = ['public', 'internal', 'confidential', 'restricted'];
const OPENING = ['enabled', 'customerData', 'admin', 'elicitation', 'sampling', 'roots', 'idempotent'];
const CLOSING = ['disabled', 'preview', 'approval'];
/** Members whose shrinking does. */
const WARNING = ['taints', 'redact', 'secretArguments'];

function widensRecord(was: Named, is: Named): boolean {
  const grows = (name: string): boolean => {
    const [a, b] = [was[name], is[name]];
    if (typeof a === 'number' && typeof b === 'number') return b > a;
    return Array.isArray(a) && Array.isArray(b) && b.some((item) => !a.includes(item));
  };
  const isRaised = (name: string): boolean => RANKS.indexOf(String(is[name])) > RANKS.indexOf(String(was[name]));
  const opens =
    OPENING.some((name) => was[name] === false && is[name] === true) ||
    CLOSING.some((name) => was[name] === true && is[name] === false);
  return opens || GROWING.some(grows) || RANKED.some(isRaised) || widensTool(was, is);
}

/** Tool servers and operations: a lower class, a new address or pin, a limit that is gone, less that is warned of. */
function widensTool(was: Named, is: Named): boolean {
  const classOf = (value: unknown): ActionClass =>
    ACTION_CLASSES.find((name) => name === value) ?? ACTION_CLASSES[ACTION_CLASSES.length - 1] ?? 'mutate-high';
  const shrinks = (name: string): boolean => {
    const [a, b] = [was[name], is[name]];
    return Array.isArray(a) && a.some((item) => !Array.isArray(b) || !b.includes(item));
  };
  const opens = ['transport', 'credentials', 'pin', 'arguments'].some((name) => textOf(was[name]) !== textOf(is[name]));
  const lifted = ['ratePerMinute', 'environments'].some((name) => was[name] !== null && is[name] === null);
  const exposes = was['expose'] === 'declared' && is['expose'] === 'all';
  return opens || lifted || exposes || WARNING.some(shrinks) || isLowerClass(classOf(is['class']), classOf(was['class']));
}

function members(was: Named, is: Named): string[] {
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .sort()
    .filter((name) => textOf(was[name]) !== textOf(is[name]))
    .map((name) => `${name}: ${short(was[name])} -> ${short(is[name])}`);
}

const short = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : textOf(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
};

function diffPolicies(before: readonly PolicySource[], after: readonly PolicySource[]): Change[] {
  const old = keyed(before, idOf);
  const next = keyed(after, idOf);
  const changes: Change[] = [];
  for (const id of [...new Set([...old.keys(), ...next.keys()])].sort()) {
    const was = old.get(id);
    const is = next.get(id);
    const change = was === undefined ? 'added' : is === undefined ? 'removed' : policyChange(was, is);
    if (change === undefined) continue;
    const details = was === undefined || is === undefined ? [] : partsChanged(was, is);
    changes.push({ group: 'policy', id, change, details, widens: widensPolicy(was, is, change) });
  }
  return changes;
}

/** Comments, layout and order are no change: the meaning is compared, as the parser understood it. */
function policyChange(was: PolicySource, is: PolicySource): 'changed' | 'annotations' | undefined {
  if (textOf(bare(was.est)) !== textOf(bare(is.est))) return 'changed';
  const [a, b] = [annotations(was), annotations(is)];
  if (textOf(a) === textOf(b)) return undefined;
  // These annotations decide: the layer, the mode, who approves and how many.
  return DECISIVE.some((name) => a[name] !== b[name]) ? 'changed' : 'annotations';
}

const DECISIVE = ['layer', 'mode', 'gate', 'approvers', 'min', 'obligation'];

const annotations = ({ est }: PolicySource): Readonly<Record<string, Json>> =>
  isRecord(est) && isRecord(est['annotations']) ? est['annotations'] : {};
const bare = (est: Json): Json => (isRecord(est) ? { ...est, annotations: null } : est);

function partsChanged(was: PolicySource, is: PolicySource): string[] {
  const part = (source: PolicySource, name: string): unknown => (isRecord(source.est) ? source.est[name] : undefined);
  const parts = ['effect', 'principal', 'action', 'resource', 'conditions'].filter(
    (name) => textOf(part(was, name)) !== textOf(part(is, name)),
  );
  const [a, b] = [annotations(was), annotations(is)];
  const notes = members(a, b).map((text) => `@${text}`);
  return [...parts, ...notes];
}

/** A permit that comes or changes, a forbid that goes or changes; shadow policies let nothing through. */
function widensPolicy(was: PolicySource | undefined, is: PolicySource | undefined, change: ChangeKind): boolean {
  if (change === 'annotations') return false;
  const enforced = (source: PolicySource | undefined): PolicySource | undefined =>
    source === undefined || annotations(source)['mode'] === 'shadow' ? undefined : source;
  const [old, next] = [enforced(was), enforced(is)];
  const grants =
    next !== undefined && isRecord(next.est) && next.est['effect'] === 'permit' && annotations(next)['layer'] === 'access';
  const held = old !== undefined && isRecord(old.est) && old.est['effect'] === 'forbid';
  return grants || held;
}
