// The words of the design, and no others: names of files and of things in the code.
import { readText } from './files.mjs';
import { identifiersOf } from './identifiers.mjs';

const BANNED = new Set([
  'engine',
  'engines',
  'manager',
  'managers',
  'helper',
  'helpers',
  'util',
  'utils',
  'utility',
  'utilities',
  'guardian',
  'brain',
  'ring',
]);

/** `readHTTPBody-2` gives read, http, body, 2: a word is judged alone, so that `string` holds no `ring`. */
const wordsOf = (name) =>
  name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z\d]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());

/** The word of `name` that is not used here, or undefined. */
function bannedWord(name) {
  const words = wordsOf(name);
  const banned = words.find((word) => BANNED.has(word));
  if (banned !== undefined) return banned;
  if (words.length > 1 && /^services?$/.test(words.at(-1))) return 'service as a suffix';
  return words.some((word, at) => word === 'trust' && words[at + 1] === 'score') ? 'trust score' : undefined;
}

/** What others named: members of their interfaces that our code has to write. */
const FOREIGN = new Set(['engines']);

export const words = {
  name: 'words',
  run(root, files) {
    const findings = [];
    for (const path of files) {
      const parts = path.split('/').map((part) => part.replace(/\.[^.]+$/, ''));
      const inPath = parts.map(bannedWord).find((word) => word !== undefined);
      if (inPath !== undefined) findings.push(`${path}: the path uses a word that is not ours: ${inPath}`);
    }
    const sources = files.filter((path) => /\.(ts|mts|tsx|mjs|js)$/.test(path));
    for (const path of sources) {
      if (/[A-Z_]/.test(path.slice(path.lastIndexOf('/') + 1)))
        findings.push(`${path}: names of files are in lower case, with hyphens between words`);
      for (const name of identifiersOf(readText(root, path))) {
        const word = FOREIGN.has(name) ? undefined : bannedWord(name);
        if (word !== undefined) findings.push(`${path}: \`${name}\` uses a word that is not ours: ${word}`);
      }
    }
    return { looked: sources.length, findings };
  },
};
