/** How long a door waits for one text. Longer than the scanner's own patience: a call to a model takes seconds, and a machine may be busy. */

const LEAST_MS = 2_000;
const MS_PER_MILLION = 500;

/** Wall time for a text, milliseconds; past it the text is unscannable. */
export const scanTimeMs = (text: string): number => LEAST_MS + Math.ceil(text.length / 1_000_000) * MS_PER_MILLION;
