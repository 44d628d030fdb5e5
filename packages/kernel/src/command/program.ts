/** What programs do with their arguments, by base name. */
import { gitOptions, readShell, SHELLS } from './unwrap/index.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** They take their arguments as data: naming a program there runs nothing. */
const DATA_ONLY =
  words(`echo printf grep egrep fgrep cat head tail wc cut tr ls mkdir rmdir touch cp mv rm ln chmod basename dirname realpath
  readlink pwd seq sleep true false test [ diff cmp stat file du df uniq nl tac rev which type comm paste fold expand md5sum sha1sum sha256sum
  sha512sum cksum jq yq`);
/** The same, but for options that run a program. */
const DATA_BUT: ReadonlyMap<string, RegExp> = new Map([['rg', /^--(?:pre|hostname-bin)(?:=|$)/]]);

/** Subcommands of git whose words are messages, names and paths, whatever they say. */
const GIT_DATA = words(
  'commit log show diff status add tag branch checkout switch stash mv rm rev-parse ls-files blame describe shortlog',
);

function isGitData(argv: readonly string[]): boolean {
  const options = gitOptions(argv);
  return options.isKnown && GIT_DATA.has(argv[options.rest] ?? '');
}

/** Whether words of this call are data to it, and to nothing that it runs. */
export function takesData(name: string, argv: readonly string[]): boolean {
  if (name === 'git') return isGitData(argv);
  const runs = DATA_BUT.get(name);
  return runs === undefined ? DATA_ONLY.has(name) : !argv.some((word) => runs.test(word));
}

const INTERPRETERS: readonly (readonly [name: RegExp, code: RegExp, bare: RegExp])[] = [
  [/^(?:python|pypy)[\d.]*w?$/, /^-[A-Za-z]*c|^-$/, /^-[bBdEiIOPqsSuvWxX]*$/],
  [/^(?:node|nodejs|deno|bun)[\d.]*$/, /^(?:-[a-z]*[ep]|--eval|--print|--input-type|eval|-$)/, /^-i?$/],
  [/^perl[\d.]*$/, /^-[A-Za-z0]*[eEM]|^-$/, /^-[tTuUWXw]*$/],
  [/^(?:ruby|jruby)[\d.]*$/, /^-[A-Za-z]*e|^-$/, /^-[swWU]*$/],
  [/^php[\d.]*$/, /^-[a-z]*[rBRE]|^-$/, /^-$/],
  [
    /^(?:lua|luajit|rscript|r|julia|osascript|tclsh|groovy|scala|ghci?|guile|racket|elixir|erl)[\d.]*$/,
    /^-[A-Za-z]*[eE]|^--eval|^-$/,
    /^-$/,
  ],
  [/^[gmn]?awk$/, /^/, /^\b$/],
  [/^g?sed$/, /^/, /^\b$/],
  [/^(?:vim?|nvim|emacs|ex|ed|view|nano|rvim)$/, /^(?:[+]|-[cSeEls]|--(?:cmd|eval|batch|script|load))/, /^-$/],
];

type Interpreter = (typeof INTERPRETERS)[number];

/** Names that were looked up, so that the common ones are looked up once. */
const lookedUp = new Map<string, Interpreter | undefined>();
const LOOKED_UP_MAX = 1_000;

function interpreterOf(name: string): Interpreter | undefined {
  if (lookedUp.has(name)) return lookedUp.get(name);
  if (lookedUp.size >= LOOKED_UP_MAX) lookedUp.clear();
  const found = INTERPRETERS.find(([names]) => names.test(name));
  lookedUp.set(name, found);
  return found;
}

/** Whether a program runs code that it is given, in its arguments or in a file. By base name, in lower case. */
export const isInterpreter = (name: string): boolean => interpreterOf(name) !== undefined;

/** Whether code stands in the arguments of this call. `awk` and `sed` take nothing else. */
export function hasInlineCode(name: string, argv: readonly string[]): boolean {
  const found = interpreterOf(name);
  if (found === undefined) return false;
  return argv.some((word, at) => at > 0 && found[1].test(word));
}

/** Whether what this call runs comes over standard input. */
export function readsCommands(name: string, argv: readonly string[]): boolean {
  if (SHELLS.has(name)) return readShell(argv).readsStdin;
  const bare = interpreterOf(name)?.[2];
  return (
    bare !== undefined &&
    argv.every((word, at) => at === 0 || bare.test(word) || /^\/(?:dev\/(?:stdin|fd\/0)|proc\/self\/fd\/0)$/.test(word))
  );
}

/** Programs that run the lines that come over standard input, beside shells: here or elsewhere, now or later. */
const RUNS_LINES = words('xargs gxargs parallel at batch ssh su crontab source .');

/** Whether a program may take what comes over standard input for a script. By base name. */
export const readsText = (name: string): boolean => SHELLS.has(name) || RUNS_LINES.has(name);

/** Words of one call that are looked at by themselves. */
const PRINTED_MAX = 64;

/** The texts that `echo` and `printf` may write: their words, each by itself and all together. */
export function printedBy(argv: readonly string[]): string[] {
  const [program = '', ...rest] = argv;
  if (!/(?:^|\/)(?:echo|printf)$/i.test(program) || rest.length === 0) return [];
  const lines = rest.slice(0, PRINTED_MAX).map((word) => word.replace(/\\n/g, '\n'));
  return [...new Set([lines.filter((word) => !/^-[neE]+$/.test(word)).join(' '), ...lines])];
}
