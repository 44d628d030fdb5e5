/** The detectors that every scanner of ours is built from: one list, so that no door sees less than another. */
import type { Detector } from './detector.ts';
import { hiddenDetector } from './hidden/index.ts';
import { injectionDetector } from './injection/index.ts';
import { personalDetector } from './personal/index.ts';
import { keywordFilter, type MatchMaker, secretDetector, SECRET_RULES } from './secret/index.ts';

/**
 * Built anew on every call, patterns and all: callers keep what they get.
 * @param matcher how the patterns of secrets are matched, where not by the language's own
 */
export const allDetectors = (matcher?: MatchMaker): readonly Detector[] => [
  secretDetector(SECRET_RULES, matcher),
  personalDetector,
  hiddenDetector,
  injectionDetector,
];

/** Tells texts that name no secret. The other detectors are linear and need no filter. */
export const mentionsSecrets = (): ((text: string) => boolean) => keywordFilter(SECRET_RULES);
