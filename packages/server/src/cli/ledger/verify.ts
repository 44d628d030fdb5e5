/** `ledger verify`: offline. What is trusted comes from the command line, never from the export. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { printReport, verifyExport, type VerifyOptions } from '../../verify/index.ts';
import type { Call } from '../call.ts';
import { CliError, type ExitName } from '../exit.ts';
import { small, verifyProof } from './proof.ts';

async function trustOf(call: Call): Promise<Pick<VerifyOptions, 'vkey' | 'policy'>> {
  const [key, policy] = [call.text('key'), call.text('policy')];
  if ((key === undefined) === (policy === undefined))
    throw new CliError('usage', 'Name whom you trust: `--key` or `--policy`, one of the two', {
      why: 'the key in the export proves nothing',
      next: '`countersign up` and `countersign ledger prove --json` show the key',
    });
  if (policy !== undefined) return { policy: (await small(call, policy)).toString('utf8') };
  // A verifier key has plus signs, `name+hash+key`; anything else is the file that holds it.
  return { vkey: key?.includes('+') === true ? key : (await small(call, key ?? '')).toString('utf8') };
}

export async function verify(call: Call): Promise<ExitName> {
  const trust = await trustOf(call);
  const path = resolve(call.io.cwd, call.arg(0));
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return verifyProof(call, trust);
  const [since, payloads, from] = [call.text('since'), call.text('payloads'), call.integer('from')];
  const report = await verifyExport(path, {
    ...trust,
    ...(from === undefined ? {} : { from }),
    ...(since === undefined ? {} : { since: await small(call, since) }),
    ...(payloads === undefined ? {} : { payloadsDir: resolve(call.io.cwd, payloads) }),
  });
  if (call.json) call.print(report);
  else call.write(printReport(report));
  return report.ok ? 'ok' : 'unverified';
}
