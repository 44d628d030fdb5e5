/** Level 1: the checkpoint is signed by whom the verifier trusts, and goes on from the older ones that it is held against. */
import { asFault } from '@countersign/kernel/fault';
import { openCheckpoint, sameBytes, type TrustContext, type TrustedCheckpoint, utf8Decode } from '@countersign/kernel/ledger';
import type { Findings } from './report.ts';
import { withoutQuorum } from './trust-source.ts';

export interface OlderCheckpoint {
  /** `kept` by the verifier's owner, or found in the `export`, where it proves nothing but must still fit. */
  readonly from: 'kept' | 'export';
  readonly note: Uint8Array;
  readonly checkpoint: TrustedCheckpoint;
}

export interface Head {
  readonly note: Uint8Array;
  readonly checkpoint: TrustedCheckpoint;
  readonly older: readonly OlderCheckpoint[];
}

export interface HeadNotes {
  readonly presented: Uint8Array;
  readonly kept: Uint8Array | null;
  readonly inExport: Uint8Array | null;
}

export function openHead({ presented, kept, inExport }: HeadNotes, trust: TrustContext, findings: Findings): Head | null {
  findings.checked(1);
  const checkpoint = open(presented, trust, (text) => findings.add(1, text, { path: 'checkpoint' }));
  if (checkpoint === null) return null;
  findings.count(1, 'log keys', checkpoint.logKeys.length);
  findings.count(1, 'witnesses', checkpoint.witnesses);
  const older: OlderCheckpoint[] = [];
  for (const [from, note] of [['kept', kept] as const, ['export', inExport] as const]) {
    if (note === null) continue;
    const before = open(note, withoutQuorum(trust), (text) =>
      findings.add(1, `the older checkpoint (${from}) cannot be trusted: ${text}`),
    );
    if (before === null) continue;
    if (before.origin === checkpoint.origin) older.push({ from, note, checkpoint: before });
    else findings.add(1, `the older checkpoint (${from}) is that of another log`);
  }
  return { note: presented, checkpoint, older };
}

function open(note: Uint8Array, trust: TrustContext, refuse: (text: string) => void): TrustedCheckpoint | null {
  try {
    return openCheckpoint(note, trust);
  } catch (thrown) {
    refuse(asFault(thrown).publicText);
    return null;
  }
}

export interface Continuation {
  /** The tree goes on from the checkpoint that was kept; false also where none was. */
  readonly kept: boolean;
  readonly fork: { readonly kept: string; readonly presented: string } | null;
}

/**
 * Whether the tree goes on from every older checkpoint.
 * @param roots of the tree at their sizes, as far as it reaches; null where the files do not make the presented tree, so that nothing about
 * its history follows from them
 */
export function checkContinuation(head: Head, roots: ReadonlyMap<number, Uint8Array> | null, findings: Findings): Continuation {
  let kept = false;
  let fork: Continuation['fork'] = null;
  const known = new Map([...(roots ?? []), [head.checkpoint.size, head.checkpoint.root] as const]);
  for (const { from, note, checkpoint } of head.older) {
    const root = known.get(checkpoint.size);
    if (root !== undefined && sameBytes(root, checkpoint.root)) {
      findings.count(1, 'older checkpoints');
      // Every log goes on from an empty one.
      kept = kept || (from === 'kept' && checkpoint.size > 0);
      continue;
    }
    const size = `${checkpoint.size} entries (${from})`;
    if (root === undefined && roots === null && checkpoint.size < head.checkpoint.size) {
      findings.add(1, `whether the log goes on from its checkpoint of ${size} cannot be told from these files`);
      continue;
    }
    if (checkpoint.size > head.checkpoint.size) findings.add(1, `the log had ${size}, and shows ${head.checkpoint.size} now`);
    else findings.add(1, `the log does not go on from its checkpoint of ${size}: its history was changed`);
    fork ??= { kept: utf8Decode(note), presented: utf8Decode(head.note) };
  }
  return { kept, fork };
}
