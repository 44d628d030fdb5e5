/** Files that have several names (hard links): what is written to one is seen under all of them, wherever they are. */
import { Fault } from '@countersign/kernel/fault';
import type { Visited } from './walk.ts';

/** Mounts that a sandbox starts with in good time. */
const HELD_MAX = 512;

export class LinkedFiles {
  /** By what they are: how many names there are, and those that were seen. */
  readonly #files = new Map<string, { readonly names: bigint; readonly seen: Visited[] }>();

  /** Takes note of a file where it has several names. A file of root's stays root's, whoever gets the workspace. */
  note(entry: Visited): void {
    const { dev, ino, nlink, uid } = entry.stat;
    if (nlink === 1n || (uid === 0n && process.getuid?.() === 0)) return;
    const key = `${dev}:${ino}`;
    const known = this.#files.get(key);
    if (known === undefined) this.#files.set(key, { names: nlink, seen: [entry] });
    else known.seen.push(entry);
  }

  /**
   * Those with names that were not seen. A mount on each goes along when a folder above is renamed: it is the file that matters.
   * @throws Fault sandbox.unenforceable when they are too many to be mounted
   */
  outside(): readonly Visited[] {
    const found = [...this.#files.values()].filter(({ names, seen }) => names > BigInt(seen.length)).flatMap(({ seen }) => seen);
    if (found.length <= HELD_MAX) return found;
    throw new Fault(
      'sandbox.unenforceable',
      `\`workspace.linkedFiles: hold\` cannot be enforced: ${found.length} files have further names outside of the workspace, and at most ${HELD_MAX} can be held. Write \`linkedFiles: leave\` where a run may change them under all of their names, or give it a copy (\`limits.workspace\`).`,
      { details: { line: 'workspace.linkedFiles' } },
    );
  }
}
