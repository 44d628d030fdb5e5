/** What the scanner says of a text that shall be remembered: refused, or of which class. */
import type { DataClass, Taint } from '../../ports/registry.ts';
import type { Inspect, TextFinding } from './deps.ts';
import { Refused } from './reply.ts';
import { higher } from './rules.ts';
import { spellings } from './spelling.ts';

export interface Screened {
  /** The given class, raised by what was found. */
  readonly dataClass: DataClass;
  /** What the text itself brings, besides what its task bears. */
  readonly taints: readonly Taint[];
}

/** Secrets are refused by kind and cards by class, each also by what is certain about it: one slip of a rule lets nothing through. */
export const isRefused = ({ kind, raises, rule }: TextFinding): boolean =>
  kind === 'secret' || raises === 'restricted' || rule === 'payment-card';

/** What a door took out on the way here. The gap is not remembered either: it stands for something that must not be. */
const PLACEHOLDER = /\[REDACTED:([a-z0-9.-]{0,64})/gi;

const RULES_SHOWN_MAX = 10;
const RULE = /^[a-z0-9][a-z0-9.-]{0,63}$/;

/** @throws Refused naming rules, never a value; or where the scanner cannot tell */
export async function screen(inspect: Inspect, text: string, given: DataClass): Promise<Screened> {
  const findings: TextFinding[] = [];
  for (const spelling of spellings(text)) {
    try {
      findings.push(...(await inspect(spelling)).findings);
    } catch {
      throw new Refused(
        'The text could not be checked for secrets, so it is not remembered. Say it shorter or simpler, or try later.',
      );
    }
  }
  const gaps = [...text.matchAll(PLACEHOLDER)].map(([, rule = '']) => rule.toLowerCase());
  const bad = [...findings.filter(isRefused).map(({ rule }) => rule), ...gaps].map((rule) =>
    RULE.test(rule) ? rule : 'unnamed',
  );
  if (bad.length > 0) {
    const rules = [...new Set(bad)].sort().slice(0, RULES_SHOWN_MAX).join(', ');
    throw new Refused(
      `Not remembered: the text holds a secret, a card number or other restricted data (${rules}). Nothing of it was kept. Leave it out, and say where it is to be found instead.`,
    );
  }
  const dataClass = findings.reduce((most, { raises }) => (raises === 'none' ? most : higher(most, raises)), given);
  const misleads = findings.some(({ kind }) => kind === 'hidden' || kind === 'injection');
  return { dataClass, taints: misleads ? ['untrusted'] : [] };
}
