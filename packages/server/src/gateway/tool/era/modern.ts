/** 2026-07-28: every request says everything about itself, and nothing is remembered. */
import { isRecord } from '@countersign/kernel/json';
import { serveTask } from '../approval/tasks.ts';
import type { Exchange } from '../exchange.ts';
import { instructions, MODERN_CAPABILITIES, serverInfo } from '../list/introduction.ts';
import { LIST_MS } from '../list/shelf.ts';
import { HEADER_MISMATCH, INVALID_PARAMS, METHOD_NOT_FOUND, MISSING_CAPABILITY, UNSUPPORTED_VERSION } from '../rpc/codes.ts';
import type { RpcRequest } from '../rpc/message.ts';
import { serveListen } from '../stream/listen.ts';
import { type Client, modernClient, takesTasks } from './client.ts';
import { mirrorProblem, readMirrors } from './mirror.ts';
import { serveShared, SHARED_METHODS } from './shared.ts';
import { META_CAPABILITIES, META_SERVER_INFO, META_VERSION, MODERN_VERSION, TASKS_EXTENSION } from './versions.ts';

export async function serveModern(x: Exchange, message: RpcRequest): Promise<void> {
  const { method, params } = message;
  if (!METHODS.has(method))
    return x.refuse('request.unsupported', `The method \`${method}\` is not known here.`, { status: 404, rpc: METHOD_NOT_FOUND });
  const client = await readEnvelope(x, message);
  if (client === undefined) return;
  if (SHARED_METHODS.has(method)) return serveShared(x, client, message);
  switch (method) {
    case 'server/discover':
      return x.answer().result(discovery(x));
    case 'subscriptions/listen':
      return serveListen(x, client, message, params['notifications']);
    default:
      return takesTasks(client) ? serveTask(x, message) : missingTasks(x);
  }
}

const METHODS: ReadonlySet<string> = new Set([
  ...SHARED_METHODS,
  ...['server/discover', 'subscriptions/listen', 'tasks/get', 'tasks/update', 'tasks/cancel'],
]);

/** Undefined where the request was answered already: its envelope is broken, or its headers say something else. */
async function readEnvelope(x: Exchange, message: RpcRequest): Promise<Client | undefined> {
  const meta = message.params['_meta'];
  const version = isRecord(meta) ? meta[META_VERSION] : undefined;
  const refuse = async (text: string, rpc: number): Promise<undefined> => {
    await x.refuse('request.invalid', text, { rpc });
    return undefined;
  };
  if (!isRecord(meta) || typeof version !== 'string') return refuse(`\`_meta\` must name \`${META_VERSION}\`.`, INVALID_PARAMS);
  if (!isRecord(meta[META_CAPABILITIES])) return refuse(`\`_meta\` must hold \`${META_CAPABILITIES}\`.`, INVALID_PARAMS);
  const differs = mirrorProblem(readMirrors(x.req), version, message);
  if (differs !== undefined) return refuse(differs, HEADER_MISMATCH);
  if (version !== MODERN_VERSION) {
    await x.record('request.unsupported', `The protocol version ${version.slice(0, 32)} is not spoken without a session.`);
    const data = { supported: [MODERN_VERSION], requested: version.slice(0, 128) };
    x.error({ code: UNSUPPORTED_VERSION, message: 'Countersign: this protocol version is not supported.', data }, 400);
    return undefined;
  }
  return modernClient(version, meta);
}

function missingTasks(x: Exchange): void {
  const data = { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } };
  x.error({ code: MISSING_CAPABILITY, message: 'Countersign: the request does not declare the tasks extension.', data }, 400);
}

const discovery = (x: Exchange) => ({
  resultType: 'complete',
  supportedVersions: [MODERN_VERSION],
  capabilities: MODERN_CAPABILITIES,
  instructions: instructions(x),
  ttlMs: LIST_MS,
  cacheScope: 'private',
  _meta: { [META_SERVER_INFO]: serverInfo(x.door.version) },
});
