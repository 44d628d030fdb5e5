/** Proof files (C2SP tlog-proof): one entry's inclusion, with the checkpoint that it is proven against. */
import { base64Decode, base64Encode } from './base64.ts';
import { concatBytes, formatFault, HASH_BYTES, parseDecimal } from './hash.ts';
import { NOTE_BYTES_MAX } from './note.ts';
import { utf8Decode, utf8Encode } from './utf8.ts';

/** First line of every proof file. */
export const PROOF_HEADER = 'c2sp.org/tlog-proof@v1';
/** Beyond the checkpoint: room for extra data and the hashes. */
const PROOF_BYTES_MAX = 2 * NOTE_BYTES_MAX;
/** No tree of 2^63 leaves has longer paths. */
const PROOF_HASHES_MAX = 63;

export interface ProofFile {
  readonly index: number;
  /** The leaf's sibling first. */
  readonly proof: readonly Uint8Array[];
  /** The signed note, verbatim. */
  readonly checkpoint: Uint8Array;
  /** Authenticated by nothing: never to be trusted. */
  readonly extra: Uint8Array | null;
}

export function formatProofFile({ index, proof, checkpoint, extra }: ProofFile): Uint8Array {
  const lines = [
    PROOF_HEADER,
    ...(extra === null ? [] : [`extra ${base64Encode(extra)}`]),
    `index ${index}`,
    ...proof.map(base64Encode),
    '',
    '',
  ];
  const bytes = concatBytes([utf8Encode(lines.join('\n')), checkpoint]);
  parseProofFile(bytes);
  return bytes;
}

/** Reads a proof file; the checkpoint in it is not opened yet. Faults with `ledger.format`. */
export function parseProofFile(bytes: Uint8Array): ProofFile {
  if (bytes.length > PROOF_BYTES_MAX) throw formatFault(`A proof file is longer than ${PROOF_BYTES_MAX} bytes`);
  const text = utf8Decode(bytes);
  const split = text.indexOf('\n\n');
  if (split < 0) throw formatFault('A proof file has an empty line before its checkpoint');
  const lines = text.slice(0, split).split('\n');
  if (lines.shift() !== PROOF_HEADER) throw formatFault(`A proof file begins with \`${PROOF_HEADER}\``);
  const extra = lines[0]?.startsWith('extra ') === true ? base64Decode((lines.shift() ?? '').slice('extra '.length)) : null;
  const indexLine = lines.shift() ?? '';
  if (!indexLine.startsWith('index ')) throw formatFault('A proof file has an index line');
  const index = parseDecimal(indexLine.slice('index '.length), 'index');
  if (lines.length > PROOF_HASHES_MAX) throw formatFault('A proof file has too many hashes');
  const proof = lines.map(base64Decode);
  if (proof.some((hash) => hash.length !== HASH_BYTES)) throw formatFault('A hash of a proof file is not 32 bytes long');
  return { index, proof, checkpoint: utf8Encode(text.slice(split + 2)), extra };
}
