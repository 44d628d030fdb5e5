/** Who is on the other side of one request, as far as it said so. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { ToolSession } from '../../../ports/tool-session.ts';
import type { RpcRequest } from '../rpc/message.ts';
import { hasUrlElicitation, META_CAPABILITIES, META_LOG_LEVEL, TASKS_EXTENSION } from './versions.ts';

export interface Client {
  readonly era: 'legacy' | 'modern';
  readonly version: string;
  /** What it says it can do; nothing is granted for it. */
  readonly capabilities: JsonRecord;
  /** Least level of log notifications; undefined where none are wanted. */
  readonly logLevel: string | undefined;
  /** Legacy only. */
  readonly session?: ToolSession;
}

export function modernClient(version: string, meta: JsonRecord): Client {
  const capabilities = meta[META_CAPABILITIES];
  const logLevel = meta[META_LOG_LEVEL];
  return {
    era: 'modern',
    version,
    capabilities: isRecord(capabilities) ? capabilities : {},
    logLevel: typeof logLevel === 'string' && isLogLevel(logLevel) ? logLevel : undefined,
  };
}

export function legacyClient(session: ToolSession): Client {
  return {
    era: 'legacy',
    version: session.protocolVersion,
    capabilities: session.capabilities,
    logLevel: session.logLevel ?? undefined,
    session,
  };
}

export function takesUrls({ capabilities, era, version }: Client): boolean {
  const { elicitation } = capabilities;
  return isRecord(elicitation) && isRecord(elicitation['url']) && (era === 'modern' || hasUrlElicitation(version));
}

/** An empty declaration means forms: it is older than the choice. */
export function takesForms({ capabilities }: Client): boolean {
  const { elicitation } = capabilities;
  return isRecord(elicitation) && (isRecord(elicitation['form']) || elicitation['url'] === undefined);
}

export function takesTasks({ capabilities, era }: Client): boolean {
  const { extensions } = capabilities;
  return era === 'modern' && isRecord(extensions) && isRecord(extensions[TASKS_EXTENSION]);
}

const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

export const isLogLevel = (level: string): boolean => LEVELS.includes(level);

/** Whether a message of `level` is wanted; one of an unknown level is not. */
export function wantsLog({ logLevel }: Client, level: unknown): boolean {
  if (logLevel === undefined || typeof level !== 'string') return false;
  return LEVELS.includes(level) && LEVELS.indexOf(level) >= LEVELS.indexOf(logLevel);
}

/** Under which progress is told; undefined where none is wanted. */
export function progressToken({ params }: RpcRequest): string | number | undefined {
  const meta = params['_meta'];
  const token = isRecord(meta) ? meta['progressToken'] : undefined;
  return typeof token === 'string' || typeof token === 'number' ? token : undefined;
}
