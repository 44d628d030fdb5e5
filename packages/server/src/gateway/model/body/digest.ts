/** The digest of what a body means: its bytes without what only names the attempt. Approvals and loop counts are bound to it. */
import { createHash, hash } from 'node:crypto';
import type { Scan, Span } from '../../wire/scan.ts';

/** Top-level members that say who asks and how to count it, never what is asked. */
const NAMING = ['client_metadata', 'metadata', 'prompt_cache_key', 'safety_identifier', 'user'] as const;

/**
 * @param refersToStored true when items may be references: then their ids are the content and stay in
 * @returns SHA-256, hex
 */
export function contentDigest(bytes: Buffer, scan: Scan, refersToStored: boolean): string {
  const left: Span[] = refersToStored ? [] : [...scan.itemIds];
  for (const name of NAMING) {
    const member = scan.members.get(name);
    if (member !== undefined) left.push(member);
  }
  if (left.length === 0) return hash('sha256', bytes, 'hex');
  left.sort((a, b) => a.start - b.start);
  const sum = createHash('sha256');
  let at = 0;
  for (const span of left) {
    sum.update(bytes.subarray(at, span.start));
    at = span.end;
  }
  return sum.update(bytes.subarray(at)).digest('hex');
}
