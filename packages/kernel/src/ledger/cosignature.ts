/** What is signed under each key type (C2SP signed-note and tlog-cosignature), and the signatures' own encodings. */
import { parseCheckpoint } from './checkpoint.ts';
import { concatBytes, formatFault } from './hash.ts';
import { utf8Encode } from './utf8.ts';
import { KEY_TYPES, type VerifierKey } from './vkey.ts';

/** Signature verification comes in: true only for a valid signature; small-order and non-canonical keys must be refused on import. */
export interface SignatureChecks {
  readonly ed25519: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
  /** Absent where the platform has none: such keys then count as unknown, so they add nothing to a quorum. */
  readonly mlDsa44?: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
}

/** Signs a message with a key that stays behind the port. */
export type SignMessage = (message: Uint8Array) => Uint8Array;

const ED25519_BYTES = 64;
const ML_DSA_44_BYTES = 2_420;
const TIME_BYTES = 8;

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  let rest = value;
  for (let i = 7; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/** Seconds of a timestamped signature; null beyond 2^53 - 1, which no honest clock shows. */
function readTime(signature: Uint8Array): number | null {
  let time = 0;
  for (let i = 0; i < TIME_BYTES; i++) time = time * 256 + (signature[i] ?? 0);
  return Number.isSafeInteger(time) ? time : null;
}

/** Message of an Ed25519 cosignature: two header lines and the whole note text. `time` in POSIX seconds. */
export const cosignatureMessage = (note: string, time: number): Uint8Array => utf8Encode(`cosignature/v1\ntime ${time}\n${note}`);

function shortText(text: string): Uint8Array {
  const bytes = utf8Encode(text);
  if (bytes.length === 0 || bytes.length > 255) throw formatFault('A cosigner name and an origin have 1 to 255 bytes');
  return concatBytes([Uint8Array.of(bytes.length), bytes]);
}

/** Message of an ML-DSA-44 cosignature of a checkpoint; it doesn't cover extension lines. */
export function mlDsaCosignatureMessage(note: string, cosigner: string, time: number): Uint8Array {
  const { origin, size, root } = parseCheckpoint(note);
  return concatBytes([utf8Encode('subtree/v1\n\0'), shortText(cosigner), u64(time), shortText(origin), u64(0), u64(size), root]);
}

/** Signature bytes of an Ed25519 cosignature: time, then the signature. */
export function cosign(note: string, time: number, sign: SignMessage): Uint8Array {
  if (!Number.isSafeInteger(time) || time < 0) throw formatFault('A cosignature time is whole POSIX seconds');
  return concatBytes([u64(time), sign(cosignatureMessage(note, time))]);
}

export interface SignatureClaim {
  readonly note: string;
  readonly key: VerifierKey;
  readonly signature: Uint8Array;
}

/** Outcome for a line of a known key: its time (null for a plain signature), `bad`, or `unsupported` on this platform. */
export type SignatureResult = 'bad' | 'unsupported' | { readonly time: number | null };

export function checkSignature(claim: SignatureClaim, checks: SignatureChecks): SignatureResult {
  const { note, key, signature } = claim;
  switch (key.type) {
    case KEY_TYPES.ed25519:
      return signature.length === ED25519_BYTES && checks.ed25519(key.key, utf8Encode(note), signature) ? { time: null } : 'bad';
    case KEY_TYPES.cosignatureEd25519:
      return checkTimed(claim, ED25519_BYTES, (time, bytes) => checks.ed25519(key.key, cosignatureMessage(note, time), bytes));
    case KEY_TYPES.cosignatureMlDsa44: {
      const { mlDsa44 } = checks;
      if (mlDsa44 === undefined) return 'unsupported';
      return checkTimed(claim, ML_DSA_44_BYTES, (time, bytes) =>
        mlDsa44(key.key, mlDsaCosignatureMessage(note, key.name, time), bytes),
      );
    }
  }
}

function checkTimed(
  { signature }: SignatureClaim,
  length: number,
  isGood: (time: number, signature: Uint8Array) => boolean,
): SignatureResult {
  const time = readTime(signature);
  if (time === null || signature.length !== TIME_BYTES + length) return 'bad';
  return isGood(time, signature.subarray(TIME_BYTES)) ? { time } : 'bad';
}
