/** From a draft to the exact bytes of an entry, and from bytes back to an entry that holds to its type. */
import { parseCanonical } from './canonical.ts';
import { ENTRY_SHAPES, type EntryDraft, type EntryType, type LedgerEntry } from './entry-types.ts';
import { formatFault, type Sha256 } from './hash.ts';
import { leafHash } from './tree.ts';
import { utf8Decode, utf8Encode } from './utf8.ts';

/** Canonical bytes of one entry. Bundles could carry 65,535; what is larger belongs in a payload. */
export const ENTRY_BYTES_MAX = 8_192;

export interface NodeLink {
  /** Fresh per process start. */
  readonly node: string;
  /** 0 is the node's `node.started`. */
  readonly nodeSeq: number;
  /** Leaf hash of the node's entry before, in hex; null exactly when `nodeSeq` is 0. */
  readonly nodePrev: string | null;
}

export interface SealedEntry {
  readonly bytes: Uint8Array;
  /** Leaf hash, 32 bytes: the next entry's `nodePrev`. */
  readonly leaf: Uint8Array;
}

export const isEntryType = (type: unknown): type is EntryType => typeof type === 'string' && Object.hasOwn(ENTRY_SHAPES, type);

/** The canonical text of an entry that holds to its type. */
function printEntry(value: unknown, link?: NodeLink): string {
  const type: unknown = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  if (!isEntryType(type)) throw formatFault('`type` is not a type of ledger entry');
  const text = ENTRY_SHAPES[type](value, '', '', link);
  const { nodeSeq, nodePrev } = link ?? (value as LedgerEntry);
  if ((nodeSeq === 0) !== (nodePrev === null))
    throw formatFault('`nodePrev` is null for the first entry of a node, and only there');
  if ((nodeSeq === 0) !== (type === 'node.started')) throw formatFault('A node begins with `node.started`, and writes it once');
  // Every text that the shapes let through is ASCII, so characters are bytes.
  if (text.length > ENTRY_BYTES_MAX) throw tooLong();
  return text;
}

/** Any value as an entry, or a `ledger.format` fault that names the member. Unknown members and unknown types are refused. */
export function checkEntry(value: unknown): LedgerEntry {
  printEntry(value);
  return value as LedgerEntry;
}

/**
 * The entry of canonical bytes; `json.not-canonical` or `ledger.format` otherwise. What a shape prints is canonical, so one pass over the
 * parsed value and one comparison with the text that was read say both: the entry holds to its type, and these are its only bytes.
 */
export function parseEntry(bytes: Uint8Array, decode: (bytes: Uint8Array) => string = utf8Decode): LedgerEntry {
  if (bytes.length > ENTRY_BYTES_MAX) throw tooLong();
  try {
    const text = decode(bytes);
    const value: unknown = JSON.parse(text);
    if (printEntry(value) === text) return value as LedgerEntry;
  } catch {
    // Why it is refused is for the slower way to say: form first, then members.
  }
  return checkEntry(parseCanonical(bytes, decode));
}

const tooLong = () => formatFault(`The entry is longer than ${ENTRY_BYTES_MAX} bytes`);

/**
 * Joins draft and node chain to the text whose bytes are hashed, stored and exported: canonical, checked, and ASCII throughout, so that
 * characters are bytes in every encoding. Faults as `checkEntry`.
 */
export const entryText = (draft: EntryDraft, link: NodeLink): string => printEntry(draft, link);

/** `entryText` as bytes, with their leaf hash. */
export function sealEntry(draft: EntryDraft, link: NodeLink, sha256: Sha256): SealedEntry {
  const bytes = utf8Encode(entryText(draft, link));
  return { bytes, leaf: leafHash(bytes, sha256) };
}

/** Nearly every id is one already. */
const PLAIN_ID = /^[\x21-\x24\x26-\x7e]*$/;

/** Any text as a ledger id: what is not printable ASCII, spaces and `%` become `%XX` of its UTF-8 bytes. Not shortened. */
export function ledgerId(text: string): string {
  if (PLAIN_ID.test(text)) return text;
  let out = '';
  for (const byte of utf8Encode(text)) {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x25;
    out += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}
