/** Paths by text alone: nobody looks at a file system here, so what a link could change is refused. */

/** The name of a program: without folders, without `.exe`, in lower case, as file systems that ignore case would find it. */
export function baseName(program: string): string {
  const base = program.slice(program.lastIndexOf('/') + 1).toLowerCase();
  return base.endsWith('.exe') ? base.slice(0, -4) : base;
}

/**
 * An absolute path without `.` and `..`. Undefined where `..` stands behind a name: with a link there, it leads elsewhere.
 * @param base absolute
 */
export function resolvePath(base: string, path: string): string | undefined {
  const parts = path.startsWith('/') ? [] : base.split('/').filter((part) => part !== '');
  let isBehindName = path.startsWith('/');
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') {
      parts.push(part);
      isBehindName = true;
    } else if (isBehindName) return undefined;
    else parts.pop();
  }
  return `/${parts.join('/')}`;
}

export const isWithin = (roots: readonly string[], path: string): boolean =>
  roots.some((root) => {
    const bare = root.replace(/\/+$/, '');
    return path === bare || path.startsWith(`${bare}/`) || bare === '';
  });

/** Words that name a path in another way than by its text: `~` and `@file` of programs that read them, addresses. */
export const isIndirectPath = (word: string): boolean => word === '' || /^[~@]/.test(word) || word.includes('://');
