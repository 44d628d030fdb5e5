/** What the scripted models say: a coding agent's turns on the sample repository. Used only where no provider key is configured. */

/** One turn's answer: text, or one call of a client's own tool. */
export type Turn = { readonly say: string } | { readonly run: string } | { readonly patch: string };

const FIXED = "title.trim().toLowerCase().replace(/[^a-z0-9]+/g, '-')";
const BROKEN = "title.trim().replace(/[^a-zA-Z0-9]+/g, '-')";
const REST = ".replace(/^-|-$/g, '');";

export const REPAIR_PROMPT = 'The test in this repository fails. Find out why, fix the code, and run the test again.';

export const codexRepair: readonly Turn[] = [
  { run: 'node --test 2>&1 | tail -n 30; cat src/slug.js' },
  {
    patch: [
      '*** Begin Patch',
      '*** Update File: src/slug.js',
      '@@',
      `-  return ${BROKEN}${REST}`,
      `+  return ${FIXED}${REST}`,
      '*** End Patch',
      '',
    ].join('\n'),
  },
  { run: 'node --test' },
  { say: 'Fixed: `slug` now lowers its input before it replaces other characters. The test passes.' },
];

export const claudeRepair: readonly Turn[] = [
  { run: 'node --test 2>&1 | tail -n 30; cat src/slug.js' },
  // Claude Code edits only what it has read.
  { run: `sed -i "s/${escapeSed(BROKEN)}/${escapeSed(FIXED)}/" src/slug.js` },
  { run: 'node --test' },
  { say: 'Fixed: `slug` now lowers its input before it replaces other characters. The test passes.' },
];

export const ANSWER_PROMPT = 'In one sentence: what does src/slug.js do?';
export const answer: readonly Turn[] = [{ say: 'It turns the title of an invoice into a slug for a URL.' }];

function escapeSed(text: string): string {
  return text
    .replace(/[[\]*.^$/\\]/g, '\\$&')
    .replaceAll('(', '(')
    .replaceAll('"', '\\"');
}
