/** Programs with options that name another program, or hold a text for a shell. */
import { guessedText, type Inner, type Wrapping, wraps } from './inner.ts';

/**
 * Values of options that are texts for a shell.
 * @param names matches such an option, the value attached as its first group
 */
export function optionTexts(words: readonly string[], names: RegExp): Inner[] {
  return words.flatMap((word, at) => {
    const found = names.exec(word);
    if (found === null) return [];
    const value = found[1] === undefined || found[1] === '' ? words[at + 1] : found[1];
    return value === undefined ? [] : [guessedText(value)];
  });
}

/** Settings of ssh that run a program here. */
export const SSH_RUNS = /^\s*(?:proxycommand|localcommand|knownhostscommand|match\s+.*exec)[\s=]+(.*)$/is;

/** Of a text, what a shell gets; undefined where none does. */
type Within = (text: string) => string | undefined;

const itself: Within = (text) => text;
const inAction: Within = (text) => /^exec=(.*)$/s.exec(text)?.[1];
const inSetting: Within = (text) => SSH_RUNS.exec(text)?.[1];
/** `:!text` of an editor, and `:silent !text`. */
const inEditor: Within = (text) => /^[:\s]*(?:sil[a-z]*!?\s*)?(?:r(?:ead)?\s*)?!(.*)$/s.exec(text)?.[1];

const OPTIONS: readonly (readonly [names: string, option: RegExp, within: Within])[] = [
  ['tar gtar bsdtar', /^(?:-[A-Za-z]*[IF]|--(?:to-c|use-c|rsh|rmt|info-s|new-v)[a-z-]*=?)(.*)$/s, itself],
  ['tar gtar', /^--checkpoint-a[a-z]*=?(.*)$/s, inAction],
  ['rsync', /^(?:-[A-Za-z0-9]*e|--rsh=?|--rsync-path=?)(.*)$/s, itself],
  ['scp sftp', /^-[A-Za-z0-9]*S(.*)$/s, itself],
  ['scp sftp', /^-[A-Za-z0-9]*o(.*)$/s, inSetting],
  ['split gsplit', /^--f[a-z]*=?(.*)$/s, itself],
  ['sort gsort', /^--co[a-z-]*=?(.*)$/s, itself],
  ['rg', /^--(?:pre|hostname-bin)(?:=(.*))?$/s, itself],
  ['zip', /^(?:-TT|--unzip-c[a-z]*=?)(.*)$/s, itself],
  ['man', /^(?:-P|--pager=?)(.*)$/s, itself],
  ['vim vi nvim ex view gvim rvim', /^(?:-c|--cmd|\+)(.*)$/s, inEditor],
  ['less more', /^\+(.*)$/s, inEditor],
];

function unwrapOptions(argv: readonly string[], name: string): Wrapping | undefined {
  const inners = OPTIONS.filter(([names]) => names.split(' ').includes(name)).flatMap(([, option, within]) =>
    optionTexts(argv.slice(1), option).flatMap((inner) => {
      const text = inner.kind === 'text' ? within(inner.text) : undefined;
      return text === undefined ? [] : [guessedText(text)];
    }),
  );
  return inners.length === 0 ? undefined : wraps(inners, 'command.inline-code');
}

export const OPTION_WRAPPERS: readonly (readonly [name: string, unwrap: (argv: readonly string[]) => Wrapping | undefined])[] = [
  ...new Set(OPTIONS.flatMap(([names]) => names.split(' '))),
].map((name) => [name, (argv) => unwrapOptions(argv, name)]);
