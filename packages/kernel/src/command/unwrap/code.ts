/** Code of interpreters, in the arguments: calls in it that hand literal words to a shell or to a program. */
import { guessedText, type Inner, type Wrapping, wraps } from './inner.ts';

/** Units of the words together that are looked at: what is longer asks as all code does, and costs nothing. */
const CODE_MAX = 16_384;

/** Functions that run their first argument, in the languages of one line. A list of words is one command. */
const CALLS =
  /\b(?:system|exec[a-z_]*|popen\w*|spawn[a-z_]*|run|call|check_output|check_call|getoutput|getstatusoutput|shell_exec|passthru|proc_open|qx|capture[a-z23]*|do shell script|bash|sh)\s{0,16}[([{]{0,4}\s{0,16}((?:(?:"(?:[^"\\]|\\.){0,500}"|'(?:[^'\\]|\\.){0,500}'|`[^`]{0,500}`)[\s,\][]{0,16}){1,64})/gis;
/** Quotes that run what is in them, in perl and its family. */
const BACKQUOTED = /`([^`]{1,500})`|%x[([{|!]([^)\]}|!]{1,500})/g;
/** Words of perl that stand for quoted ones. */
const QUOTED_WORDS = /\bqw\s*[([{<]([^)\]}>]{0,500})[)\]}>]/g;
/** Pipes of awk: `"text" | getline` and `| "text"`. */
const PIPED = /"((?:[^"\\]|\\.){0,500})"\s{0,16}\|&?\s{0,16}getline|\|&?\s{0,16}"((?:[^"\\]|\\.){0,500})"/g;
/** The command `e` of sed. */
const SED_RUNS = /(?:^|[;{\n\d$/!])[ \t]{0,16}e[ \t]{0,16}([^\n]{1,500})/g;
const LITERAL = /"((?:[^"\\]|\\.){0,500})"|'((?:[^'\\]|\\.){0,500})'|`([^`]{0,500})`/gs;

const literals = (code: string): string[] =>
  [...code.matchAll(LITERAL)].map(([, double, single, back]) => (double ?? single ?? back ?? '').replace(/\\(["'`\\])/g, '$1'));

/** Each literal is a text, and all of them are the words of one command. */
function called(code: string): Inner[] {
  return [...code.replace(QUOTED_WORDS, ' "$1"').matchAll(CALLS)].flatMap(([, given]) => {
    const words = literals(given ?? '');
    const all: Inner[] = words.length > 1 ? [{ kind: 'argv', argv: words, isGuess: true }] : [];
    return [...words.map(guessedText), ...all];
  });
}

const first = (code: string, pattern: RegExp): Inner[] =>
  [...code.matchAll(pattern)].flatMap((found) => {
    const text = found.slice(1).find((group) => group !== undefined);
    return text === undefined ? [] : [guessedText(text)];
  });

type Read = (code: string) => Inner[];

const callsAndQuotes: Read = (code) => [...called(code), ...first(code, BACKQUOTED)];
const awk: Read = (code) => [...called(code), ...first(code, PIPED)];
const sed: Read = (code) => first(code, SED_RUNS);

const READS: readonly (readonly [names: string, read: Read])[] = [
  ['python python2 python3 pypy pypy3 node nodejs deno bun lua luajit osascript emacs', called],
  ['perl ruby php', callsAndQuotes],
  ['awk gawk mawk nawk', awk],
  ['sed gsed', sed],
];

function unwrapCode(argv: readonly string[], read: Read): Wrapping | undefined {
  let left = CODE_MAX;
  const inners = argv.slice(1).flatMap((word) => {
    const code = word.slice(0, left);
    left -= code.length;
    return code === '' ? [] : read(code);
  });
  return inners.length === 0 ? undefined : wraps(inners, 'command.inline-code');
}

export const CODE_WRAPPERS: readonly (readonly [name: string, unwrap: (argv: readonly string[]) => Wrapping | undefined])[] =
  READS.flatMap(([names, read]) => names.split(' ').map((name) => [name, (argv: readonly string[]) => unwrapCode(argv, read)]));
