/**
 * What is found in the texts of a definition before a person is asked about it. The checks here are the least that always runs: text that
 * does not show, and text that speaks of another server's tools. A full scan is handed in by whoever puts the process together.
 */
import type { Json } from '../json.ts';
import { textsOf } from './texts.ts';

export interface DefinitionFinding {
  /** Stable, such as `hidden-text`. */
  readonly rule: string;
  readonly kind: 'hidden' | 'injection' | 'secret' | 'personal';
  /** JSON pointer into the definition. */
  readonly path: string;
  /** Short, with all that does not show written out; for people only. */
  readonly excerpt: string;
}

/** Pure: the same definition gives the same findings on every node. */
export type JudgeDefinition = (definition: Json) => readonly DefinitionFinding[];

/** Findings of one definition; a poisoned one would have thousands. */
export const FINDINGS_MAX = 50;
const AROUND = 24;
const EXCERPT_LENGTH_MAX = 120;

/**
 * Controls, format characters, fillers and tags, private use, and variation selectors other than the two that pictures use. Joiners are in
 * here too: a definition in a script that needs them is shown to a person, which is no harm.
 */
const HIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\p{Cf}\p{Co}\p{Zl}\p{Zp}\ufe00-\ufe0d\u{e0100}-\u{e01ef}]/u;
const EVERY_HIDDEN = new RegExp(HIDDEN.source, 'gu');

/** `\u{202e}` for each character that does not show. */
const shown = (text: string): string =>
  text.replace(EVERY_HIDDEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`).slice(0, EXCERPT_LENGTH_MAX);

/** What stands around a place in a text, for people. */
export const excerptAt = (text: string, at: number): string => shown(text.slice(Math.max(0, at - AROUND), at + AROUND));

/** Text that does not show: for a definition each one is a finding. */
export function hiddenText(definition: Json): readonly DefinitionFinding[] {
  const found: DefinitionFinding[] = [];
  for (const { path, text } of textsOf(definition)) {
    const at = text.search(HIDDEN);
    if (at === -1) continue;
    found.push({ rule: 'hidden-text', kind: 'hidden', path, excerpt: excerptAt(text, at) });
    if (found.length >= FINDINGS_MAX) break;
  }
  return found;
}

/** Texts that name a tool of another server as agents know it. `servers`: ids of all others. */
export function mentions(definition: Json, servers: ReadonlySet<string>): readonly DefinitionFinding[] {
  const found: DefinitionFinding[] = [];
  for (const { path, text } of textsOf(definition)) {
    for (const match of text.matchAll(/([a-z0-9-]{1,32})__[A-Za-z0-9_-]/g)) {
      if (!servers.has(match[1] ?? '')) continue;
      found.push({ rule: 'mentions-other-server', kind: 'injection', path, excerpt: excerptAt(text, match.index) });
      if (found.length >= FINDINGS_MAX) return found;
      break;
    }
  }
  return found;
}
