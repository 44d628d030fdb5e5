/** The documentation that an installation serves itself: what faults mean, what the CLI does. */
import { readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From both `src/app` and `dist/app` this is the folder beside the packages. */
const FOLDER = fileURLToPath(new URL('../../../../docs', import.meta.url));
const NAME = /^[a-z0-9][a-z0-9./-]{0,127}$/;

/** @param path below `/docs/`, with or without `.md` @returns Markdown, or undefined where there is no such page */
export function readDocument(path: string): string | undefined {
  const name = path.endsWith('.md') ? path : `${path}.md`;
  if (!NAME.test(name) || normalize(name) !== name || name.includes('..')) return undefined;
  try {
    return readFileSync(join(FOLDER, name), 'utf8');
  } catch {
    return undefined;
  }
}
