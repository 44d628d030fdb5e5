/** Facts of one decision: what the schema marks `@from("facts")` for the action, filled from our own state and nothing else. */
import type { Facts } from '@countersign/kernel/action';
import { factsOf } from '@countersign/kernel/decide';
import { canonicalize } from '@countersign/kernel/ledger';
import { type Json, isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { Mandate } from '../ports/mandate.ts';
import { type BundleSnapshot, DATA_CLASSES, type DataClass, type Taint } from '../ports/registry.ts';
import type { Ask } from '../ports/road.ts';

export interface Known {
  readonly nowMs: number;
  /** Gate classes whose quorum is met. */
  readonly approvals: readonly string[];
  readonly breakGlass: boolean;
  readonly budgetLeftMicroUsd: number;
  readonly dataClass: DataClass;
  readonly taints: readonly Taint[];
}

export const rankOf = (name: DataClass): number => DATA_CLASSES.indexOf(name);

/** The highest of what is declared, what was found, and what the mandate was admitted for; unknown names count as the strictest. */
export function effectiveClass(named: readonly (DataClass | undefined)[], mandate: Mandate | undefined): DataClass {
  let rank = strictRank(mandate?.dataClass ?? 'public');
  for (const name of named) if (name !== undefined) rank = Math.max(rank, strictRank(name));
  return DATA_CLASSES[rank] ?? 'restricted';
}

function strictRank(name: string): number {
  const rank = (DATA_CLASSES as readonly string[]).indexOf(name);
  return rank === -1 ? DATA_CLASSES.length - 1 : rank;
}

/** INVARIANT: the same snapshot, ask and known values give the same facts, byte for byte. */
export function gatherFacts(snapshot: BundleSnapshot, ask: Ask, known: Known): Facts {
  const when = new Date(known.nowMs);
  const { frozen, autonomous } = moduleFacts(snapshot, ask, when);
  const all: Record<string, Json> = {
    now: when.toISOString(),
    hour: when.getUTCHours(),
    // Monday is 1, Sunday is 7 (ISO 8601).
    weekday: when.getUTCDay() === 0 ? 7 : when.getUTCDay(),
    approvals: known.approvals.length === 0 ? NONE : [...known.approvals].sort(),
    breakGlass: known.breakGlass,
    budgetLeftMicroUsd: known.budgetLeftMicroUsd,
    dataRank: rankOf(known.dataClass),
    frozen,
    autonomous,
    taints: known.taints.length === 0 ? NONE : [...known.taints].sort(),
  };
  const mandate = ask.caller.mandate;
  if (mandate !== undefined) all['mandate'] = mandateFact(snapshot, mandate);
  // A client that shows itself can only take away: what it says of itself grants nothing.
  if (ask.caller.client !== undefined) all['client'] = { ...ask.caller.client };
  const context: Record<string, Json> = {};
  for (const name of factsOf(snapshot.compiled, ask.action)) {
    const value = all[name];
    if (value !== undefined) context[name] = value;
  }
  return ask.entities === undefined || ask.entities.length === 0 ? { context } : { context, entities: ask.entities };
}

const NONE: readonly never[] = Object.freeze([]);

interface KnownMandate {
  readonly namespace: string;
  readonly fact: JsonRecord;
}
/** A mandate never changes, so what it says is laid out once, and printed once. */
const mandates = new WeakMap<Mandate, KnownMandate>();
const mandateTexts = new WeakMap<object, string>();

function mandateFact(snapshot: BundleSnapshot, mandate: Mandate): JsonRecord {
  const namespace = namespaceOf(snapshot);
  const known = mandates.get(mandate);
  if (known?.namespace === namespace) return known.fact;
  const fact = Object.freeze(layOutMandate(snapshot, mandate));
  mandates.set(mandate, { namespace, fact });
  mandateTexts.set(fact, canonicalize(fact));
  return fact;
}

/** Canonical JSON of `{context, entities}`, the form in which facts are recorded. */
export function factsText({ context, entities }: Facts): string {
  let text = '';
  for (const name of Object.keys(context).sort()) {
    const value = context[name];
    const known = typeof value === 'object' && value !== null ? mandateTexts.get(value) : undefined;
    text += `${text === '' ? '' : ','}${canonicalize(name)}:${known ?? canonicalize(value)}`;
  }
  return `{"context":{${text}},"entities":${entities === undefined ? '[]' : canonicalize(entities)}}`;
}

function layOutMandate(snapshot: BundleSnapshot, mandate: Mandate): JsonRecord {
  return {
    id: mandate.id,
    task: mandate.task,
    ticket: mandate.ticket,
    repository: { type: `${namespaceOf(snapshot)}::Repository`, id: mandate.repository },
    useCase: mandate.useCase,
    actions: mandate.actions,
    capabilities: mandate.capabilities,
    dataRank: rankOf(effectiveClass([], mandate)),
  };
}

/** `frozen` and `autonomous` over the modules that a request names: Cedar cannot look into a set of entities. */
function moduleFacts(snapshot: BundleSnapshot, ask: Ask, when: Date): { frozen: boolean; autonomous: boolean } {
  const named = ask.args['modules'];
  if (!Array.isArray(named) || named.length === 0) return { frozen: false, autonomous: true };
  const modules = snapshot.repositories.get(ask.resource.id)?.modules ?? [];
  let frozen = false;
  let autonomous = true;
  for (const reference of named) {
    const id = isRecord(reference) ? reference['id'] : undefined;
    const module = modules.find((known) => known.id === id);
    // A module that nobody registered is nobody's to change autonomously.
    if (module === undefined || !module.autonomous) autonomous = false;
    if (module?.frozenUntil !== undefined && when.getTime() < Date.parse(module.frozenUntil)) frozen = true;
  }
  return { frozen, autonomous };
}

export const namespaceOf = (snapshot: BundleSnapshot): string => snapshot.compiled.namespace;
