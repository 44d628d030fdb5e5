/**
 * Denials that wait for the store, in memory and in a file beside the data, so that a restart does not lose them either. Bounded: what does
 * not fit is counted.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { EntryDraft } from '@countersign/kernel/ledger';
import type { Log } from '../../ports/log.ts';
import type { Spool } from '../../ports/spool.ts';

/** At about 1 KB an entry, 10 MB. */
const ENTRIES_MAX = 10_000;

export function openSpool(path: string, log: Log): Spool {
  let entries = readSpool(path, log);
  let lost = 0;
  return {
    put(entry) {
      if (entries.length >= ENTRIES_MAX) {
        lost += 1;
        return false;
      }
      entries.push(entry);
      try {
        appendFileSync(path, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
      } catch (error) {
        // The disk may be what is full: the denial still stands in memory.
        log.error('spool.write-failed', { error: String(error) });
      }
      return true;
    },
    peek: (limit) => entries.slice(0, limit),
    drop(count) {
      entries = entries.slice(count);
      try {
        const temporary = `${path}.new`;
        writeFileSync(temporary, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), { mode: 0o600 });
        renameSync(temporary, path);
      } catch (error) {
        log.error('spool.write-failed', { error: String(error) });
      }
    },
    takeLost() {
      const count = lost;
      lost = 0;
      return count;
    },
    get size() {
      return entries.length;
    },
  };
}

/** A last line that was cut by a crash is left out: its denial was never acknowledged as recorded. */
function readSpool(path: string, log: Log): EntryDraft[] {
  if (!existsSync(path)) return [];
  const entries: EntryDraft[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    try {
      entries.push(JSON.parse(line) as EntryDraft);
    } catch {
      log.warn('spool.line-unreadable', { length: line.length });
    }
  }
  return entries.slice(0, ENTRIES_MAX);
}
