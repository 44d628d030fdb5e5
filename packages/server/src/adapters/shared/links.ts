/** Where a path leads, link by link. */
import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Led {
  /** Without links; its end need not be there. Undefined for links in a circle. */
  readonly path: string | undefined;
  /** Links on the way, by their own paths without links, and what each says. */
  readonly links: ReadonlyMap<string, string>;
}

/** As the kernel has it (path_resolution(7)). */
const LINKS_MAX = 40;

/** @param path absolute */
export function followed(path: string): Led {
  const links = new Map<string, string>();
  let at = '/';
  let rest = path.split('/');
  for (let steps = 0; rest.length > 0; ) {
    const [name = '', ...others] = rest;
    rest = others;
    const next = name === '' || name === '.' ? at : name === '..' ? dirname(at) : join(at, name);
    if (lstatSync(next, { throwIfNoEntry: false })?.isSymbolicLink() !== true) {
      at = next;
      continue;
    }
    if (++steps > LINKS_MAX) return { path: undefined, links };
    const target = readlinkSync(next);
    links.set(next, target);
    rest = [...target.split('/'), ...rest];
    if (target.startsWith('/')) at = '/';
  }
  return { path: at, links };
}
