/** Rules carry their own examples; this holds them to it. */
import type { TextPlace } from './detector.ts';
import type { Profile } from './profile.ts';
import type { TextScanner } from './scanner.ts';
import { FINDING_KINDS } from './detector.ts';

export interface ExampleFailure {
  readonly rule: string;
  /** `missed`: a positive example without a finding; `false-alarm`: a negative one with one. */
  readonly what: 'missed' | 'false-alarm';
  /** Which example of its list, from 0. */
  readonly index: number;
}

const PLACES: readonly TextPlace[] = ['data', 'prose', 'code', 'definition'];

/** Every example that does not do what it should. A positive one must be found in some place, a negative one in none. */
export function checkExamples(scanner: TextScanner): ExampleFailure[] {
  const profiles = PLACES.map((place): Profile => ({ place, regions: [], kinds: FINDING_KINDS, redact: [] }));
  const isFound = (text: string, rule: string) =>
    profiles.some((profile) => scanner.hits(text, profile).some((hit) => hit.rule === rule));
  return scanner.rules.flatMap(({ id, positive, negative }) => [
    ...positive.flatMap((text, index) => (isFound(text, id) ? [] : [{ rule: id, what: 'missed' as const, index }])),
    ...negative.flatMap((text, index) => (isFound(text, id) ? [{ rule: id, what: 'false-alarm' as const, index }] : [])),
  ]);
}
