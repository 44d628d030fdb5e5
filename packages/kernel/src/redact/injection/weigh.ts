/** How much a text orders a model about. */
import type { TextPlace } from '../detector.ts';
import type { Family } from './families.ts';
import { eachSignal, type Signal } from './signal.ts';

/** Signals further apart than this, in units, do not support each other. */
export const REACH_UNITS = 600;

/** The weights of distinct families, each at its highest, added up. */
function total(signals: readonly Signal[]): number {
  const highest = new Map<Family, number>();
  for (const { family, weight } of signals) highest.set(family, Math.max(highest.get(family) ?? 0, weight));
  let sum = 0;
  for (const weight of highest.values()) sum += weight;
  return sum;
}

/** Weight at which a place where no orders belong is reported. */
const PLAINLY = 2;
/** Weight at which any text is reported. */
const STRONGLY = 4;

/** Words about secrets and tools are what code and manuals are made of; alone they mean nothing there. */
const TECHNICAL: ReadonlySet<Family> = new Set(['send-out', 'read-credentials', 'shadow-tool', 'order-steering', 'pressure']);

/** Whether signals that stand together are an injection in a text of this kind. */
export function isReported(signals: readonly Signal[], place: TextPlace): boolean {
  if (place === 'definition') return total(signals) >= PLAINLY;
  if (total(signals) < STRONGLY) return false;
  if (signals.some(({ weight }) => weight >= STRONGLY)) return true;
  const has = (wanted: Family): boolean => signals.some(({ family }) => family === wanted);
  const plainly = (wanted: Family): boolean => signals.some(({ family, weight }) => family === wanted && weight >= PLAINLY);
  if (signals.some(({ family }) => !TECHNICAL.has(family))) return true;
  if (place !== 'prose') return false;
  // To read credentials and to send them out is an attack by itself, and so is a way out
  // beside a plain order about tools; where it is not code that does so.
  return (
    (has('read-credentials') && has('send-out')) || (plainly('send-out') && (plainly('shadow-tool') || plainly('order-steering')))
  );
}

/** Whether `text`, hidden in a document, gives orders: 0 where it does not, else its weight. */
export function weigh(text: string): number {
  const signals: Signal[] = [];
  eachSignal(text, 'prose', (signal) => signals.push(signal));
  const sum = total(signals);
  // Comments are full of what to do with files and keys.
  const isTechnical = signals.every(({ family }) => TECHNICAL.has(family));
  return sum >= (isTechnical ? STRONGLY : PLAINLY) ? sum : 0;
}
