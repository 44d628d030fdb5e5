/** `subscriptions/listen` (2026-07-28): one stream that tells of what its request named, and of nothing else. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { advance } from '../approval/tasks.ts';
import { taskView } from '../approval/task-row.ts';
import { type Client, takesTasks } from '../era/client.ts';
import { META_SUBSCRIPTION } from '../era/versions.ts';
import type { Exchange } from '../exchange.ts';
import { resolveUri } from '../list/uris.ts';
import { mayFetch } from '../list/visible.ts';
import { INVALID_PARAMS } from '../rpc/codes.ts';
import type { RpcRequest } from '../rpc/message.ts';
import { identifyAgain } from './again.ts';
import { EventStream } from './event-stream.ts';
import { type Listener, type ListName, SUBSCRIPTIONS_MAX } from './listeners.ts';

const LISTS: readonly ListName[] = ['tools', 'prompts', 'resources'];

export async function serveListen(x: Exchange, client: Client, { id }: RpcRequest, wanted: Json | undefined): Promise<void> {
  if (!isRecord(wanted)) return x.refuse('request.invalid', 'The params must hold `notifications`.', { rpc: INVALID_PARAMS });
  if (!/text\/event-stream|\*\/\*/.test(x.req.headers.accept ?? '*/*'))
    return x.refuse('request.media-type', 'The answer is an event stream, which the request does not accept.', { status: 406 });
  const lists = LISTS.filter((name) => wanted[`${name}ListChanged`] === true);
  const resources = texts(wanted['resourceSubscriptions']).filter((uri) => mayWatch(x, uri));
  const tasks = takesTasks(client) ? texts(wanted['taskIds']).filter((task) => /^[0-9a-f]{32}$/.test(task)) : [];
  const _meta = { [META_SUBSCRIPTION]: id };
  let stream: EventStream | undefined;
  const send = (method: string, params: JsonRecord): void => {
    stream?.send(JSON.stringify({ jsonrpc: '2.0', method, params: { ...params, _meta } }));
  };
  const watch = new TaskWatch(x, tasks, send);
  const listener: Listener = {
    principal: x.known.agent.id,
    session: undefined,
    lists: new Set(lists),
    resources: new Set(resources),
    send,
    end: () => {
      stream?.send(JSON.stringify({ jsonrpc: '2.0', id, result: { resultType: 'complete', _meta } }));
      stream?.end();
    },
    tick: async () => {
      if (await identifyAgain(x)) await watch.look();
      else listener.end();
    },
  };
  if (!x.door.listeners.add(listener)) return x.refuse('request.rate-limited', 'Too many streams are open. Close one first.');
  x.res.once('close', () => x.door.listeners.remove(listener));
  stream = new EventStream(x.res);
  const honoured = {
    ...Object.fromEntries(lists.map((name) => [`${name}ListChanged`, true])),
    ...(resources.length === 0 ? {} : { resourceSubscriptions: resources }),
    ...(tasks.length === 0 ? {} : { taskIds: tasks }),
  };
  send('notifications/subscriptions/acknowledged', { notifications: honoured });
}

function texts(given: Json | undefined): readonly string[] {
  const list = Array.isArray(given) ? (given as readonly Json[]) : [];
  return list.filter((one) => typeof one === 'string').slice(0, SUBSCRIPTIONS_MAX);
}

function mayWatch(x: Exchange, uri: string): boolean {
  const found = resolveUri(uri);
  const server = found === undefined ? undefined : x.door.catalogue.current().servers.get(found.server);
  return server !== undefined && mayFetch(x, server);
}

/** Tasks have no one who announces them: approvals are decided on any node. */
class TaskWatch {
  readonly #x: Exchange;
  readonly #send: Listener['send'];
  readonly #left: Map<string, string>;

  constructor(x: Exchange, tasks: readonly string[], send: Listener['send']) {
    this.#x = x;
    this.#send = send;
    this.#left = new Map(tasks.map((task) => [task, '']));
  }

  async look(): Promise<void> {
    const { door, known } = this.#x;
    for (const [id, before] of this.#left) {
      const task = await door.tasks.find({ org: door.org, id, principal: known.agent.id });
      if (task === undefined || task.mandate !== (known.mandate?.id ?? null)) {
        this.#left.delete(id);
        continue;
      }
      const now = await advance(this.#x, task);
      const state = `${now.state} ${now.updatedAt}`;
      if (before !== '' && before !== state) this.#send('notifications/tasks', taskView(now));
      if (now.state === 'working' || now.state === 'acting') this.#left.set(id, state);
      else {
        if (before === '') this.#send('notifications/tasks', taskView(now));
        this.#left.delete(id);
      }
    }
  }
}
