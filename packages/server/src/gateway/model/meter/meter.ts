/** What a meter sees in an answer, per format: usage, the end, and how much visible output passed. */
import type { Usage } from './vector.ts';

/**
 * `pass`: forward. `usage`: usage that only we asked for, withheld. `done`: the terminal event of a good answer. `failed`: the provider's
 * own error event. `bad`: cannot be read, or an end that is none.
 */
export type Note = 'pass' | 'usage' | 'done' | 'failed' | 'bad';

export type EventJson = Record<string, unknown>;

export interface Meter {
  /** One event of a stream. @param data the joined data lines @param json what they parse to, where that is an object */
  event(name: string, data: string, json?: EventJson): Note;
  /** A whole answer, and how long it is. @returns false when it is not in the format */
  whole(body: unknown, bytes: number): boolean;
  /** As reported by the provider so far; may lack the output before the end. */
  usage(): Usage | undefined;
  /** True when `usage()` covers the output too. */
  complete(): boolean;
  /** UTF-8 bytes of output that passed, reasoning included. */
  outputBytes(): number;
  /** Sequence number that an event of ours would have. */
  nextSequence(): number;
  /** Id of the answer, as the provider named it. */
  answerId(): string | undefined;
}

export function parseData(data: string): EventJson | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as EventJson) : undefined;
  } catch {
    return undefined;
  }
}

export const textBytes = (value: unknown): number => (typeof value === 'string' ? Buffer.byteLength(value) : 0);
