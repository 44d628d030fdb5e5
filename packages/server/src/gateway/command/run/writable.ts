/** What of a workspace may be written under a mandate, in the form that mounts can hold: whole files and whole folders. */

/**
 * @param paths globs of the mandate: a plain path and what is below it, `**` any depth, `*` and `?` within one name
 * @param scratch folders of the profile that stay writable
 * @returns undefined where the paths cover everything. A glob with wildcards before its end is left out: no mount could hold it, so what it names can
 *   be read only
 */
export function writableOf(paths: readonly string[], scratch: readonly string[]): readonly string[] | undefined {
  const named = new Set(scratch.map((path) => `${path}/`));
  for (const glob of paths) {
    const parts = glob.split('/').filter((part) => part !== '' && part !== '.');
    const isFolder = parts.at(-1) === '**' || parts.at(-1) === '*';
    while (parts.at(-1) === '**' || parts.at(-1) === '*') parts.pop();
    if (parts.some((part) => part === '..' || /[*?]/.test(part))) continue;
    if (parts.length === 0) return undefined;
    named.add(`${parts.join('/')}${isFolder ? '/' : ''}`);
  }
  return [...named].sort();
}
