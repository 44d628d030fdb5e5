/** The detectors that every scanner of ours is built from: one list, so that no door sees less than another. */
import type { Detector } from './detector.ts';
import { secretDetector, SECRET_RULES } from './secret/index.ts';

/** Built anew on every call, patterns and all: callers keep what they get. */
export const allDetectors = (): readonly Detector[] => [secretDetector(SECRET_RULES)];
