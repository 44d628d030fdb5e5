// What a door in between costs: checks that pass directly and not through it. A check that runs several times counts several times.
import { failed, passed } from './suite.mjs';

const countOf = (checks) => {
  const counts = new Map();
  for (const { id } of checks) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
};

/** @returns `{ id, error }` for each loss */
export function lostBetween(direct, through) {
  const now = countOf(passed(through));
  const why = new Map((through ?? []).filter(({ status }) => status !== 'SUCCESS').map(({ id, error }) => [id, error]));
  return [...countOf(passed(direct))].flatMap(([id, before]) => {
    const missing = before - (now.get(id) ?? 0);
    return missing > 0 ? Array.from({ length: missing }, () => ({ id, error: why.get(id) ?? 'was not made' })) : [];
  });
}

const isDeclared = (declared, { scenario, revision }, { id }) =>
  declared.some(
    (entry) => entry.scenario === scenario && (entry.revision ?? revision) === revision && (entry.check ?? id) === id,
  );

/** @returns rows of the table, undeclared losses, and declarations that nothing was lost for */
export function judge({ revision, scored, direct, through, declared }) {
  const rows = scored.map((scenario) => {
    const [before, after] = [direct.get(scenario), through.get(scenario)];
    const lost = lostBetween(before, after).map((loss) => ({
      ...loss,
      declared: isDeclared(declared, { scenario, revision }, loss),
    }));
    return {
      scenario,
      before: { passed: passed(before).length, failed: failed(before).length },
      after: passed(after).length,
      lost,
    };
  });
  const here = declared.filter((entry) => (entry.revision ?? revision) === revision && scored.includes(entry.scenario));
  const stale = here.filter(
    ({ scenario, check }) => !rows.some((row) => row.scenario === scenario && row.lost.some(({ id }) => (check ?? id) === id)),
  );
  return { rows, stale };
}
