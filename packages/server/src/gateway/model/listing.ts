/** `GET /v1/models`: what the caller's registry entry could use, in the vendor's form. A list is no permission. */
import type { JsonRecord } from '@countersign/kernel/json';
import { listed } from '@countersign/kernel/route';
import type { BundleSnapshot, ModelRecord, WireFormat } from '../../ports/registry.ts';
import type { Caller } from '../../ports/road.ts';
import type { FaceName } from './routes.ts';

/** The registry keeps no date of birth for models; clients only need one that parses. */
const CREATED_AT = '2025-01-01T00:00:00Z';
const CREATED = 1_735_689_600;

function visible(snapshot: BundleSnapshot, caller: Caller, face: FaceName): ModelRecord[] {
  const formats: readonly WireFormat[] = face === 'anthropic' ? ['messages'] : ['responses', 'chat'];
  const { agent } = caller;
  return [...snapshot.models.values()]
    .filter((model) => model.formats.some((format) => formats.includes(format)) && listed(model, agent))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function listModels(snapshot: BundleSnapshot, caller: Caller, face: FaceName): JsonRecord {
  const models = visible(snapshot, caller, face);
  if (face === 'openai') return { object: 'list', data: models.map(openaiModel) };
  const first = models[0]?.id ?? null;
  return { data: models.map(anthropicModel), has_more: false, first_id: first, last_id: models[models.length - 1]?.id ?? null };
}

export function oneModel(snapshot: BundleSnapshot, caller: Caller, face: FaceName, id: string): JsonRecord | undefined {
  const model = visible(snapshot, caller, face).find((one) => one.id === id);
  if (model === undefined) return undefined;
  return face === 'openai' ? openaiModel(model) : anthropicModel(model);
}

const openaiModel = (model: ModelRecord): JsonRecord => ({
  id: model.id,
  object: 'model',
  created: CREATED,
  owned_by: model.provider,
});
const anthropicModel = (model: ModelRecord): JsonRecord => ({
  type: 'model',
  id: model.id,
  display_name: model.id,
  created_at: CREATED_AT,
});
