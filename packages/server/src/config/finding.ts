/** What is wrong with a governance directory, said so that the person who wrote it can mend it. All findings are given at once. */
import { Fault } from '@countersign/kernel/fault';

export interface Finding {
  readonly severity: 'error' | 'warning';
  /** Stable, such as `yaml.unknown-key` or `agent.name-vague`. */
  readonly code: string;
  /** Path below the governance directory. */
  readonly file: string;
  /** From 1; 1:1 also where the whole file is meant. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
}

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** Collects findings; a directory with one error is refused whole. */
export class Findings {
  readonly #all: Finding[] = [];

  error(place: Place, complaint: Complaint): void {
    this.#all.push({ severity: 'error', ...place, ...complaint });
  }

  warn(place: Place, complaint: Complaint): void {
    this.#all.push({ severity: 'warning', ...place, ...complaint });
  }

  add(findings: readonly Finding[]): void {
    this.#all.push(...findings);
  }

  get failed(): boolean {
    return this.#all.some(({ severity }) => severity === 'error');
  }

  /** By file and line, errors before warnings on the same line. */
  sorted(): readonly Finding[] {
    return [...this.#all].sort(
      (a, b) =>
        compare(a.file, b.file) ||
        a.line - b.line ||
        a.column - b.column ||
        compare(a.severity, b.severity) ||
        compare(a.code, b.code),
    );
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Also where policies that are made from it are said to stand. */
export const COMMANDS_FILE = 'commands.yaml';

/** The beginning of a file: where a finding is about all of it. */
export const wholeFile = (file: string): Place => ({ file, line: 1, column: 1 });

/** `policies/20-limits.cedar:7:1 error policy.owner: ... (hint)` */
export function findingText({ severity, code, file, line, column, message, hint }: Finding): string {
  return `${file}:${line}:${column} ${severity} ${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
}

/** The findings as one fault, for callers that can't go on; the first three are in its text, all of them in its details. */
export function findingsFault(findings: readonly Finding[]): Fault {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const first = errors.slice(0, 3).map(findingText).join('; ');
  const more = errors.length > 3 ? `; and ${errors.length - 3} more` : '';
  return new Fault('bundle.invalid', `The bundle is refused and the last good one stays. ${first}${more}`, {
    details: { findings: findings.map((finding) => ({ ...finding })) },
  });
}
