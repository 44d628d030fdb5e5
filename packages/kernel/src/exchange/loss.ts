/** What a format of others cannot say, told for every rule that it is about. */

export interface Loss {
  /** Id of the rule, entry of the foreign file, or `default`. */
  readonly rule: string;
  /** What became of it. */
  readonly change: string;
  /** Against what it was: lets more through, lets less through, or neither. */
  readonly effect: 'wider' | 'tighter' | 'same';
}

export const isWider = ({ effect }: Loss): boolean => effect === 'wider';
