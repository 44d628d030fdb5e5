/** Tests build with the real parser and validator. What was translated once is kept: translation depends on nothing but the text. */
import type { CedarText } from '../../ports/cedar.ts';
import { cedarText as real } from '../../adapters/cedar/index.ts';

const kept = new Map<string, Promise<unknown>>();

function once<T>(key: string, make: () => Promise<T>): Promise<T> {
  const known = kept.get(key);
  if (known !== undefined) return known as Promise<T>;
  const made = make();
  kept.set(key, made);
  return made;
}

export const cedarText: CedarText = {
  ...real,
  translatePolicies: (text, file) => once(`policies ${file} ${text}`, () => real.translatePolicies(text, file)),
  translateSchema: (text, file) => once(`schema ${text}`, () => real.translateSchema(text, file)),
};
