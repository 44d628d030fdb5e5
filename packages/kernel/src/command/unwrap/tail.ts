/** Wrappers that put words into a command which nobody has seen. */
import { baseName } from '../path.ts';
import { guesses, type Inner, type Unwrap, type Wrapping, wraps } from './inner.ts';
import { type Grammar, has, readOptions, valuesOf } from './options.ts';
import { SHELLS } from './shell.ts';

const XARGS: Grammar = {
  values: 'aEIdLnPsJRS',
  optional: 'eil',
  flags: '0oprtx',
  long: `null arg-file= delimiter= eof? replace? max-lines? max-args= open-tty max-procs= interactive process-slot-var= no-run-if-empty
    max-chars= show-limits verbose exit help version`.split(/\s+/),
};

function unwrapXargs(argv: readonly string[]): Wrapping {
  const options = readOptions(argv, 1, XARGS);
  if (!options.isKnown) return wraps(guesses(argv, 1), 'command.unwrap', 'command.open-tail');
  const given = valuesOf(options, '-I', '-J', '-i', '--replace').at(-1);
  const placeholder = given ?? (has(options, '-i', '--replace') ? '{}' : undefined);
  const words = argv.slice(options.rest);
  if (words.length === 0) return wraps([]);
  return wraps([{ kind: 'argv', argv: words, isOpen: true, ...(placeholder === undefined ? {} : { placeholder }) }]);
}

const FIND_RUNS = new Set(['-exec', '-execdir', '-ok', '-okdir']);

/** Each command of a `find`, up to `;`, or `+` behind the place of the names. */
function unwrapFind(argv: readonly string[]): Wrapping {
  const inners: Inner[] = [];
  for (let at = 1; at < argv.length; at++) {
    if (!FIND_RUNS.has(argv[at] as string)) continue;
    let to = at + 1;
    while (to < argv.length && argv[to] !== ';' && !(argv[to] === '+' && argv[to - 1] === '{}')) to += 1;
    if (to > at + 1) inners.push({ kind: 'argv', argv: argv.slice(at + 1, to), isOpen: true, placeholder: '{}' });
    at = to;
  }
  return wraps(inners);
}

const FD_RUNS = /^(?:-[A-Za-z0-9]*?[xX]|--exec(?:-batch)?)(?:=?(.+))?$/s;
const FD_PLACES = '{';

/** `fd`: the command goes on to `;` or the end; several may follow each other. */
function unwrapFd(argv: readonly string[]): Wrapping {
  const inners: Inner[] = [];
  for (let at = 1; at < argv.length; at++) {
    const found = FD_RUNS.exec(argv[at] as string);
    if (found === null) continue;
    const end = argv.indexOf(';', at);
    const to = end < 0 ? argv.length : end;
    const words = [...(found[1] === undefined ? [] : [found[1]]), ...argv.slice(at + 1, to)];
    if (words.length > 0) inners.push({ kind: 'argv', argv: words, isOpen: true, placeholder: FD_PLACES });
    at = to;
  }
  return wraps(inners);
}

const PARALLEL: Grammar = {
  values: 'jPNnLISadCsEJxl',
  optional: 'eim',
  flags: '0XkqrtvuhVpzD',
  long: `jobs= max-procs= max-replace-args= max-args= max-lines? replace? sshlogin= sshloginfile= arg-file= delimiter= colsep= joblog= results=
    timeout= retries= delay= load= memfree= tmpdir= tempdir= workdir= wd= max-chars= env= nice= halt= header= block= recstart= recend=
    tagstring= rpl= null keep-order quote no-run-if-empty verbose ungroup line-buffer xargs bar eta progress dry-run will-cite tag pipe
    pipepart resume resume-failed shuf silent gnu citation help version interactive link`.split(/\s+/),
};
const PARALLEL_INPUT = /^:{3,4}\+?$/;

/** `parallel`: a text for the shell, with inputs behind `:::`; without a text, each input is one. */
function unwrapParallel(argv: readonly string[]): Wrapping {
  const options = readOptions(argv, 1, PARALLEL);
  if (!options.isKnown) return wraps(guesses(argv, 1), 'command.unwrap', 'command.open-tail');
  const rest = argv.slice(options.rest);
  const inputsAt = rest.findIndex((word) => PARALLEL_INPUT.test(word));
  const words = inputsAt < 0 ? rest : rest.slice(0, inputsAt);
  const inputs = inputsAt < 0 ? [] : rest.slice(inputsAt).filter((word) => !PARALLEL_INPUT.test(word));
  const text = (of: string): Inner => ({
    kind: 'text',
    text: of,
    dialect: 'none',
    isOpen: true,
    placeholder: '{',
    isGuess: true,
  });
  // What is seen as words is a command, too: the other program of this name takes it so.
  const asWords: Inner[] =
    words.length === 0 ? [] : [{ kind: 'argv', argv: words, isOpen: true, placeholder: '{' }, text(words.join(' '))];
  const areTexts = words.length === 0 || words.some((word) => SHELLS.has(baseName(word)) || word === 'eval');
  return wraps([...asWords, ...(areTexts ? inputs.map(text) : []), ...guesses(rest, words.length)], 'command.open-tail');
}

export const TAIL_WRAPPERS: readonly (readonly [name: string, unwrap: Unwrap])[] = [
  ['xargs', unwrapXargs],
  ['find', unwrapFind],
  ['gfind', unwrapFind],
  ['fd', unwrapFd],
  ['fdfind', unwrapFd],
  ['parallel', unwrapParallel],
];
