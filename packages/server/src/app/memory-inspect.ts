/** What the governed memory asks of the scanner. */
import { Fault } from '@countersign/kernel/fault';
import { FINDING_KINDS, type Profile } from '@countersign/kernel/redact';
import type { Inspect } from '../adapters/memory/index.ts';
import type { Scanner } from '../ports/scanner.ts';

const EVERYTHING: Profile = { place: 'prose', regions: [], kinds: FINDING_KINDS, redact: [] };

/** A text that cannot be judged in time is not remembered. */
export const memoryInspect =
  (scanner: Scanner): Inspect =>
  async (text) => {
    const { findings, unscannable } = await scanner.scan(text, { profile: EVERYTHING });
    if (unscannable !== undefined) throw new Fault('data.unscannable', 'The text could not be checked in time.');
    return { findings };
  };
