/** A newer catalogue from a file or a URL: read, checked, shown as a difference, and only then written into the governance directory. */
import { readFile } from 'node:fs/promises';
import { Fault } from '@countersign/kernel/fault';
import { type Catalogue, type CatalogueEntry, CatalogueFile } from './format.ts';

/** A catalogue is about 200 KB; ten times ours still fits. */
const CATALOGUE_BYTES_MAX = 4_194_304;
const FETCH_MS = 30_000;

export interface CatalogueChange {
  readonly id: string;
  readonly change: 'added' | 'removed' | 'price' | 'capabilities';
  /** `input 5000000 -> 4000000`, one per changed figure; empty for added and removed. */
  readonly figures: readonly string[];
}

export interface CatalogueRefresh {
  readonly from: string;
  readonly to: string;
  readonly changes: readonly CatalogueChange[];
  readonly catalogue: Catalogue;
  /** What belongs into `catalogue.json`; writing it is the caller's, after the difference was seen. */
  readonly text: string;
}

/** @throws Fault config.invalid for anything that is not a catalogue */
export async function refreshCatalogue(source: string, base: Catalogue): Promise<CatalogueRefresh> {
  const catalogue = parseCatalogue(await load(source));
  if (catalogue.asOf < base.asOf)
    throw new Fault('config.invalid', `The catalogue is of ${catalogue.asOf}, older than the one in use (${base.asOf}).`);
  return {
    from: base.asOf,
    to: catalogue.asOf,
    changes: compareCatalogues(base, catalogue),
    catalogue,
    text: `${JSON.stringify(catalogue, null, 1)}\n`,
  };
}

/** @throws Fault config.invalid */
export function parseCatalogue(text: string): Catalogue {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Fault('config.invalid', 'The catalogue is not JSON.', { cause });
  }
  const result = CatalogueFile.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Fault(
      'config.invalid',
      `The catalogue is not valid: \`${issue?.path.map(String).join('.') ?? ''}\` ${issue?.message ?? ''}.`,
    );
  }
  const seen = new Set<string>();
  for (const entry of result.data.entries) {
    for (const name of [entry.model, ...entry.aliases]) {
      const id = `${entry.provider}/${name}`;
      if (seen.has(id)) throw new Fault('config.invalid', `The catalogue has \`${id}\` twice.`);
      seen.add(id);
    }
  }
  return result.data;
}

async function load(source: string): Promise<string> {
  if (!/^https?:\/\//.test(source)) {
    const text = await readFile(source, 'utf8').catch((cause: unknown) => {
      throw new Fault('config.invalid', `\`${source}\` cannot be read.`, { cause });
    });
    if (Buffer.byteLength(text) > CATALOGUE_BYTES_MAX)
      throw new Fault('config.invalid', `The catalogue is larger than ${CATALOGUE_BYTES_MAX} bytes.`);
    return text;
  }
  const { protocol, hostname } = new URL(source);
  if (protocol !== 'https:' && hostname !== '127.0.0.1')
    throw new Fault('config.invalid', 'A catalogue is fetched over https only.');
  return download(source);
}

async function download(source: string): Promise<string> {
  try {
    const answer = await fetch(source, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS) });
    if (answer.status !== 200 || answer.body === null)
      throw new Fault('config.invalid', `The catalogue's server answered ${answer.status}.`);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > CATALOGUE_BYTES_MAX)
        throw new Fault('config.invalid', `The catalogue is larger than ${CATALOGUE_BYTES_MAX} bytes.`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault('config.invalid', 'The catalogue could not be fetched.', { cause: thrown });
  }
}

const idOf = (entry: CatalogueEntry): string => `${entry.provider}/${entry.model}`;

/** By id; a model whose prices and capabilities both changed is there twice. */
export function compareCatalogues(before: Catalogue, after: Catalogue): readonly CatalogueChange[] {
  const old = new Map(before.entries.map((entry) => [idOf(entry), entry]));
  const next = new Map(after.entries.map((entry) => [idOf(entry), entry]));
  const changes: CatalogueChange[] = [];
  for (const id of [...new Set([...old.keys(), ...next.keys()])].sort()) {
    const was = old.get(id);
    const is = next.get(id);
    if (was === undefined || is === undefined) changes.push({ id, change: was === undefined ? 'added' : 'removed', figures: [] });
    else changes.push(...changed(id, was, is));
  }
  return changes;
}

function changed(id: string, was: CatalogueEntry, is: CatalogueEntry): CatalogueChange[] {
  const prices = figures(was.prices, is.prices);
  if (JSON.stringify(was.priceSteps) !== JSON.stringify(is.priceSteps)) prices.push('steps by context length changed');
  const capabilities = figures(was.capabilities, is.capabilities);
  return [
    ...(prices.length > 0 ? [{ id, change: 'price' as const, figures: prices }] : []),
    ...(capabilities.length > 0 ? [{ id, change: 'capabilities' as const, figures: capabilities }] : []),
  ];
}

const figures = (was: Readonly<Record<string, unknown>>, is: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(is)
    .filter((name) => was[name] !== is[name])
    .map((name) => `${name} ${String(was[name])} -> ${String(is[name])}`);
