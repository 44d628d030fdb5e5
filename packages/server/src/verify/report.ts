/** What a verification found, as plain JSON: six levels, each with counts and findings. */
import type { LedgerEntry } from '@countersign/kernel/ledger';

export const LEVELS = {
  1: 'checkpoint',
  2: 'tree',
  3: 'entries',
  4: 'node chains',
  5: 'payloads',
  6: 'sense',
} as const;
export type LevelNumber = keyof typeof LEVELS;

/** Findings printed per level; all are counted. */
export const FINDINGS_KEPT_MAX = 50;

export interface Finding {
  readonly text: string;
  /** Index of the entry it is about. */
  readonly index?: number;
  /** File of the export it is about. */
  readonly path?: string;
}

export interface LevelReport {
  readonly level: LevelNumber;
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'not-checked';
  readonly counts: Readonly<Record<string, number>>;
  readonly findingCount: number;
  /** The first findings by the entries that they are about, at most 50. */
  readonly findings: readonly Finding[];
}

/** What the verdict rests on. `log-key` alone can't exclude that others were shown another history. */
export type TrustBasis = 'log-key' | 'kept-checkpoint' | 'witnesses';

export interface VerifyReport {
  readonly ok: boolean;
  readonly origin: string | null;
  readonly size: number | null;
  /** Root in hex. */
  readonly root: string | null;
  readonly basis: readonly TrustBasis[];
  readonly levels: readonly LevelReport[];
  /** Two signed notes that can't both be honest: evidence for a third party. */
  readonly fork: { readonly kept: string; readonly presented: string } | null;
}

/** An entry is in *the* log only as far as the checkpoint is witnessed; `basis` says which it was. */
export type ProofReport =
  | {
      readonly ok: true;
      readonly origin: string;
      readonly index: number;
      readonly size: number;
      readonly entry: LedgerEntry;
      readonly basis: readonly TrustBasis[];
    }
  | { readonly ok: false; readonly text: string };

interface LevelState {
  checked: boolean;
  readonly counts: Record<string, number>;
  total: number;
  kept: Finding[];
}

/** Those about the log as a whole first, then in the order of the entries: in which order a verifier comes upon them means nothing. */
const inOrder = (findings: readonly Finding[]): Finding[] =>
  [...findings]
    .sort((a, b) => (a.index ?? -1) - (b.index ?? -1) || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .slice(0, FINDINGS_KEPT_MAX);

/** Collects counts and findings while a verification runs. */
export class Findings {
  readonly #levels = new Map<LevelNumber, LevelState>();

  #at(level: LevelNumber): LevelState {
    const known = this.#levels.get(level);
    if (known !== undefined) return known;
    const fresh: LevelState = { checked: false, counts: {}, total: 0, kept: [] };
    this.#levels.set(level, fresh);
    return fresh;
  }

  checked(level: LevelNumber): void {
    this.#at(level).checked = true;
  }

  count(level: LevelNumber, name: string, by = 1): void {
    const { counts } = this.#at(level);
    counts[name] = (counts[name] ?? 0) + by;
  }

  add(level: LevelNumber, text: string, place: Omit<Finding, 'text'> = {}): void {
    const at = this.#at(level);
    at.total++;
    at.kept.push({ text, ...place });
    if (at.kept.length >= FINDINGS_KEPT_MAX * 4) at.kept = inOrder(at.kept);
  }

  get total(): number {
    return [...this.#levels.values()].reduce((sum, { total }) => sum + total, 0);
  }

  levels(): LevelReport[] {
    return ([1, 2, 3, 4, 5, 6] as const).map((level) => {
      const { checked, counts, total, kept } = this.#at(level);
      const status = total > 0 ? 'failed' : checked ? 'passed' : 'not-checked';
      return { level, name: LEVELS[level], status, counts: { ...counts }, findingCount: total, findings: inOrder(kept) };
    });
  }
}

const BASIS_TEXT: Readonly<Record<TrustBasis, string>> = {
  'log-key': "the log's own signature",
  'kept-checkpoint': 'a checkpoint kept from before',
  witnesses: 'a quorum of witnesses',
};

const restsOn = (basis: readonly TrustBasis[]): string =>
  `VERIFIED, resting on ${basis.map((each) => BASIS_TEXT[each]).join(', ')}`;

/** For people: what was proven, and the entry itself; ends in a newline. */
export function printProofReport(report: ProofReport): string {
  if (!report.ok) return `${report.text}\nNOT VERIFIED\n`;
  const { origin, index, size, entry, basis } = report;
  return `${origin}, entry ${index} of ${size}\n${JSON.stringify(entry)}\n${restsOn(basis)}\n`;
}

/** The report for people; ends in a newline. */
export function printReport(report: VerifyReport): string {
  const lines = report.levels.flatMap(({ level, name, status, counts, findings, findingCount }) => [
    `${level} ${name.padEnd(12)} ${status.padEnd(12)} ${Object.entries(counts)
      .map(([what, n]) => `${n} ${what}`)
      .join(', ')}`.trimEnd(),
    ...findings.map(
      ({ text, index, path }) =>
        `    ${[path, index === undefined ? undefined : `entry ${index}`, text].filter(Boolean).join(': ')}`,
    ),
    ...(findingCount > findings.length ? [`    and ${findingCount - findings.length} more`] : []),
  ]);
  const head =
    report.origin === null
      ? 'no checkpoint that could be trusted'
      : `${report.origin}, ${report.size} entries, root ${report.root}`;
  const verdict = report.ok ? restsOn(report.basis) : 'NOT VERIFIED';
  const fork = report.fork === null ? [] : ['', 'kept:', report.fork.kept, 'presented:', report.fork.presented];
  return `${[head, ...lines, verdict, ...fork].join('\n')}\n`;
}
