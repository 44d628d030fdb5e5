/** The verdict behind a decision about a command, made again from what was recorded and the rules of its revision. */
import { createHash } from 'node:crypto';
import type { CommandRules } from '@countersign/kernel/command';
import { COMMAND_PAYLOAD, readCommandRecord, verdictOn } from '../ports/command-record.ts';
import type { DecisionEntry, Evaluated, LedgerSource } from './recorded.ts';

/** What the door says of a command that it could not scan, whatever the rules say. */
const UNSCANNABLE = 'unscannable';

/**
 * @returns members that differ; none where the decision is about no command, or where its record was not kept or is gone: the decision itself is
 * replayed without it
 */
export async function verdictDifferences(
  source: LedgerSource,
  entry: DecisionEntry,
  { request }: Evaluated,
  rules: CommandRules,
): Promise<readonly string[]> {
  const ref = entry.payloads?.find(({ kind }) => kind === COMMAND_PAYLOAD);
  if (ref === undefined || ref.kept === false) return [];
  const payload = await source.payloads.payload(source.org, ref.digest);
  if (payload.state !== 'present') return [];
  if (createHash('sha256').update(payload.blind).update(payload.bytes).digest('hex') !== ref.digest)
    return ['command: the record was tampered with'];
  const record = readCommandRecord(payload.bytes);
  if (record === undefined) return ['command: the record cannot be read'];
  const again = verdictOn(record.command, record.facts, rules);
  const { args } = request;
  const isScanned = !(Array.isArray(args['findings']) && args['findings'].includes(UNSCANNABLE));
  return [
    ...(sameText(again, record.verdict)
      ? []
      : [`command: ${record.verdict.verdict} -> ${again.verdict}, of the rules of its revision`]),
    ...(!isScanned || (args['verdict'] === record.verdict.verdict && sameText(args['rules'], record.verdict.rules))
      ? []
      : ['command: what was decided is not what was recorded']),
  ];
}

const sameText = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
