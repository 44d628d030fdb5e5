/** Models: what a file says over what the catalogue knows. A model without a price is refused, since its cost would count as nothing. */
import type { ModelRecord } from '../../ports/registry.ts';
import { findEntry, priceRevisionOf } from '../catalogue/catalogue.ts';
import type { CatalogueEntry } from '../catalogue/format.ts';
import type { Findings } from '../finding.ts';
import { durationMs } from '../schema/common.ts';
import type { ModelFile } from '../schema/model.ts';
import type { Parsed } from '../schema/parse.ts';
import type { Registries } from './registries.ts';
import { mustExist, type Vocabulary } from './vocabulary.ts';

type Model = Parsed<ModelFile>;

function entryOf({ value }: Model, { catalogue }: Registries): CatalogueEntry | undefined {
  const named = value.catalogue ?? `${value.provider}/${value.upstreamModel ?? value.id}`;
  const slash = named.indexOf('/');
  return findEntry(catalogue, named.slice(0, slash), named.slice(slash + 1));
}

export function checkModels(registries: Registries, words: Vocabulary, findings: Findings): void {
  const seen = new Set<string>();
  for (const model of registries.models) {
    const { value } = model;
    if (seen.has(value.id))
      findings.error(model.at('id'), { code: 'registry.duplicate-id', message: `The model \`${value.id}\` is there twice.` });
    seen.add(value.id);
    checkReferences(model, words, findings);
    checkFigures(model, registries, findings);
  }
  checkFallbacks(registries, findings);
}

function checkReferences(model: Model, words: Vocabulary, findings: Findings): void {
  const { value } = model;
  const check = (kind: string, name: string, known: Iterable<string>, ...path: PropertyKey[]): void =>
    mustExist({ place: model.at(...path), kind, name }, known, findings);
  check('provider', value.provider, words.providers, 'provider');
  value.teams.forEach((name, index) => check('team', name, words.teams, 'teams', index));
  value.environments.forEach((name, index) => check('environment', name, words.environments, 'environments', index));
  value.useCases.forEach((name, index) => check('use case', name, words.useCases, 'useCases', index));
  value.fallbacks.forEach((name, index) => check('model', name, words.models, 'fallbacks', index));
}

function checkFigures(model: Model, registries: Registries, findings: Findings): void {
  const { value } = model;
  const entry = entryOf(model, registries);
  if (value.catalogue !== undefined && entry === undefined) {
    findings.error(model.at('catalogue'), {
      code: 'model.catalogue',
      message: `The catalogue of ${registries.catalogue.asOf} has no \`${value.catalogue}\`.`,
    });
  }
  if (entry !== undefined) return;
  const missing = [
    ...(value.prices === undefined ? ['prices'] : []),
    ...(value.formats === undefined ? ['formats'] : []),
    ...(value.capabilities === undefined ||
    Object.values(value.capabilities).filter((each) => each !== undefined).length < CAPABILITY_COUNT
      ? ['capabilities']
      : []),
  ];
  if (missing.length > 0) {
    findings.error(model.at('id'), {
      code: 'model.unpriced',
      message: `The catalogue of ${registries.catalogue.asOf} does not know \`${value.id}\`, so its file must state ${missing.join(', ')}.`,
      hint: 'or name a catalogue entry: `catalogue: openai/gpt-5.5`',
    });
  }
}

const CAPABILITY_COUNT = 8;

/** A chain may neither lead back nor leave the data class that the first model is trusted with. */
function checkFallbacks({ models }: Registries, findings: Findings): void {
  const byId = new Map(models.map((model) => [model.value.id, model.value]));
  for (const model of models) {
    model.value.fallbacks.forEach((name, index) => {
      if (name === model.value.id)
        findings.error(model.at('fallbacks', index), { code: 'model.fallback', message: 'A model can’t be its own fallback.' });
      const next = byId.get(name);
      if (next?.enabled === false)
        findings.warn(model.at('fallbacks', index), {
          code: 'model.fallback',
          message: `The fallback \`${name}\` is not enabled.`,
        });
    });
  }
}

type Figures = Pick<ModelRecord, 'formats' | 'prices' | 'priceSteps' | 'priceRevision' | 'capabilities'>;

/** INVARIANT: called for a directory without errors, so prices, formats and all capabilities are there. */
function figuresOf(model: Model, registries: Registries): Figures {
  const { prices, priceSteps, formats, capabilities = {} } = model.value;
  const entry = entryOf(model, registries);
  const known = { prices: prices ?? entry?.prices, formats: formats ?? entry?.formats };
  if (known.prices === undefined || known.formats === undefined) throw new TypeError(`model ${model.value.id} was not checked`);
  return {
    formats: known.formats,
    prices: known.prices,
    priceSteps: priceSteps ?? inheritedSteps(prices, entry),
    priceRevision: prices === undefined ? priceRevisionOf(registries.catalogue) : 'configured',
    capabilities: { ...entry?.capabilities, ...withoutUndefined(capabilities) } as ModelRecord['capabilities'],
  };
}

/** Own prices replace the whole vector: steps of another price would be wrong. */
const inheritedSteps = (own: ModelFile['prices'], entry: CatalogueEntry | undefined): ModelRecord['priceSteps'] =>
  own === undefined && entry !== undefined ? entry.priceSteps : [];

export function modelRecord(model: Model, registries: Registries): ModelRecord {
  const { value } = model;
  const { connect, firstByte, idle, total } = value.timeouts;
  return {
    id: value.id,
    provider: value.provider,
    upstreamModel: value.upstreamModel ?? value.id,
    modelClass: value.class,
    ...figuresOf(model, registries),
    preview: value.preview,
    enabled: value.enabled,
    customerData: value.customerData,
    outputMayTriggerActions: value.outputMayTriggerActions,
    teams: [...value.teams].sort(),
    environments: [...value.environments].sort(),
    useCases: [...value.useCases].sort(),
    maxDataClass: value.maxDataClass,
    allow: value.allow,
    ...(value.maxPromptTokens === undefined ? {} : { maxPromptTokens: value.maxPromptTokens }),
    ...(value.maxOutputTokens === undefined ? {} : { maxOutputTokens: value.maxOutputTokens }),
    fallbacks: value.fallbacks,
    timeouts: {
      connectMs: durationMs(connect),
      firstByteMs: durationMs(firstByte),
      idleMs: durationMs(idle),
      totalMs: durationMs(total),
    },
    logs: value.logs,
  };
}

const withoutUndefined = (record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
