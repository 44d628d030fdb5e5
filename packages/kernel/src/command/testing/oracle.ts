/**
 * What bash itself makes of a text. Every builtin is a function there and PATH is empty, so that nothing runs: each call writes down its
 * words. Two runs, with calls that succeed and calls that fail, show both sides of `&&` and `||`. In bubblewrap where it is installed,
 * with nothing but bash and its libraries; else as it is, in an empty folder and without an environment.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimpleCommand } from '../types.ts';

/** The words of each call, in the order in which they were made; those of a pipe in any order. */
export interface Ran {
  readonly succeeding: readonly (readonly string[])[];
  readonly failing: readonly (readonly string[])[];
}

const BUILTINS =
  `. : [ alias bg bind break caller cd command compgen complete compopt continue declare dirs disown echo enable eval exec exit
  export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd pwd read readarray readonly return set
  shift shopt source suspend test times trap true type typeset ulimit umask unalias unset wait`.split(/\s+/);

/**
 * Names of which a function can be made: all that need no quotes. A call of one costs no process; for a name without a function, bash
 * calls the handler, in a process of its own. What bash takes for something else all the same is refused, and its handler speaks.
 */
const PLAIN_NAME = /^[^ \t\n|&;()<>'"\\$`#%/][^ \t\n|&;()<>'"\\$`/]*$/;
export const isPlainName = (name: string): boolean => PLAIN_NAME.test(name);
const shadow = (name: string): string => `builtin eval 'function ${name} { __log "$FUNCNAME" "$@"; }'`;

const PRELUDE = `
PATH=/nothing
__log() { builtin printf '%s\\0' "$#" "$@" >&9; builtin return $__status; }
command_not_found_handle() { __log "$@"; }
${BUILTINS.map(shadow).join('\n')}
`;

/** Many texts in one shell, each by `eval`, which reads a string as `-c` does. The last command of a pipe needs no process there. */
const BATCH = (names: readonly string[]): string => `
exec 9>&1 >/dev/null 2>&1
builtin shopt -s lastpipe
builtin mapfile -d '' -t __texts
exec </dev/null
${PRELUDE}
${names.filter(isPlainName).map(shadow).join('\n')}
for __text in "\${__texts[@]}"; do
  __status=0
  builtin printf '\\0' >&9
  builtin eval "$__text"
  case $__text in *'&&'* | *'||'*) ;; *) builtin continue ;; esac
  __status=1
  builtin printf '\\0' >&9
  builtin eval "$__text"
done
`;

/** Each text in a shell of its own, as a door would hand it over: `BASH_ENV` brings the functions in. */
const ALONE = `
exec 9>&1 >/dev/null 2>&1
builtin mapfile -d '' -t __texts
exec </dev/null
__run() {
  builtin printf '\\0' >&9
  __status=$1 BASH_ENV=$0 "$BASH" --norc --noprofile -c -- "$2"
}
for __text in "\${__texts[@]}"; do
  __run 0 "$__text"
  case $__text in *'&&'* | *'||'*) __run 1 "$__text" ;; esac
done
`;

/** Milliseconds for one batch. */
const BATCH_MS_MAX = 120_000;

const pathOf = (program: string): string | undefined =>
  ['/usr/bin', '/bin', '/usr/local/bin', '/opt/homebrew/bin']
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));

/** Files that bash needs, by what the loader says. */
const libraries = (bash: string): string[] =>
  [...execFileSync('ldd', [bash], { encoding: 'utf8' }).matchAll(/(\/\S+)/g)].map(([, path]) => path as string);

/** How a script is run by bash, with words behind it; the first is `$0`. */
type Launch = (script: string, prelude: string) => { readonly program: string; readonly words: readonly string[] };

function inSandbox(bwrap: string, bash: string): Launch {
  const binds = [bash, ...libraries(bash)].flatMap((path) => ['--ro-bind', path, path]);
  return (script, prelude) => ({
    program: bwrap,
    words: [
      ...['--unshare-all', '--die-with-parent', '--clearenv', '--dev', '/dev', ...binds, '--ro-bind', prelude, '/prelude'],
      ...['--chdir', '/', bash, '--norc', '--noprofile', '-c', script, '/prelude'],
    ],
  });
}

const bare =
  (bash: string): Launch =>
  (script, prelude) => ({ program: bash, words: ['--norc', '--noprofile', '-c', script, prelude] });

function launchOf(): { readonly launch: Launch; readonly isSandboxed: boolean } {
  const [bash, bwrap] = [pathOf('bash'), pathOf('bwrap')];
  if (bash === undefined) throw new Error('The oracle needs bash 4.4 or newer; there is none.');
  if (bwrap !== undefined) {
    try {
      const launch = inSandbox(bwrap, bash);
      const { program, words } = launch('exit 0', '/dev/null');
      execFileSync(program, words, { stdio: 'ignore' });
      return { launch, isSandboxed: true };
    } catch {
      // A machine that forbids user namespaces has bubblewrap for nothing.
    }
  }
  return { launch: bare(bash), isSandboxed: false };
}

/** Tokens of one output as runs: an empty one begins a run, a number says how many words follow. */
function runsOf(output: Buffer): string[][][] {
  const tokens = output.toString('utf8').split('\0');
  tokens.pop();
  const runs: string[][][] = [];
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at] as string;
    at += 1;
    if (token === '') {
      runs.push([]);
      continue;
    }
    runs.at(-1)?.push(tokens.slice(at, at + Number(token)));
    at += Number(token);
  }
  return runs;
}

const branches = (text: string): boolean => text.includes('&&') || text.includes('||');

export interface Oracle {
  readonly isSandboxed: boolean;
  /** Whether a text may be asked about: without a sandbox, none that names a path, lest a reading of ours that is wrong starts a program. */
  mayAsk(text: string): boolean;
  /** Texts in one shell, one after another; `names` are programs that are probably called. @throws where that shell died of one */
  batch(texts: readonly string[], names: readonly string[]): Promise<Ran[]>;
  /** Texts in a shell of their own each, given to `bash -c --`: what counts in the end, and slow. */
  alone(texts: readonly string[]): Promise<Ran[]>;
}

/** @throws where this machine has no bash */
export function openOracle(): Oracle {
  const { launch, isSandboxed } = launchOf();
  const folder = mkdtempSync(join(tmpdir(), 'countersign-oracle-'));
  const prelude = join(folder, 'prelude');
  writeFileSync(prelude, PRELUDE);

  function output(script: string, texts: readonly string[]): Promise<Buffer> {
    const { program, words } = launch(script, prelude);
    return new Promise((resolve, reject) => {
      const child = spawn(program, words, {
        env: { LC_ALL: 'C.UTF-8' },
        cwd: folder,
        stdio: ['pipe', 'pipe', 'ignore'],
        timeout: BATCH_MS_MAX,
      });
      const chunks: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.on('error', reject);
      child.on('close', () => resolve(Buffer.concat(chunks)));
      child.stdin.on('error', () => undefined);
      child.stdin.end(texts.map((text) => `${text}\0`).join(''));
    });
  }

  async function ran(script: string, texts: readonly string[]): Promise<Ran[]> {
    const runs = runsOf(await output(script, texts));
    const expected = texts.reduce((sum, text) => sum + (branches(text) ? 2 : 1), 0);
    if (runs.length !== expected) throw new Error(`The shell ended early: ${runs.length} runs of ${expected}`);
    return texts.map((text) => {
      const succeeding = runs.shift() ?? [];
      return { succeeding, failing: branches(text) ? (runs.shift() ?? []) : succeeding };
    });
  }

  return {
    isSandboxed,
    mayAsk: (text) => isSandboxed || !text.replaceAll('/dev/null', '').includes('/'),
    batch: (texts, names) => ran(BATCH(names), texts),
    alone: (texts) => ran(ALONE, texts),
  };
}

/** Whether the calls that bash made are the commands that a split names: all of them and no others; without `&&` and `||` in this order. */
export function isSame(commands: readonly SimpleCommand[], { succeeding, failing }: Ran): boolean {
  const keys = (calls: readonly (readonly string[])[]): string[] => calls.map((call) => JSON.stringify(call));
  const expected = keys(commands.map(({ argv }) => argv));
  if (!commands.some(({ op }) => op === '&&' || op === '||')) {
    const inOrder = (calls: string[]): string => (commands.some(({ op }) => op === '|') ? calls.sort() : calls).join('\n');
    return [succeeding, failing].every((calls) => inOrder(keys(calls)) === inOrder([...expected]));
  }
  const seen = new Set([...keys(succeeding), ...keys(failing)]);
  return seen.size === new Set(expected).size && expected.every((key) => seen.has(key));
}
