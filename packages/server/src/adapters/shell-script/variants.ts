/**
 * Other readings of words that a shell would change: with what is not set left out, defaults and braces put in, and spaces for `$IFS`. They are
 * guesses, so that a program whose name is hidden by such means is found; nothing is allowed by one.
 */

/** Readings of one word; more are not made. */
const READINGS_MAX = 16;

const DEFAULT = /\$\{\w+:?[-=+?]([^${}`]*)\}/g;
const SPACE = /\$\{?IFS[^}\w]*\}?(?:\$\d)?/g;
const PARAMETER = /\$(?:\{[^{}]*\}|\(\s*\)|[A-Za-z_]\w*|[\d@*#?$!_-])|``/g;
const BRACES = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/s;

/** The words of `a{b,c}d`, at most so many. */
function unbraced(word: string): string[] {
  const done: string[] = [];
  const open = [word];
  while (open.length > 0 && done.length + open.length < READINGS_MAX) {
    const next = open.shift() as string;
    const found = BRACES.exec(next);
    if (found === null) done.push(next);
    else open.unshift(...(found[2] as string).split(',').map((part) => `${found[1]}${part}${found[3]}`));
  }
  return [...done, ...open];
}

/** @returns the command with what the shell may make of its words; undefined where that is what stands there */
export function variantOf(written: readonly string[]): string[] | undefined {
  if (!written.some((word) => /[$`{]/.test(word))) return undefined;
  const words = written.flatMap((word) =>
    unbraced(word.replace(DEFAULT, '$1').replace(SPACE, ' ').replace(PARAMETER, ''))
      .flatMap((one) => (/\$\{?IFS/.test(word) ? one.split(' ') : [one]))
      .filter((one) => one !== '' && one !== '""'),
  );
  return words.length === 0 || words.join(' ') === written.join(' ') ? undefined : words;
}
