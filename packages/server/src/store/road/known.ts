/** What this process knows of budget lines: that their rows exist, their alarms, and what was left when it last saw them. */
import type { BudgetLine } from '../../ports/road-store.ts';
import { lineKey } from './line.ts';
import { PairMap } from './pair-map.ts';

export interface KnownLine {
  /** As the last asker's bundle has it. */
  line: BudgetLine;
  /** As of the last batch of this process that touched the row. */
  left: number;
  /** The row is in the database. */
  exists: boolean;
}

/** Lines of tasks and of turned windows come and go: beyond this many the oldest are forgotten. */
const LINES_MAX = 50_000;

export class KnownLines {
  readonly #lines = new PairMap<KnownLine>();

  /** The line with the rule of now: limits and alarms may have changed since the row was made. */
  learn(org: string, line: BudgetLine, key: string): KnownLine {
    const known = this.#lines.get(org, key);
    if (known !== undefined) {
      known.left += line.limit - known.line.limit;
      known.line = line;
      return known;
    }
    const fresh = { line, left: line.limit, exists: false };
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

  /** Rows were taken away by somebody: everything is looked up again. */
  clear(): void {
    this.#lines.clear();
  }
}
