/** The ledger entries of the road: one before each act, one after. Ids and codes only; everything else is a payload. */
import type { ActionClass, EntityRef } from '@countersign/kernel/action';
import type { Decision, GateNeed, Reason, ShadowNote } from '@countersign/kernel/decide';
import { type CostPart, type EntryDraft, ledgerId, type PayloadRef } from '@countersign/kernel/ledger';
import type { Mandate } from '../ports/mandate.ts';
import type { Mutable } from '../ports/mutable.ts';
import type { Amounts } from '../ports/road-store.ts';
import type { Act, Ask, Caller, GovernAsk } from '../ports/road.ts';

export interface Stamp {
  readonly org: string;
  /** UUIDv7 of the entry. */
  readonly id: string;
  readonly ts: string;
}

/** `Model:gpt-5.5`: the type without its namespace. */
export const resourceId = (resource: EntityRef): string =>
  ledgerId(`${resource.type.split('::').pop() ?? resource.type}:${resource.id}`);

/** Who, for whom, under which mandate, on what. */
export interface Subject {
  readonly principal: string;
  readonly onBehalfOf: string;
  readonly mandate?: string;
  readonly task?: string;
  readonly ticket?: string;
  readonly action?: string;
  readonly class?: ActionClass;
  readonly resource?: string;
  readonly team: string;
  readonly environment: string;
  readonly useCase?: string;
  readonly repository?: string;
  readonly model?: string;
  readonly trace?: string;
}

type DecisionDraft = Extract<EntryDraft, { type: 'decision' }>;
type OutcomeDraft = Extract<EntryDraft, { type: 'outcome' }>;

/** A person's address never gets into an entry: what has an `@` is stood for by its local part's place in the registry. */
const pseudonym = (text: string): string => ledgerId(text).replaceAll('@', '%40');

const byMandate = new WeakMap<Mandate, Subject>();

/** A mandate says who, for whom and for what; so what it says is put into an entry's form once. */
export function callerSubject(caller: Caller): Subject {
  const { mandate } = caller;
  if (mandate === undefined) return subjectOf(caller);
  let subject = byMandate.get(mandate);
  if (subject === undefined) byMandate.set(mandate, (subject = subjectOf(caller)));
  return subject;
}

function subjectOf({ agent, onBehalfOf, mandate }: Caller): Subject {
  const subject: Mutable<Subject> = {
    principal: agent.id,
    onBehalfOf: pseudonym(onBehalfOf),
    team: ledgerId(agent.team),
    environment: ledgerId(agent.environment),
  };
  if (mandate !== undefined) {
    subject.mandate = mandate.id;
    subject.task = mandate.task;
    if (mandate.ticket !== '') subject.ticket = ledgerId(mandate.ticket);
    subject.repository = ledgerId(mandate.repository);
    subject.useCase = ledgerId(mandate.useCase);
  }
  return subject;
}

/**
 * Puts in what is known of a subject besides who it is. Member by member and always in this order: copies that a spread makes have a hidden
 * class for each place that makes them, and all that reads them is slow then.
 */
function putKnown(into: Mutable<Partial<Subject>>, from: Subject): void {
  if (from.mandate !== undefined) into.mandate = from.mandate;
  if (from.task !== undefined) into.task = from.task;
  if (from.ticket !== undefined) into.ticket = from.ticket;
  if (from.repository !== undefined) into.repository = from.repository;
  if (from.useCase !== undefined) into.useCase = from.useCase;
  if (from.action !== undefined) into.action = from.action;
  if (from.resource !== undefined) into.resource = from.resource;
  if (from.trace !== undefined) into.trace = from.trace;
  if (from.class !== undefined) into.class = from.class;
  if (from.model !== undefined) into.model = from.model;
}

export function askSubject(ask: Ask & Partial<GovernAsk>, actionClass: ActionClass | null): Subject {
  const who = callerSubject(ask.caller);
  const { principal, onBehalfOf, team, environment } = who;
  const subject: Mutable<Subject> = { principal, onBehalfOf, team, environment };
  putKnown(subject, who);
  subject.action = ask.action;
  subject.resource = resourceId(ask.resource);
  subject.trace = ask.trace;
  if (actionClass !== null) subject.class = actionClass;
  if (ask.model !== undefined) subject.model = ledgerId(ask.model);
  if (ask.useCase !== undefined && ask.useCase !== '') subject.useCase = ledgerId(ask.useCase);
  if (ask.repository !== undefined) subject.repository = ledgerId(ask.repository);
  return subject;
}

export interface DecisionRecord {
  readonly id: string;
  readonly decision: Decision;
  readonly requestDigest: string;
  readonly factsDigest: string;
  readonly payloads: readonly PayloadRef[];
  readonly grant?: string | undefined;
  readonly approval?: string | undefined;
  readonly reservation?: { readonly id: string; readonly granted: Amounts } | undefined;
}

export function decisionEntry(stamp: Stamp, subject: Subject, record: DecisionRecord): EntryDraft {
  const { decision } = record;
  const { principal, onBehalfOf, team, environment } = subject;
  const entry: Mutable<DecisionDraft> = {
    principal,
    onBehalfOf,
    team,
    environment,
    v: 1,
    org: stamp.org,
    id: stamp.id,
    ts: stamp.ts,
    type: 'decision',
    action: subject.action ?? 'unknown',
    resource: subject.resource ?? 'unknown',
    decision: {
      id: record.id,
      answer: decision.answer,
      code: decision.code,
      reasons: listed(decision.reasons, reasonPart),
      policies: listed(decision.policies, ledgerId),
      obligations: listed(decision.obligations, ledgerId),
      gates: listed(decision.gates, gatePart),
      shadow: listed(decision.shadow, shadowPart),
      revision: decision.revision,
      requestDigest: record.requestDigest,
      factsDigest: record.factsDigest,
    },
    payloads: [...record.payloads],
  };
  putKnown(entry, subject);
  if (record.grant !== undefined) entry.grant = record.grant;
  if (record.approval !== undefined) entry.approval = record.approval;
  if (record.reservation !== undefined) entry.reservation = reservationPart(record.reservation);
  return entry;
}

/** Entries list at most this many policies; the whole decision is in the facts payload. */
const LISTED_MAX = 24;

const listed = <T, R>(list: readonly T[], part: (one: T) => R): R[] =>
  list.length === 0 ? [] : list.slice(0, LISTED_MAX).map((one) => part(one));

const reasonPart = ({ code, policy }: Reason) => (policy === undefined ? { code } : { code, policy: ledgerId(policy) });
const gatePart = ({ gate }: GateNeed): string => ledgerId(gate);
const shadowPart = ({ policy, effect }: ShadowNote) => ({ policy: ledgerId(policy), effect });

const reservationPart = ({ id, granted }: { id: string; granted: Amounts }) => ({
  id,
  microUsd: granted.microUsd ?? 0,
  tokens: granted.tokens ?? 0,
  requests: granted.requests ?? 0,
});

export interface OutcomeRecord {
  readonly decision: string;
  readonly grant: string;
  readonly act: Omit<Act<unknown>, 'value' | 'payloads'>;
  readonly durationMs: number;
  readonly payloads: readonly PayloadRef[];
}

export function outcomeEntry(stamp: Stamp, subject: Subject, record: OutcomeRecord): EntryDraft {
  const { act } = record;
  const cost: CostPart | undefined = act.cost;
  const { principal, onBehalfOf, team, environment } = subject;
  const entry: Mutable<OutcomeDraft> = {
    principal,
    onBehalfOf,
    team,
    environment,
    v: 1,
    org: stamp.org,
    id: stamp.id,
    ts: stamp.ts,
    type: 'outcome',
    outcome:
      act.code === undefined
        ? { decision: record.decision, status: act.status }
        : { decision: record.decision, status: act.status, code: act.code },
    grant: record.grant,
    payloads: [...record.payloads],
    detail: { durationMs: Math.max(0, Math.round(record.durationMs)) },
  };
  putKnown(entry, subject);
  if (cost !== undefined) entry.cost = cost;
  if (act.upstream !== undefined) entry.upstream = ledgerId(act.upstream);
  return entry;
}
