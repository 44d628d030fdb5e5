/**
 * Descriptors that our own process inherited and would pass on: Node closes its own in children, and of inherited ones only the first few.
 * Children get /dev/null in their place.
 */
import { openSync, readdirSync, readFileSync } from 'node:fs';

const CLOSE_ON_EXEC = 0o2000000;

function inherited(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => {
      if (fd < 3) return false;
      try {
        const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
        return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
      } catch {
        return false;
      }
    });
}

let covered: readonly (number | 'ignore')[] | undefined;

/**
 * The tail of a `stdio` list from place `from` on, in which each inherited descriptor is covered. Those below are the caller's own.
 */
export function coverInherited(from: number): (number | 'ignore')[] {
  if (covered === undefined) {
    const found = inherited();
    const nothing = found.length === 0 ? -1 : openSync('/dev/null', 'r+');
    const list: (number | 'ignore')[] = Array.from({ length: Math.max(0, ...found.map((fd) => fd + 1)) }, () => 'ignore');
    for (const fd of found) list[fd] = nothing;
    covered = list;
  }
  return covered.slice(from);
}
