/** What was found in one request or answer: kinds, rules and classes, never values. */
import { type Finding, type FindingKind, type Profile, takesOut } from '@countersign/kernel/redact';
import { DATA_CLASSES, type DataClass, type ScanPlace, type Taint } from '../../ports/registry.ts';
import type { ScanRules } from './scan-rules.ts';

/** Taken out whatever the profile says: a key, and a run that is too long to be judged. */
const ALWAYS_OUT: ReadonlySet<string> = new Set(['private-key', 'long-token']);

export class Tally {
  readonly #rules: ScanRules;
  readonly #place: ScanPlace;
  readonly #labels = new Set<string>();
  readonly #denied = new Map<string, number>();
  readonly #counts = new Map<FindingKind, number>();
  #rank = 0;

  constructor(rules: ScanRules, place: ScanPlace) {
    this.#rules = rules;
    this.#place = place;
  }

  /** @param profile under which it was found; `stays`: it stands where nothing can be taken out */
  add(finding: Finding, profile: Profile, stays = false): void {
    const { rule, kind, confidence, raises } = finding;
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    const isTaken = takesOut(profile, finding);
    if (isTaken && (stays || this.#rules.action(this.#place, kind) === 'deny')) this.deny(rule);
    if (!stays && (isTaken || ALWAYS_OUT.has(rule))) this.#labels.add(`${kind}:redacted`);
    else if (confidence === 1 && kind !== 'injection') this.#labels.add(`${kind}:weak`);
    else {
      this.#labels.add(kind);
      if (raises !== 'none') this.#rank = Math.max(this.#rank, DATA_CLASSES.indexOf(raises));
    }
  }

  deny(rule: string): void {
    this.#denied.set(rule, (this.#denied.get(rule) ?? 0) + 1);
  }

  /** For `context.findings`: `secret:redacted`, `personal`, `injection` ... sorted. */
  get labels(): readonly string[] {
    return [...this.#labels].sort();
  }

  /** Findings by kind, for metrics. */
  get counts(): ReadonlyMap<FindingKind, number> {
    return this.#counts;
  }

  /** Class that what is left raises to; undefined where it raises nothing. */
  get dataClass(): DataClass | undefined {
    return this.#rank === 0 ? undefined : DATA_CLASSES[this.#rank];
  }

  get taints(): readonly Taint[] {
    const taints: Taint[] = [];
    if (this.#rank >= DATA_CLASSES.indexOf('confidential')) taints.push('private');
    if (this.#labels.has('injection')) taints.push('untrusted');
    return taints;
  }

  /** `aws-access-key (2), jwt (1)`: undefined where nothing is denied. */
  get denial(): string | undefined {
    if (this.#denied.size === 0) return undefined;
    return [...this.#denied].map(([rule, count]) => `${rule} (${count})`).join(', ');
  }
}
