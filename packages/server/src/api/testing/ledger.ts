/** The ledger of a road in memory, sealed as a node seals it. For tests only. */
import { createHash } from 'node:crypto';
import { Fault } from '@countersign/kernel/fault';
import { type EntryDraft, hexEncode, sealEntry } from '@countersign/kernel/ledger';
import type { World } from '../../govern/testing/world.ts';
import type { LedgerReader, StoredEntry } from '../../ports/ledger.ts';

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());

/** Any id as one that the ledger takes. */
export function ledgerOf(world: World): LedgerReader {
  const rows: StoredEntry[] = [];
  const ids = new Map<string, number>();
  let previous: string | null = null;
  const append = (draft: EntryDraft) => {
    const { bytes, leaf } = sealEntry(draft, { node: 'nod_1', nodeSeq: rows.length, nodePrev: previous }, sha256);
    ids.set(draft.id, rows.length);
    if (draft.type === 'decision') ids.set(draft.decision.id, rows.length);
    previous = hexEncode(leaf);
    rows.push({ seq: rows.length, body: bytes });
  };
  const started: EntryDraft = {
    v: 1,
    org: 'acme',
    id: '01932f6e-0000-7000-8000-ffffffffffff',
    ts: '2026-06-01T11:59:00.000Z',
    type: 'node.started',
  };
  let taken = 0;
  const sync = () => {
    if (rows.length === 0) append(started);
    for (; taken < world.entries.length; taken++) append(world.entries[taken] as EntryDraft);
  };
  return {
    async size() {
      sync();
      return rows.length;
    },
    async read(_org, from, limit) {
      sync();
      return rows.slice(from, from + limit);
    },
    async find(_org, id) {
      sync();
      return rows[ids.get(id) ?? -1];
    },
    checkpoint: async () => 'log.test/acme\n1\nAAAA\n\n— log.test/acme AAAA\n',
    async prove(_org, seq) {
      sync();
      if (seq >= rows.length) throw new Fault('ledger.not-found', 'The ledger has no such entry.');
      return `c2sp.org/tlog-proof@v1\nindex ${seq}\n`;
    },
    verifierKey: () => 'log.test/acme+00000000+AAAA',
  };
}
