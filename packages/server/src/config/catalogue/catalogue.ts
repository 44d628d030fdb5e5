/** What is known of models before anybody configured them: prices and capabilities. One dated catalogue ships; a directory may carry a newer one. */
import { z } from 'zod';
import { CapabilityFields, PriceStepFields, PriceVectorFields } from '../schema/model.ts';
import { SHIPPED } from './data.ts';

const Entry = z.strictObject({
  provider: z.string().min(1),
  model: z.string().min(1),
  aliases: z.array(z.string().min(1)).max(200),
  formats: z.array(z.enum(['responses', 'chat', 'messages'])).min(1),
  prices: PriceVectorFields,
  priceSteps: z.array(PriceStepFields),
  capabilities: CapabilityFields,
  /** Where the figures come from. */
  source: z.string().min(1).max(200),
});

export const CatalogueFile = z.strictObject({
  format: z.literal('countersign-catalogue/1'),
  /** Day on which the figures were taken, YYYY-MM-DD. */
  asOf: z.iso.date(),
  sources: z.array(z.string().max(300)).max(20),
  entries: z.array(Entry).max(20_000),
});

export type Catalogue = z.infer<typeof CatalogueFile>;
export type CatalogueEntry = z.infer<typeof Entry>;

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
