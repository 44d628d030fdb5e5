/** The newest signed checkpoint of each log, in a file beside the database: what a restored database must not be behind of. */
import { hash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { PublishedCheckpoints } from '../../ports/ledger.ts';

/** Files `<folder>/<hash of organisation>/checkpoint`. */
export function publishedIn(folder: string): PublishedCheckpoints {
  const place = (org: string): string => join(folder, hash('sha256', org, 'hex').slice(0, 16));
  return {
    async newest(org) {
      try {
        return await readFile(join(place(org), 'checkpoint'));
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw thrown;
      }
    },
    async publish(org, note) {
      await mkdir(place(org), { recursive: true });
      const draft = join(place(org), `checkpoint.${process.pid}`);
      const file = await open(draft, 'w', 0o644);
      try {
        await file.writeFile(note);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, join(place(org), 'checkpoint'));
    },
  };
}
