/** Edits by splice: every byte that is not edited goes out as it came in. Nothing is ever re-serialised. */
import type { Scan } from '../../wire/scan.ts';

/** Compact JSON text by member name; a member that is absent is inserted first in the object. */
export type Edits = ReadonlyMap<string, string>;

/**
 * @param scan of the same bytes
 * @returns the same buffer when there is nothing to edit. Deterministic, so that a provider's prompt cache still matches.
 */
export function splice(bytes: Buffer, scan: Scan, edits: Edits): Buffer {
  if (edits.size === 0) return bytes;
  const replaced: { start: number; end: number; text: string }[] = [];
  let inserted = '';
  for (const [name, text] of edits) {
    const member = scan.members.get(name);
    if (member === undefined) inserted += `${JSON.stringify(name)}:${text},`;
    else replaced.push({ start: member.start, end: member.end, text });
  }
  // `{}` would become `{"a":1,}`.
  if (scan.members.size === 0) inserted = inserted.slice(0, -1);
  if (inserted !== '') replaced.push({ start: scan.inside, end: scan.inside, text: inserted });
  replaced.sort((a, b) => a.start - b.start);
  const parts: Buffer[] = [];
  let at = 0;
  for (const edit of replaced) {
    parts.push(bytes.subarray(at, edit.start), Buffer.from(edit.text));
    at = edit.end;
  }
  parts.push(bytes.subarray(at));
  return Buffer.concat(parts);
}
