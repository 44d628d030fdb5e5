/** `apply`: a directory put in force on all nodes at once, or refused whole. */
import { readDirectory } from '../../config/index.ts';
import { type Client, ProblemError } from '../../client/index.ts';
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import type { ExitName } from '../exit.ts';
import { exitOf, governanceDir } from '../governance.ts';
import { dryQuery } from '../remote.ts';
import { showPlan } from './plan.ts';

/** The revision in force, or null before the first one. */
async function inForce(api: Client): Promise<string | null> {
  try {
    const { json } = await api.get('/api/v1/bundles/current');
    return cell(json['revision']);
  } catch (thrown) {
    if (thrown instanceof ProblemError && thrown.status === 404) return null;
    throw thrown;
  }
}

export async function apply(call: Call): Promise<ExitName> {
  const files = await readDirectory(governanceDir(call));
  const api = connect(call);
  const expect = call.text('expect') ?? (await inForce(api));
  const { json } = await api.post('/api/v1/bundles/apply', { files, expect }, { query: dryQuery(call) });
  if (call.json) call.print(json);
  else if (call.dryRun) showPlan(call, json);
  else call.say(json['revision'] === json['base'] ? 'this revision is in force already' : `in force: ${cell(json['revision'])}`);
  return exitOf(json['revision'] !== null);
}
