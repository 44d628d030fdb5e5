/** Processes of this machine, for tests that count what is left. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ids of processes that have this word as an argument. */
export function processesWith(word: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
      } catch {
        return false;
      }
    });
}

export async function until(what: () => boolean | Promise<boolean>, text: string, timeoutMs = 30_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !(await what()); await new Promise((resolve) => setTimeout(resolve, 50)))
    if (Date.now() > end) throw new Error(`it never happened: ${text}`);
}
