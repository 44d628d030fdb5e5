/** How long a door waits for one text. Longer than the scanner's own patience: a call to a model takes seconds. */

const LEAST_MS = 2_000;
const MS_PER_MILLION = 500;

/** Milliseconds for a text, more where the machine is busy; past them the text is unscannable. */
export const scanTimeMs = (text: string): number => LEAST_MS + Math.ceil(text.length / 1_000_000) * MS_PER_MILLION;
