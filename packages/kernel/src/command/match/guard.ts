/** How rules that forbid or ask match: whatever the spelling. They may catch more than was meant, and never less. */
import { type CommandCall, isNamed, isUnseen, type Match } from './call.ts';
import { optionWidth } from './globals.ts';

const isOption = (word: string): boolean => word.length > 1 && /^[-+]/.test(word);

/** Where in the words the next word of a rule may be looked for, and whether that is sure. */
type Places = Map<number, boolean>;

const add = (places: Places, at: number, isSure: boolean): void => {
  places.set(at, (places.get(at) ?? false) || isSure);
};

/** From these places on, over options, to behind one of the alternatives. */
function advance(call: CommandCall, words: readonly string[], places: Places, alternatives: readonly string[]): Places {
  const next: Places = new Map();
  const first = Math.min(...places.keys());
  for (let at = first; at <= words.length; at++) {
    const isSure = places.get(at);
    if (isSure === undefined) continue;
    const word = words[at];
    if (word === undefined) {
      if (call.isOpen) add(next, at, false);
      continue;
    }
    if (alternatives.includes(word)) add(next, at + 1, isSure);
    else if (isUnseen(call, word)) add(next, at + 1, false);
    if (!isOption(word)) continue;
    const width = optionWidth(call.name, word);
    if (width !== 2) add(places, at + 1, isSure);
    if (width === 2) add(places, at + 2, isSure);
    if (width === 'unsure') add(places, at + 2, false);
  }
  return next;
}

/** @param rule alternatives for each word, the program first */
export function guardPrefix(call: CommandCall, rule: readonly (readonly string[])[]): Match {
  const [programs, ...rest] = rule;
  if (programs === undefined || !programs.some((program) => isNamed(call, program))) return 'no';
  const { words } = call;
  let places: Places = new Map([[0, true]]);
  for (const alternatives of rest) {
    places = advance(call, words, places, alternatives);
    if (places.size === 0) return 'no';
  }
  return [...places.values()].some((isSure) => isSure) ? 'yes' : 'maybe';
}

/** `exact` without git's own options; other words must be the same. */
export function guardExact(call: CommandCall, rule: readonly string[]): Match {
  const [program, ...rest] = rule;
  if (program === undefined || !isNamed(call, program)) return 'no';
  const { words } = call;
  if (words.length > rest.length || !words.every((word, at) => word === rest[at] || isUnseen(call, word))) return 'no';
  if (words.length === rest.length) return words.some((word) => isUnseen(call, word)) ? 'maybe' : 'yes';
  return call.isOpen ? 'maybe' : 'no';
}

/** Whether one word is, or may be, this option. */
function isSpelling(word: string, option: string): boolean {
  if (word === option || word.startsWith(`${option}=`)) return true;
  if (!option.startsWith('-') || !word.startsWith('-')) return false;
  const name = word.split('=', 1)[0] as string;
  if (option.startsWith('--')) return name.length > 2 && option.startsWith(name);
  // A short one may stand in a bundle, with its value attached; a long one with one dash may be written with two.
  if (option.length === 2) return !word.startsWith('--') && word.includes(option.charAt(1), 1);
  return name === `-${option}`;
}

/** Where options end: at `--`, unless it may be the value of the option before it. */
function endOfOptions(words: readonly string[]): number {
  const at = words.findIndex((word, index) => {
    const before = words[index - 1];
    return word === '--' && (index === 0 || before?.startsWith('-') !== true || before.includes('='));
  });
  return at < 0 ? words.length : at;
}

/** Whether the call has one of these options, in any spelling: bundled, abbreviated, with a value attached. */
export function guardHaving(call: CommandCall, options: readonly string[]): Match {
  const words = call.argv.slice(1);
  const seen = words.slice(0, endOfOptions(words));
  if (seen.some((word) => options.some((option) => isSpelling(word, option)))) return 'yes';
  return call.isOpen || words.some((word) => isUnseen(call, word)) ? 'maybe' : 'no';
}
