/** What is known of models before anybody configured them: prices and capabilities. One dated catalogue ships; a directory may carry a newer one. */
import { SHIPPED } from './data.ts';
import type { Catalogue, CatalogueEntry } from './format.ts';

export const shippedCatalogue = (): Catalogue => SHIPPED;

/** Names the figures in ledger entries, so that history can be priced again. */
export const priceRevisionOf = (catalogue: Catalogue): string => `catalogue-${catalogue.asOf}`;

/** Dated snapshots of a model (`-20260114`, `-2026-01-14`) cost what the model costs. */
const DATED = /-(?:\d{8}|\d{4}-\d{2}-\d{2})$/;

/** Exact, by alias, or without its date; never by prefix, since `claude-sonnet-5-5` is not a kind of `claude-sonnet-5`. */
export function findEntry(catalogue: Catalogue, provider: string, model: string): CatalogueEntry | undefined {
  const mine = catalogue.entries.filter((entry) => entry.provider === provider);
  const named = (name: string) =>
    mine.find((entry) => entry.model === name) ?? mine.find((entry) => entry.aliases.includes(name));
  return named(model) ?? (DATED.test(model) ? named(model.replace(DATED, '')) : undefined);
}
