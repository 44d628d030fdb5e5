/** What differs in egress.yaml: each denial, rule and use by itself, so that what opens something stands alone. */
import type { EgressRule } from '@countersign/kernel/egress';
import { type EgressSettings, NO_EGRESS, UNFAMILIAR_MODES, type UnfamiliarMode } from '../../ports/egress-settings.ts';
import type { Change } from './change.ts';

interface Item {
  readonly value: unknown;
  /** Whether having it opens something; a denial closes. */
  readonly opens: boolean;
}

/** `members` says what differs between two values, member by member. */
type Members = (was: Readonly<Record<string, unknown>>, is: Readonly<Record<string, unknown>>) => string[];

export function diffEgress(before: EgressSettings, after: EgressSettings, members: Members): Change[] {
  const [old, next] = [itemsOf(before), itemsOf(after)];
  const changes: Change[] = [];
  for (const id of [...new Set([...old.keys(), ...next.keys()])].sort()) {
    const [was, is] = [old.get(id), next.get(id)];
    if (was === undefined) changes.push({ group: 'egress', id, change: 'added', details: [], widens: is?.opens ?? true });
    else if (is === undefined) changes.push({ group: 'egress', id, change: 'removed', details: [], widens: !was.opens });
    else {
      const details = members({ ...(was.value as object) }, { ...(is.value as object) });
      // Another wording opens nothing; whether anything else does is for people to see.
      const widens = details.some((detail) => !detail.startsWith('why: ')) && widensItem(id, was, is);
      if (details.length > 0) changes.push({ group: 'egress', id, change: 'changed', details, widens });
    }
  }
  return changes;
}

function itemsOf(settings: EgressSettings): ReadonlyMap<string, Item> {
  const { deny, sets, profiles, use, unfamiliar, grant, limits, credentials } = settings;
  const items = new Map<string, Item>();
  for (const rule of deny) items.set(`${rule.id} ${rule.host}`, { value: rule, opens: false });
  for (const set of sets) {
    items.set(`set ${set.id}`, { value: { taints: set.taints, why: set.why }, opens: false });
    for (const rule of set.rules) items.set(`${rule.id} ${rule.host}`, { value: rule, opens: opensRule(rule) });
  }
  for (const profile of profiles) items.set(`profile ${profile.id}`, { value: profile, opens: true });
  for (const name of use.always) items.set(`use always ${name}`, { value: {}, opens: true });
  for (const kind of ['environments', 'repositories', 'useCases'] as const)
    for (const [of, names] of Object.entries(use[kind]))
      for (const name of names) items.set(`use ${kind}.${of} ${name}`, { value: {}, opens: true });
  for (const [environment, mode] of Object.entries(unfamiliar))
    items.set(`unfamiliar ${environment}`, { value: { mode }, opens: mode !== 'deny' });
  if (settings !== NO_EGRESS) {
    items.set('grant', { value: grant, opens: true });
    items.set('limits', { value: limits, opens: true });
  }
  for (const credential of credentials) items.set(`credential ${credential.name}`, { value: credential, opens: true });
  return items;
}

const opensRule = ({ decision }: EgressRule): boolean => decision !== 'deny';

function widensItem(id: string, was: Item, is: Item): boolean {
  if (id.startsWith('unfamiliar ')) return modeOf(is) > modeOf(was);
  if (id === 'limits') return Object.entries(is.value as object).some(([name, value]) => value > numberAt(was, name));
  return is.opens || was.opens || id.startsWith('set ');
}

const modeOf = ({ value }: Item): number => UNFAMILIAR_MODES.indexOf((value as { readonly mode: UnfamiliarMode }).mode);
const numberAt = ({ value }: Item, name: string): number => (value as Readonly<Record<string, number>>)[name] ?? 0;
