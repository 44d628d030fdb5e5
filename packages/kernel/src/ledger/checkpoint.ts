/** Checkpoints (C2SP tlog-checkpoint): origin, size and root in three lines of a signed note. */
import { base64Decode, base64Encode } from './base64.ts';
import { formatFault, HASH_BYTES, parseDecimal, type Sha256, sameBytes } from './hash.ts';
import { emptyRoot } from './tree.ts';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export interface ParsedCheckpoint extends Checkpoint {
  /** Other logs may have such lines; ours never do. */
  readonly extensions: readonly string[];
}

/** The note text of a checkpoint, without extension lines. The origin is also the key's name: no space, no plus sign. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  const text = `${origin}\n${size}\n${base64Encode(root)}\n`;
  parseCheckpoint(text);
  return text;
}

/** Reads a checkpoint's note text. Faults with `ledger.format` on any other number of lines, numbers with zeroes before, a root that is not 32 bytes. */
export function parseCheckpoint(text: string): ParsedCheckpoint {
  const lines = text.split('\n');
  const [origin, size, root, ...rest] = lines;
  if (origin === undefined || origin === '' || size === undefined || root === undefined || rest.pop() !== '') {
    throw formatFault('A checkpoint has three lines: origin, size and root');
  }
  if (rest.includes('')) throw formatFault('A checkpoint has an empty line');
  const hash = base64Decode(root);
  if (hash.length !== HASH_BYTES) throw formatFault('The root of a checkpoint is not 32 bytes long');
  return { origin, size: parseDecimal(size, 'size'), root: hash, extensions: rest };
}

/** Rule for size 0: the root must be the empty tree's. */
export function checkEmptyRoot({ size, root }: Checkpoint, sha256: Sha256): void {
  if (size === 0 && !sameBytes(root, emptyRoot(sha256)))
    throw formatFault('A checkpoint of an empty tree has another root than the empty tree');
}
