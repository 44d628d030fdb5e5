/** Signed notes (C2SP signed-note): parsing, printing, and opening with known keys. */
import { base64Decode, base64Encode, hexDecode, hexEncode } from './base64.ts';
import { checkSignature, type SignatureChecks } from './cosignature.ts';
import { concatBytes, formatFault } from './hash.ts';
import { utf8Decode, utf8Encode } from './utf8.ts';
import { isKeyName, type VerifierKey } from './vkey.ts';

/** The formats ask for at least 16; more than this is refused before any is checked. */
export const NOTE_SIGNATURES_MAX = 100;
/** A checkpoint with a hundred ML-DSA-44 signatures has 350 kB. */
export const NOTE_BYTES_MAX = 1_000_000;

export interface NoteSignature {
  readonly name: string;
  /** Four bytes in hex. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** Ends in a newline; this is what is signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface VerifiedSignature {
  readonly key: VerifierKey;
  /** POSIX seconds of a cosignature, null for a plain signature. */
  readonly time: number | null;
}

export interface OpenedNote extends SignedNote {
  /** One per line that a known key signed, all of them valid; the same key may stand here twice. */
  readonly verified: readonly VerifiedSignature[];
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const CONTROL = /[\x00-\x09\x0b-\x1f]/;

function parseSignature(line: string): NoteSignature {
  const [dash, name, encoded, ...rest] = line.split(' ');
  if (dash !== '\u2014' || name === undefined || encoded === undefined || rest.length > 0 || !isKeyName(name)) {
    throw formatFault('A signature line of a note has a wrong form');
  }
  const bytes = base64Decode(encoded);
  if (bytes.length < 5) throw formatFault('A signature of a note is too short');
  return { name, keyId: hexEncode(bytes.subarray(0, 4)), signature: bytes.slice(4) };
}

/** Reads a note; the last empty line separates text and signatures. Nothing is verified yet, so nothing in it may be believed. */
export function parseNote(bytes: Uint8Array): SignedNote {
  if (bytes.length > NOTE_BYTES_MAX) throw formatFault(`A note is longer than ${NOTE_BYTES_MAX} bytes`);
  const whole = utf8Decode(bytes);
  if (CONTROL.test(whole)) throw formatFault('A note holds control characters');
  const split = whole.lastIndexOf('\n\n');
  if (split < 0 || !whole.endsWith('\n')) throw formatFault('A note has a text, an empty line and signature lines');
  const lines = whole
    .slice(split + 2)
    .split('\n')
    .slice(0, -1);
  if (lines.length === 0) throw formatFault('A note has no signature');
  if (lines.length > NOTE_SIGNATURES_MAX) throw formatFault(`A note has more than ${NOTE_SIGNATURES_MAX} signatures`);
  return { text: whole.slice(0, split + 1), signatures: lines.map(parseSignature) };
}

export const formatSignature = ({ name, keyId, signature }: NoteSignature): string =>
  `\u2014 ${name} ${base64Encode(concatBytes([hexDecode(keyId), signature]))}\n`;

/** Bytes of a note; what `parseNote` would refuse is refused here too. */
export function formatNote({ text, signatures }: SignedNote): Uint8Array {
  const bytes = utf8Encode(`${text}\n${signatures.map(formatSignature).join('')}`);
  const again = parseNote(bytes);
  if (again.text !== text || again.signatures.length !== signatures.length)
    throw formatFault('A note would not read back as it is');
  return bytes;
}

/**
 * Verifies all signatures by known keys. Unknown keys are ignored, also where only name or id matches; one bad signature of a known
 * key rejects the note; so does a note that no known key signed.
 */
export function openNote(note: SignedNote, keys: readonly VerifierKey[], checks: SignatureChecks): OpenedNote {
  const verified: VerifiedSignature[] = [];
  for (const line of note.signatures) {
    for (const key of keys) {
      if (key.name !== line.name || key.keyId !== line.keyId) continue;
      const result = checkSignature({ note: note.text, key, signature: line.signature }, checks);
      if (result === 'bad') throw formatFault(`A signature by the known key \`${key.name}\` is wrong`);
      if (result !== 'unsupported') verified.push({ key, time: result.time });
    }
  }
  if (verified.length === 0) throw formatFault('No known key signed this note');
  return { ...note, verified };
}
