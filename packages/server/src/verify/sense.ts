/** Levels 3 (unique ids), 5 and 6 as relations between entries: which records an entry leaves, and what a key's records must say. */
import type { LedgerEntry } from '@countersign/kernel/ledger';
import type { RelationRecord, Relations } from './relations.ts';
import type { Findings } from './report.ts';

type Add = (key: string, event: string, amount?: number) => void;

/** A decision made no reservation. */
const NO_RESERVATION = -1;

function addDecision(entry: Extract<LedgerEntry, { type: 'decision' }>, add: Add): void {
  const { decision, grant, reservation, approval } = entry;
  add(`d${decision.id}`, decision.answer, reservation?.microUsd ?? NO_RESERVATION);
  if (grant !== undefined) add(`g${grant}`, decision.answer === 'allow' ? 'minted' : 'minted without allow');
  if (reservation !== undefined) add(`r${reservation.id}`, 'made');
  if (approval !== undefined && decision.answer === 'allow') add(`a${approval}`, 'used');
}

function addOutcome(entry: Extract<LedgerEntry, { type: 'outcome' }>, add: Add): void {
  const { outcome, grant, reservation, cost } = entry;
  const event = outcome.status === 'unknown' ? 'outcome unknown' : 'outcome';
  add(`d${outcome.decision}`, event, cost?.microUsd ?? 0);
  if (grant !== undefined) add(`g${grant}`, event);
  if (reservation !== undefined) add(`r${reservation.id}`, 'settled');
}

function addApproval(
  entry: Extract<LedgerEntry, { type: 'approval.requested' | 'approval.decided' | 'approval.expired' }>,
  add: Add,
): void {
  const key = `a${entry.approval}`;
  if (entry.type === 'approval.expired') return add(key, 'expired');
  if (entry.type === 'approval.decided') return add(key, entry.detail.state === 'approved' ? 'approved' : 'voted');
  add(`d${entry.detail.decision}`, 'asked');
  add(key, 'requested');
}

function addPayloads({ payloads }: LedgerEntry, add: Add): void {
  for (const { digest, bytes, kept } of payloads ?? []) add(`p${digest}`, kept === false ? 'digest only' : 'payload', bytes);
}

/** The records of one entry, by which it is tied to others. */
export function relate(entry: LedgerEntry, index: number, relations: Relations): void {
  const add: Add = (key, event, amount = 0) => relations.add(key, { index, event, amount });
  add(`i${entry.id}`, 'id');
  addPayloads(entry, add);
  switch (entry.type) {
    case 'decision':
      return addDecision(entry, add);
    case 'outcome':
      return addOutcome(entry, add);
    case 'connection.ended':
      add(`g${entry.grant}`, 'connection');
      return add(`d${entry.detail.decision}`, 'connection');
    case 'charge.correction':
      return add(`d${entry.detail.decision}`, 'correction');
    case 'approval.requested':
    case 'approval.decided':
    case 'approval.expired':
      return addApproval(entry, add);
    case 'erasure':
      for (const digest of entry.detail.digests) add(`p${digest}`, 'erased');
      return;
    default:
      return;
  }
}

const ANSWERS: ReadonlySet<string> = new Set(['allow', 'deny', 'requireApproval']);

interface DecisionStory {
  readonly name: string;
  decided: RelationRecord | null;
  settled: boolean;
  /** Micro-USD over all outcomes. */
  spent: number;
  corrected: boolean;
}

export class Sense {
  readonly #findings: Findings;
  /** Entries before the first one here were pruned, so what they said can't be asked of them. */
  readonly #pruned: boolean;

  constructor(findings: Findings, pruned: boolean) {
    this.#findings = findings;
    this.#pruned = pruned;
  }

  /** Checks all records of one key except payloads. */
  check(key: string, records: readonly RelationRecord[]): void {
    const name = key.slice(1);
    switch (key.charAt(0)) {
      case 'i':
        for (const { index } of records.slice(1)) this.#findings.add(3, `the id ${name} is used a second time`, { index });
        return;
      case 'd':
        return this.#decision(name, records);
      case 'g':
        return this.#grant(name, records);
      case 'r':
        return this.#once({ name: `reservation ${name}`, made: 'made', madeText: 'made by a decision' }, records);
      case 'a':
        return this.#approval(name, records);
      default:
        return;
    }
  }

  /** A reference to something earlier that isn't there: pruned away, or a finding. */
  #missing(text: string, index: number): void {
    if (this.#pruned) this.#findings.count(6, 'before pruning');
    else this.#findings.add(6, text, { index });
  }

  #decision(name: string, records: readonly RelationRecord[]): void {
    const story: DecisionStory = { name, decided: null, settled: false, spent: 0, corrected: false };
    for (const record of records) {
      if (ANSWERS.has(record.event)) this.#decided(story, record);
      else if (story.decided === null) this.#missing(`the decision ${name} is not on record before this entry`, record.index);
      else this.#followed(story, story.decided, record);
    }
    const { decided, settled, spent, corrected } = story;
    if (decided === null) return;
    if (decided.event === 'allow' && !settled) this.#findings.count(6, 'acts without a known end');
    const reserved = Math.max(0, decided.amount);
    if (spent <= reserved || corrected) return;
    this.#findings.add(6, `the decision ${name} cost ${spent} micro-USD, and ${reserved} were reserved`, {
      index: decided.index,
    });
  }

  #decided(story: DecisionStory, record: RelationRecord): void {
    this.#findings.count(6, 'decisions');
    if (story.decided !== null) this.#findings.add(6, `the decision ${story.name} was recorded twice`, { index: record.index });
    story.decided ??= record;
  }

  /** What came after the decision: a question, a correction, an outcome. */
  #followed(story: DecisionStory, decided: RelationRecord, { event, index, amount }: RelationRecord): void {
    const { name } = story;
    if (event === 'asked') {
      if (decided.event === 'requireApproval') return;
      return this.#findings.add(6, `an approval was asked for the decision ${name}, which did not need one`, { index });
    }
    if (event === 'correction') {
      story.corrected = true;
      return;
    }
    if (event === 'connection') return this.#connected(story, decided, index);
    this.#findings.count(6, 'outcomes');
    if (decided.event !== 'allow')
      this.#findings.add(6, `an outcome of the decision ${name}, which did not allow the act`, { index });
    if (story.settled) this.#findings.add(6, `a second outcome of the decision ${name}`, { index });
    story.settled = story.settled || event === 'outcome';
    story.spent += amount;
  }

  /** One of any number of connections under a decision, before its outcome. */
  #connected({ name, settled }: DecisionStory, decided: RelationRecord, index: number): void {
    this.#findings.count(6, 'connections');
    if (decided.event !== 'allow')
      this.#findings.add(6, `a connection under the decision ${name}, which did not allow it`, { index });
    if (settled) this.#findings.add(6, `a connection under the decision ${name}, after its outcome`, { index });
  }

  #grant(name: string, records: readonly RelationRecord[]): void {
    let used = false;
    for (const { event, index } of records) {
      if (event === 'minted without allow')
        this.#findings.add(6, `the grant ${name} comes from a decision that did not allow`, { index });
      if (!event.startsWith('outcome')) continue;
      if (used) this.#findings.add(6, `the grant ${name} was used twice`, { index });
      used = used || event === 'outcome';
    }
    this.#once({ name: `grant ${name}`, made: 'minted', madeText: 'minted by a decision' }, records);
  }

  #once({ name, made, madeText }: { name: string; made: string; madeText: string }, records: readonly RelationRecord[]): void {
    let seen = false;
    for (const { event, index } of records) {
      if (event.startsWith(made)) {
        if (seen) this.#findings.add(6, `the ${name} was ${madeText} twice`, { index });
        seen = true;
      } else if (!seen) {
        this.#missing(`the ${name} was not ${madeText} before`, index);
      }
    }
  }

  #approval(name: string, records: readonly RelationRecord[]): void {
    let state: ApprovalState = this.#pruned ? 'approved' : 'unknown';
    for (const { event, index } of records) {
      if (event === 'requested') this.#findings.count(6, 'approvals');
      const wrong = this.#pruned && event === 'requested' ? null : wrongStep(event, state);
      if (wrong !== null) this.#findings.add(6, `the approval ${name} ${wrong}`, { index });
      state = nextState(event, state);
    }
  }
}

type ApprovalState = 'unknown' | 'open' | 'approved' | 'used' | 'expired';

/** What must not happen in this state, in words; null where it may. */
function wrongStep(event: string, state: ApprovalState): string | null {
  if (event === 'requested') return state === 'unknown' ? null : 'was requested twice';
  if (event === 'used') return state === 'approved' ? null : `was used while it was ${state}`;
  return state === 'unknown' ? 'was never requested' : null;
}

function nextState(event: string, state: ApprovalState): ApprovalState {
  if (event === 'requested') return 'open';
  if (event === 'used') return 'used';
  if (event === 'approved' && state === 'open') return 'approved';
  return event === 'expired' && state !== 'used' && state !== 'unknown' ? 'expired' : state;
}
