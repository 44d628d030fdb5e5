/** What this process knows of budget lines: that their rows exist, their alarms, and what was left when it last saw them. */
import type { BudgetLine } from '../../ports/road-store.ts';
import { type FoundRow, lineKey } from './line.ts';
import { PairMap } from './pair-map.ts';

export interface KnownLine {
  /** As the last asker's bundle has it. */
  line: BudgetLine;
  /** As of the last batch of this process that touched the row. */
  left: number;
  /** The row is in the database. */
  exists: boolean;
  /** The row as this process last committed it; another may have changed it since. */
  row: FoundRow | undefined;
}

/**
 * Batches that lock their rows first after what was remembered turned out wrong, and the most after that happened again and again. Many: where
 * another process works on the same rows, a batch that has to run twice gives back late what it holds, and somebody else is denied meanwhile.
 */
const WARY_MIN = 1_024;
const WARY_MAX = 65_536;

/** Lines of tasks and of turned windows come and go: beyond this many the oldest are forgotten. */
const LINES_MAX = 50_000;

export class KnownLines {
  readonly #lines = new PairMap<KnownLine>();
  #waryFor = 0;
  #wary = WARY_MIN;

  /** The line with the rule of now: limits and alarms may have changed since the row was made. */
  learn(org: string, line: BudgetLine, key: string): KnownLine {
    const known = this.#lines.get(org, key);
    if (known !== undefined) {
      known.left += line.limit - known.line.limit;
      known.line = line;
      return known;
    }
    const fresh = { line, left: line.limit, exists: false, row: undefined };
    this.#lines.set(org, key, fresh);
    if (this.#lines.size > LINES_MAX) this.#lines.dropOldest();
    return fresh;
  }

  find(org: string, key: string): KnownLine | undefined {
    return this.#lines.get(org, key);
  }

  left(org: string, line: BudgetLine): number {
    const known = this.find(org, lineKey(line));
    return known === undefined ? line.limit : Math.max(0, known.left + line.limit - known.line.limit);
  }

  /**
   * Whether rows may be taken from memory now: another process that works on the same rows would make most such batches run twice. Asked
   * once a batch.
   */
  trusted(): boolean {
    if (this.#waryFor === 0) return true;
    this.#waryFor -= 1;
    return false;
  }

  /** What was remembered was wrong (or right). */
  learnTrust(right: boolean): void {
    this.#wary = right ? Math.max(WARY_MIN, this.#wary - 1) : Math.min(WARY_MAX, this.#wary * 2);
    if (!right) this.#waryFor = this.#wary;
  }

  /** Rows were taken away by somebody: everything is looked up again. */
  clear(): void {
    this.#lines.clear();
  }
}
