// Real source text: what is installed here anyway.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../node_modules');
const TEXT = /\.(?:js|cjs|mjs|ts|mts|md|json)$/;
const FILE_BYTES = { least: 200, most: 400_000 };

function* walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile() && TEXT.test(entry.name)) yield path;
  }
}

/** Files in order of their names until `units` are together. */
export function corpus(units) {
  const files = [];
  let total = 0;
  for (const path of walk(ROOT)) {
    if (total >= units) break;
    const { size } = statSync(path);
    if (size < FILE_BYTES.least || size > FILE_BYTES.most) continue;
    const text = readFileSync(path, 'utf8');
    total += text.length;
    files.push({ path, text });
  }
  return { files, total };
}
