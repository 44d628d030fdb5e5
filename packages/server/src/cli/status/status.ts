/** `status`: one look at the installation. */
import { type Json, isRecord } from '@countersign/kernel/json';
import { ProblemError } from '../../client/index.ts';
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import type { ExitName } from '../exit.ts';
import { linesOf, rowsOf } from '../remote.ts';

/** Counted up to a page; beyond that the number is not what matters. */
const COUNT_MAX = 200;

export async function status(call: Call): Promise<ExitName> {
  const api = connect(call);
  const ready = await api.get('/readyz').then(
    ({ json }) => json,
    (thrown: unknown) => {
      // Not ready is an answer too.
      if (thrown instanceof ProblemError && isRecord(thrown.problem['checks'])) return thrown.problem;
      throw thrown;
    },
  );
  const [who, approvals, kills, verifierKey] = await Promise.all([
    api.get('/api/v1/whoami'),
    api.get('/api/v1/approvals', { state: 'open', limit: COUNT_MAX }),
    killsOf(call),
    verifierKeyOf(call),
  ]);
  const report = {
    server: api.url,
    state: ready['status'] ?? null,
    checks: ready['checks'] ?? null,
    version: who.json['version'] ?? null,
    you: who.json['id'] ?? null,
    administrator: who.json['admin'] ?? null,
    revision: who.json['revision'] ?? null,
    approvalsOpen: rowsOf(approvals.json).length,
    killSwitches: kills,
    verifierKey,
  };
  if (call.json) call.print(report);
  else call.write(linesOf(report));
  return ready['status'] === 'ready' ? 'ok' : 'failed';
}

/** What verifiers of the ledger need, told by the installation; keep a copy elsewhere. */
async function verifierKeyOf(call: Call): Promise<Json> {
  try {
    const { json } = await connect(call).get('/api/v1/ledger/checkpoint');
    return json['verifierKey'] ?? null;
  } catch (thrown) {
    if (thrown instanceof ProblemError && thrown.status === 403) return null;
    throw thrown;
  }
}

/** Switches that are on, `agent:ci-editor-prod`; agents may not see them. */
async function killsOf(call: Call): Promise<Json[] | null> {
  try {
    const { json } = await connect(call).get('/api/v1/kill-switches');
    return rowsOf(json).map((row) => (row['kind'] === 'all' ? 'all' : `${cell(row['kind'])}:${cell(row['id'])}`));
  } catch (thrown) {
    if (thrown instanceof ProblemError && thrown.status === 403) return null;
    throw thrown;
  }
}
