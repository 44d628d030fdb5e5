/** Everything that a server offers, all pages of it. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { ServerOffer } from '../../../ports/tool.ts';
import { Failed } from '../failed.ts';
import type { Limits } from '../parts/limits.ts';
import type { KnownTools } from './known.ts';
import { allPages, type Pages } from './pages.ts';
import { RpcFailed } from './rpc-failed.ts';
import { screenTools } from './screen.ts';
import type { Session } from './session.ts';

const METHOD_NOT_FOUND = -32601;
const NOTHING: Pages = { items: [], ttlMs: null };

interface ListingTerms {
  readonly launch: JsonRecord;
  readonly known: KnownTools;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

/** @throws Failed */
export async function listAll(session: Session, { launch, known, limits, signal }: ListingTerms): Promise<ServerOffer> {
  let left = limits.offerBytesMax;
  const all = async (method: string, member: string, declared: unknown): Promise<Pages> => {
    if (!isRecord(declared)) return NOTHING;
    const page = async (params: JsonRecord): Promise<JsonRecord> => {
      const result = await session.query({ method, params, bytesMax: left, signal });
      left -= JSON.stringify(result).length;
      if (left <= 0) throw new Failed('too-large', 'the lists of the server are too large', { sent: true, answered: true });
      return result;
    };
    try {
      return await allPages({ member, page });
    } catch (thrown) {
      // Declared, and yet not there: resource templates, most often.
      if (thrown instanceof RpcFailed && thrown.code === METHOD_NOT_FOUND) return NOTHING;
      throw thrown;
    }
  };
  const { capabilities } = session;
  const tools = await all('tools/list', 'tools', capabilities.tools);
  const prompts = await all('prompts/list', 'prompts', capabilities.prompts);
  const resources = await all('resources/list', 'resources', capabilities.resources);
  const templates = await all('resources/templates/list', 'resourceTemplates', capabilities.resources);
  known.learn(tools.items);
  const ttls = [session.ttlMs, tools.ttlMs, prompts.ttlMs, resources.ttlMs, templates.ttlMs].filter((ttl) => ttl !== null);
  return {
    era: session.era,
    protocolVersion: session.protocolVersion,
    launch,
    instructions: session.instructions,
    ...screenTools(tools.items),
    prompts: prompts.items,
    resources: resources.items,
    resourceTemplates: templates.items,
    capabilities,
    ttlMs: ttls.length === 0 ? null : Math.min(...ttls),
  };
}
