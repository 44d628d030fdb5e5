/** Balances as the database has them, with who may raise them as the bundle in force says. */
import type { BudgetBalance, BudgetReader } from '../../api/deps.ts';
import type { SnapshotSource } from '../../ports/registry.ts';
import type { Store } from '../../store/postgres/index.ts';
import { parseLineKey } from '../../store/road/index.ts';

interface BudgetRow {
  readonly line: string;
  readonly most: number;
  readonly reserved: number;
  readonly charged: number;
}

/** Patterns take the scope after the third slash, so the user's text is compared and never interpreted. */
const PAGE = `
select line, most, reserved, charged from budget
where org = $1 and line > $2 and ($3 = '' or right(line, length($3) + 1) = '/' || $3)
order by line limit $4`;

export function openBudgets(store: Store, snapshots: SnapshotSource): BudgetReader {
  const raiseOf = (scope: string, unit: string, window: string): string => {
    const kind = scope.split(':')[0] ?? scope;
    const rules = snapshots.current()?.budgets ?? [];
    const rule = rules.find(
      (each) => each.unit === unit && each.window === window && (each.scope === scope || each.scope === `${kind}:*`),
    );
    return rule?.raise ?? '';
  };
  return {
    async list(org, { scope = '', limit, cursor = '' }) {
      const rows = await store.query<BudgetRow>(PAGE, [org, cursor, scope, limit + 1]);
      const data = rows.slice(0, limit).map((row): BudgetBalance => {
        const { unit, window, starts, scope: name } = parseLineKey(row.line);
        return {
          scope: name,
          unit,
          window,
          starts,
          limit: row.most,
          spent: row.charged,
          reserved: row.reserved,
          raise: raiseOf(name, unit, window),
        };
      });
      const last = rows[limit - 1]?.line;
      return rows.length > limit && last !== undefined ? { data, nextCursor: last } : { data };
    },
  };
}
