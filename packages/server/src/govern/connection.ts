/** The ledger entry of one connection: under a decision that allowed it, before that decision's outcome. */
import { type EntryDraft, ledgerId } from '@countersign/kernel/ledger';
import type { EgressOutcome } from '../ports/egress-gate.ts';
import type { Mutable } from '../ports/mutable.ts';
import type { Caller } from '../ports/road.ts';
import { callerSubject, type Stamp } from './entries.ts';

type ConnectionDraft = Extract<EntryDraft, { type: 'connection.ended' }>;
type Detail = Mutable<ConnectionDraft['detail']>;

export interface ConnectionRecord {
  readonly caller: Caller;
  readonly decision: string;
  readonly grant: string;
  readonly run: string;
  readonly rule: string;
  readonly trace: string;
  readonly outcome: EgressOutcome;
}

const whole = (value: number): number => Math.max(0, Math.round(value));

export function connectionEntry({ org, id, ts }: Stamp, record: ConnectionRecord): EntryDraft {
  const { target, mode, end, address, status, code, credential, uploadBytes, downloadBytes, durationMs } = record.outcome;
  const detail: Detail = {
    decision: record.decision,
    run: ledgerId(record.run),
    host: ledgerId(target.host),
    port: target.port,
    rule: ledgerId(record.rule),
    mode,
    end,
    uploadBytes: whole(uploadBytes),
    downloadBytes: whole(downloadBytes),
    durationMs: whole(durationMs),
  };
  if (code !== undefined) detail.code = code;
  if (address !== undefined) detail.address = ledgerId(address);
  if (target.method !== undefined) detail.method = ledgerId(target.method);
  if (status !== undefined) detail.status = status;
  if (credential !== undefined) detail.credential = ledgerId(credential);
  return {
    ...callerSubject(record.caller),
    v: 1,
    org,
    id,
    ts,
    type: 'connection.ended',
    trace: record.trace,
    grant: record.grant,
    detail,
  };
}
