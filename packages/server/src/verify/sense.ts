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

/** The records of one entry, by which it is tied to others. */
export function relate(entry: LedgerEntry, index: number, relations: Relations): void {
  const add: Add = (key, event, amount = 0) => relations.add(key, { index, event, amount });
  add(`i${entry.id}`, 'id');
  for (const { digest, bytes, kept } of entry.payloads ?? [])
    add(`p${digest}`, kept === false ? 'digest only' : 'payload', bytes);
  switch (entry.type) {
    case 'decision':
      return addDecision(entry, add);
    case 'outcome':
      return addOutcome(entry, add);
    case 'charge.correction':
      return add(`d${entry.detail.decision}`, 'correction');
    case 'approval.requested':
      add(`d${entry.detail.decision}`, 'asked');
      return add(`a${entry.approval}`, 'requested');
    case 'approval.decided':
      return add(`a${entry.approval}`, entry.detail.state === 'approved' ? 'approved' : 'voted');
    case 'approval.expired':
      return add(`a${entry.approval}`, 'expired');
    case 'erasure':
      for (const digest of entry.detail.digests) add(`p${digest}`, 'erased');
      return;
    default:
      return;
  }
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
    let decided: RelationRecord | null = null;
    let settled = false;
    let spent = 0;
    let corrected = false;
    for (const record of records) {
      const { event, index } = record;
      if (event === 'allow' || event === 'deny' || event === 'requireApproval') {
        this.#findings.count(6, 'decisions');
        if (decided !== null) this.#findings.add(6, `the decision ${name} was recorded twice`, { index });
        decided ??= record;
      } else if (decided === null) {
        this.#missing(`the decision ${name} is not on record before this entry`, index);
      } else if (event === 'asked') {
        if (decided.event !== 'requireApproval')
          this.#findings.add(6, `an approval was asked for the decision ${name}, which did not need one`, { index });
      } else if (event === 'correction') {
        corrected = true;
      } else {
        this.#findings.count(6, 'outcomes');
        if (decided.event !== 'allow')
          this.#findings.add(6, `an outcome of the decision ${name}, which did not allow the act`, { index });
        if (settled) this.#findings.add(6, `a second outcome of the decision ${name}`, { index });
        settled = settled || event === 'outcome';
        spent += record.amount;
      }
    }
    if (decided === null || corrected) return;
    const reserved = Math.max(0, decided.amount);
    if (spent > reserved)
      this.#findings.add(6, `the decision ${name} cost ${spent} micro-USD, and ${reserved} were reserved`, {
        index: decided.index,
      });
    if (decided.event === 'allow' && !settled) this.#findings.count(6, 'acts without a known end');
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
    let state: 'none' | 'open' | 'approved' | 'used' | 'expired' = this.#pruned ? 'approved' : 'none';
    for (const { event, index } of records) {
      if (event === 'requested') {
        this.#findings.count(6, 'approvals');
        if (state !== 'none' && !this.#pruned) this.#findings.add(6, `the approval ${name} was requested twice`, { index });
        state = 'open';
      } else if (event === 'used') {
        if (state !== 'approved')
          this.#findings.add(6, `the approval ${name} was used while it was ${state === 'none' ? 'unknown' : state}`, { index });
        state = 'used';
      } else if (state === 'none') {
        this.#findings.add(6, `the approval ${name} was never requested`, { index });
      } else if (event === 'approved' && state === 'open') {
        state = 'approved';
      } else if (event === 'expired' && state !== 'used') {
        state = 'expired';
      }
    }
  }
}
