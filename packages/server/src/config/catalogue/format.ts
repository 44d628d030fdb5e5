/** The form of a catalogue: what is known of models before anybody configured them. */
import { z } from 'zod';
import { CapabilityFields, PriceStepFields, PriceVectorFields } from '../schema/model.ts';

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
