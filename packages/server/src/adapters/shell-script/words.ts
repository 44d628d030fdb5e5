/** Words of a parsed script as the shell would read them, where they are literal; by our own rule of quoting, not by the parser's text. */
import { split } from '@countersign/kernel/command';

const NAMED: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  v: '\v',
};
/** Words with nothing to unquote. */
const PLAIN = /^[\w./@%+,-]+$/;
const ANSI = /\$'((?:[^'\\]|\\.)*)'/gs;
const ANSI_ESCAPE = /\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|[0-7]{1,3}|.)/gs;

function unescaped(escape: string): string {
  if (/^[0-7]/.test(escape)) return String.fromCodePoint(Number.parseInt(escape, 8));
  if (escape.length === 1) return NAMED[escape] ?? escape;
  const point = Number.parseInt(escape.slice(1), 16);
  return point > 0x10_ffff ? '' : String.fromCodePoint(point);
}

/** `$'...'` as plain quotes around what it stands for. */
function withoutAnsi(text: string): string {
  return text.replace(ANSI, (_, inside: string) => {
    const plain = inside.replace(ANSI_ESCAPE, (_all, escape: string) => unescaped(escape));
    return `'${plain.replaceAll("'", "'\\''")}'`;
  });
}

/** What stands between double quotes, with what the shell would replace left as it is. */
const opened = (text: string): string => text.slice(1, -1).replace(/\\(["\\])/g, '$1');
const DOUBLE_QUOTED = /^"(?:[^"\\]|\\[\s\S])*"$/;

/** @returns the word as a program would get it; with what the shell would replace as it was written */
export function wordOf(written: string): string {
  if (PLAIN.test(written)) return written;
  const text = withoutAnsi(written).replaceAll('$"', '"');
  const found = split(`x ${text}`, 'bash');
  const [only] = found.ok ? found.commands : [];
  return found.ok && found.commands.length === 1 && only?.argv.length === 2
    ? (only.argv[1] as string)
    : DOUBLE_QUOTED.test(text)
      ? opened(text)
      : written;
}
