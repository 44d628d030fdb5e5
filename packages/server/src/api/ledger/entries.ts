/** Entries as the API shows them: the parsed document beside the exact bytes that were hashed. */
import { Fault } from '@countersign/kernel/fault';
import { type LedgerEntry, parseEntry } from '@countersign/kernel/ledger';
import type { StoredEntry } from '../../ports/ledger.ts';
import { z } from '../http/group.ts';

export const Entry = z
  .object({
    seq: z.int(),
    type: z.string(),
    ts: z.string(),
    entry: z.record(z.string(), z.unknown()),
    body: z.string().openapi({ description: 'The exact bytes that were hashed, base64' }),
  })
  .openapi('LedgerEntry');

export function parsed({ seq, body }: StoredEntry): LedgerEntry {
  try {
    return parseEntry(body);
  } catch (cause) {
    throw new Fault('ledger.corrupt', 'An entry of the ledger cannot be read; run `countersign ledger verify`.', {
      cause,
      internal: `entry ${seq} does not parse`,
    });
  }
}

export function entryView(stored: StoredEntry): z.infer<typeof Entry> {
  const entry = parsed(stored);
  return {
    seq: stored.seq,
    type: entry.type,
    ts: entry.ts,
    entry: { ...entry },
    body: Buffer.from(stored.body).toString('base64'),
  };
}
