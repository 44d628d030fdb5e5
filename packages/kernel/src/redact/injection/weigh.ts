/** How much a text orders a model about. */
import type { Family } from './families.ts';
import { eachSignal, type Signal } from './signal.ts';

/** Signals further apart than this, in units, do not support each other. */
export const REACH_UNITS = 600;

/** The weights of distinct families, each at its highest, added up. */
export function total(signals: readonly Signal[]): number {
  const highest = new Map<Family, number>();
  for (const { family, weight } of signals) highest.set(family, Math.max(highest.get(family) ?? 0, weight));
  let sum = 0;
  for (const weight of highest.values()) sum += weight;
  return sum;
}

/** Weight at which a place where no orders belong is reported. */
export const PLAINLY = 2;
/** Weight at which any text is reported. */
export const STRONGLY = 4;

/** Whether `text`, hidden in a document, gives orders: 0 where it does not, else its weight. */
export function weigh(text: string): number {
  const signals: Signal[] = [];
  eachSignal(text, true, (signal) => signals.push(signal));
  const sum = total(signals);
  return sum >= PLAINLY ? sum : 0;
}
