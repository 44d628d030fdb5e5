/** One table of the programs whose arguments are other commands. */
import { baseName } from '../path.ts';
import { CODE_WRAPPERS } from './code.ts';
import { unwrapGit } from './git.ts';
import type { Wrapping } from './inner.ts';
import { LAUNCH_WRAPPERS } from './launch.ts';
import { LOOSE_WRAPPERS, VERB_WRAPPERS } from './loose.ts';
import { OPTION_WRAPPERS } from './option-text.ts';
import { PREFIX_WRAPPERS } from './prefix.ts';
import { SHELLS, unwrapShell } from './shell.ts';
import { TAIL_WRAPPERS } from './tail.ts';
import { TEXT_WRAPPERS } from './text.ts';

export type { Inner, Wrapping } from './inner.ts';
export { gitOptions } from './git.ts';
export { readShell, SHELLS } from './shell.ts';

type MaybeUnwrap = (argv: readonly string[]) => Wrapping | undefined;

/** Programs that run others in some calls only. */
const SOME: readonly (readonly [name: string, unwrap: MaybeUnwrap])[] = [
  ...CODE_WRAPPERS,
  ...OPTION_WRAPPERS,
  ...VERB_WRAPPERS,
  ...LAUNCH_WRAPPERS,
  ['git', unwrapGit],
];

/** How the GNU programs are called where the system has its own. */
const GNU = ['env', 'nice', 'nohup', 'stdbuf', 'timeout', 'xargs', 'chroot', 'time'];

const WRAPPERS: ReadonlyMap<string, MaybeUnwrap> = new Map<string, MaybeUnwrap>([
  ...SOME,
  ...LOOSE_WRAPPERS,
  ...PREFIX_WRAPPERS,
  ...TEXT_WRAPPERS,
  ...TAIL_WRAPPERS,
  ...[...PREFIX_WRAPPERS, ...TAIL_WRAPPERS]
    .filter(([name]) => GNU.includes(name))
    .map(([name, unwrapOne]) => [`g${name}`, unwrapOne] as const),
  ...[...SHELLS].map(([name, dialect]) => [name, unwrapShell(dialect)] as const),
]);

/** Programs that are wrappers whatever their arguments are. `git`, `npm` and their like are so in some calls only. */
const SOMETIMES: ReadonlySet<string> = new Set(['find', 'gfind', 'fd', 'fdfind', ...SOME.map(([name]) => name)]);
const ALWAYS_LAUNCH: ReadonlySet<string> = new Set(['npx', 'bunx', 'pnpx', 'uvx', 'busybox', 'toybox']);

/** Whether a program exists to run what its arguments say: no rule should allow it with an open tail. By base name. */
export const isWrapper = (program: string): boolean => {
  const name = baseName(program);
  return WRAPPERS.has(name) && (!SOMETIMES.has(name) || ALWAYS_LAUNCH.has(name));
};

/** What stands inside of this call; undefined where it wraps nothing. */
export const unwrap = (argv: readonly string[]): Wrapping | undefined => WRAPPERS.get(baseName(argv[0] ?? ''))?.(argv);

/** Whether a program of this base name may hold another command. */
export const mayWrap = (name: string): boolean => WRAPPERS.has(name);
