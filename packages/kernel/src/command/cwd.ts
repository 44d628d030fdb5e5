/** Where a command may find itself, after the `cd`s before it. */
import { isIndirectPath, isWithin, resolvePath } from './path.ts';
import type { CommandFacts, SimpleCommand } from './types.ts';

/** Directories of which one is the current one; undefined where it cannot be told. */
export interface Cwd {
  readonly paths: readonly string[] | undefined;
  /** Only text says that we are there: `..` may lead elsewhere, over a link. */
  readonly isByText: boolean;
}

/** Directories that are followed at the same time. */
const PATHS_MAX = 8;

const UNKNOWN: Cwd = { paths: undefined, isByText: true };

export const startCwd = (facts: CommandFacts): Cwd =>
  facts.cwd.startsWith('/') ? { paths: [facts.cwd], isByText: false } : UNKNOWN;

function either(a: Cwd, b: Cwd): Cwd {
  if (a.paths === undefined || b.paths === undefined) return UNKNOWN;
  const paths = [...new Set([...a.paths, ...b.paths])];
  return paths.length > PATHS_MAX ? UNKNOWN : { paths, isByText: a.isByText || b.isByText };
}

const goesUp = (path: string): boolean => path.split('/').includes('..');

/** @returns where a path leads from here, from each of the directories; undefined where that cannot be told */
function leadsTo(cwd: Cwd, path: string): readonly string[] | undefined {
  if (cwd.paths === undefined || (cwd.isByText && goesUp(path))) return undefined;
  const found = cwd.paths.map((base) => resolvePath(base, path));
  return found.every((one) => one !== undefined) ? found : undefined;
}

/** Whether a word, taken as a path, stays inside the roots wherever we are. */
export function staysInside(cwd: Cwd, roots: readonly string[], word: string): boolean {
  if (isIndirectPath(word)) return false;
  const found = leadsTo(cwd, word);
  return found?.every((path) => isWithin(roots, path)) ?? false;
}

/** Where `cd` with these words leads; undefined unless it is one literal path inside the roots. */
export function afterCd(cwd: Cwd, roots: readonly string[], argv: readonly string[]): Cwd | undefined {
  const [, path] = argv;
  if (argv.length !== 2 || path === undefined || path.startsWith('-') || !staysInside(cwd, roots, path)) return undefined;
  return { paths: leadsTo(cwd, path), isByText: true };
}

/** Follows `cd` through one script. */
export class CwdTracker {
  #cwd: Cwd;
  /** Where the chain of `&&` began: where we still are if one of it fails. */
  #ifFailed: Cwd;

  constructor(start: Cwd) {
    this.#cwd = start;
    this.#ifFailed = start;
  }

  get cwd(): Cwd {
    return this.#cwd;
  }

  /** @param moved where this command leads if it is a `cd`; undefined where it is none, `unknown` where it cannot be told */
  pass(command: SimpleCommand, isPiped: boolean, moved: Cwd | 'unknown' | undefined): void {
    if (moved === 'unknown') this.#cwd = UNKNOWN;
    else if (moved !== undefined) this.#move(command, isPiped, moved);
    if (command.op !== '&&') this.#cwd = this.#ifFailed = either(this.#cwd, this.#ifFailed);
  }

  #move(command: SimpleCommand, isPiped: boolean, moved: Cwd): void {
    // Between pipes it is a shell of its own, or in some shells this one.
    if (isPiped || command.op === '|') this.#cwd = either(this.#cwd, moved);
    else {
      this.#ifFailed = either(this.#ifFailed, this.#cwd);
      this.#cwd = moved;
    }
  }
}
