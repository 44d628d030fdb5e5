/** The hard bounds of auto-review: what no model is asked about. Pure; every one of them sends the request to a person. */
import type { ActionClass } from '../action/index.ts';

export interface ReviewBounds {
  /** Gates that may be answered; one that is not listed never is. */
  readonly gates: readonly string[];
  readonly classes: readonly ActionClass[];
  readonly maxTier: number;
  readonly maxEstimateMicroUsd: number;
  /** Rank of the highest data class, 0 to 3. */
  readonly maxDataRank: number;
  /** Where a path or an argument names one of these, a person looks. Prefixes of relative paths, and names of files. */
  readonly protectedPaths: readonly string[];
  /** So often must people have approved a request like it. */
  readonly seenApproved: number;
}

export interface ReviewFacts {
  readonly gates: readonly { readonly gate: string; readonly min: number }[];
  readonly actionClass: string;
  readonly tier: number;
  readonly estimateMicroUsd: number;
  readonly dataRank: number;
  readonly taints: readonly string[];
  /** Every text of what the approver is shown. */
  readonly texts: readonly string[];
  /** How often people approved the like of it. */
  readonly approvedBefore: number;
  /** And how often they refused it. */
  readonly refusedBefore: number;
}

export type BoundCode = 'gate' | 'quorum' | 'class' | 'tier' | 'cost' | 'data' | 'taint' | 'path' | 'novel' | 'refused-before';

/** All bounds that the request is outside of, in a fixed order; none means that a model may be asked. */
export function outsideOf(bounds: ReviewBounds, facts: ReviewFacts): readonly BoundCode[] {
  const checks: readonly (readonly [BoundCode, boolean])[] = [
    ['gate', facts.gates.length === 0 || facts.gates.some(({ gate }) => !bounds.gates.includes(gate))],
    ['quorum', facts.gates.some(({ min }) => min !== 1)],
    ['class', !(bounds.classes as readonly string[]).includes(facts.actionClass)],
    ['tier', !(facts.tier <= bounds.maxTier)],
    ['cost', !(facts.estimateMicroUsd <= bounds.maxEstimateMicroUsd)],
    ['data', !(facts.dataRank <= bounds.maxDataRank)],
    ['taint', facts.taints.includes('untrusted')],
    ['path', facts.texts.some((text) => namesProtected(text, bounds.protectedPaths))],
    ['novel', facts.approvedBefore < bounds.seenApproved],
    ['refused-before', facts.refusedBefore > 0],
  ];
  return checks.flatMap(([code, outside]) => (outside ? [code] : []));
}

/** Compared without case, and with one kind of slash: file systems differ, and asking a person too often is no harm. */
function namesProtected(text: string, paths: readonly string[]): boolean {
  const plain = text.toLowerCase().replaceAll('\\', '/').replaceAll('/./', '/');
  return paths.some((path) => {
    const wanted = path.toLowerCase();
    // A folder is named without its slash as well: `rm -r infra`.
    return (
      names(plain, wanted, '') || (wanted.length > 1 && wanted.endsWith('/') && names(plain, wanted.slice(0, -1), PART_OF_NAME))
    );
  });
}

const PART_OF_NAME = '._-';
const IN_NAME = /[\p{L}\p{N}]/u;
/** `-Iinfra/`: an option of one letter may hold its value. */
const OPTION = /(?:^|[\s"'`=:,;|&<>()[\]{}])-[a-z]$/;

/** @param goes characters that go on with the name, besides letters and digits, where it has to end; empty where it need not */
function names(text: string, wanted: string, goes: string): boolean {
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const [before, after] = [text[at - 1], text[at + wanted.length]];
    const begins =
      before === undefined || !(IN_NAME.test(before) || before === '_') || OPTION.test(text.slice(Math.max(0, at - 3), at));
    const ends = goes === '' || after === undefined || !(IN_NAME.test(after) || goes.includes(after));
    if (begins && ends) return true;
  }
  return false;
}
