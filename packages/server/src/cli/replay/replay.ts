/** `replay`: every recorded decision evaluated again, on the server, compared byte for byte. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import type { ExitName } from '../exit.ts';
import { runJob } from '../jobs.ts';

const counts = (report: JsonRecord): readonly (readonly [string, number])[] => {
  const left = report['notReplayable'];
  return isRecord(left) ? Object.entries(left).map(([reason, count]) => [reason, Number(count)] as const) : [];
};

/** Differences, and records that were changed or cannot be read, are a failed verification; what was erased or never kept is not. */
const BROKEN = new Set(['tampered', 'unreadable']);

export async function replay(call: Call): Promise<ExitName> {
  const [from, to] = [call.integer('from'), call.integer('to')];
  const body = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const report = await runJob(call, connect(call), { path: '/api/v1/replays', body });
  const broken = counts(report).some(([reason, count]) => BROKEN.has(reason) && count > 0);
  const good = report['different'] === 0 && !broken;
  if (call.json) call.print(report);
  else tell(call, report);
  return good ? 'ok' : 'unverified';
}

function tell(call: Call, report: JsonRecord): void {
  const differences = Array.isArray(report['differences']) ? report['differences'] : [];
  for (const difference of differences) call.write(cell(difference));
  call.write(
    `${cell(report['identical'])} of ${cell(report['decisions'])} decisions re-evaluate identically, ${cell(report['different'])} differ`,
  );
  const left = counts(report).filter(([, count]) => count > 0);
  if (left.length > 0) call.write(`not re-evaluated: ${left.map(([reason, count]) => `${count} ${reason}`).join(', ')}`);
}
