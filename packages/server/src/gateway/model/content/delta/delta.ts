/** What an event of a stream adds to which field, and which fields it ends. */
import type { AnswerPlace } from '../answer-place.ts';

/** A parsed event. What is changed in it goes out instead of the bytes that came. */
export type EventJson = Record<string, unknown>;

export interface Delta {
  /** Names the field within the stream. */
  readonly field: string;
  readonly place: AnswerPlace;
  /** Where the piece stands. */
  readonly parent: EventJson;
  readonly key: string;
}

export interface EventReading {
  readonly deltas: readonly Delta[];
  /** Fields that end before this event's own pieces count. */
  readonly endsBefore?: (field: string) => boolean;
  /** Fields that end with it. */
  readonly endsAfter?: (field: string) => boolean;
}

export type ReadEvent = (event: EventJson) => EventReading;

export const NO_DELTAS: EventReading = { deltas: [] };
export const ALL = (): boolean => true;

export const isObject = (value: unknown): value is EventJson =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const objects = (value: unknown): readonly EventJson[] =>
  Array.isArray(value) ? (value as readonly unknown[]).filter(isObject) : [];
export const numberText = (value: unknown): string => (typeof value === 'number' ? String(value) : '');
