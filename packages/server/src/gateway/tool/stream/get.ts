/** GET of a legacy session: the stream on which the server speaks unasked. One for each session: the newest. */
import type { ToolSession } from '../../../ports/tool-session.ts';
import type { Exchange } from '../exchange.ts';
import { identifyAgain } from './again.ts';
import { EventStream } from './event-stream.ts';
import type { Listener, ListName } from './listeners.ts';

const LISTS: ReadonlySet<ListName> = new Set(['tools', 'prompts', 'resources']);
const NOTHING: ReadonlySet<string> = new Set();

export async function serveGet(x: Exchange, session: ToolSession, id: string): Promise<void> {
  const { door } = x;
  if (!/text\/event-stream|\*\/\*/.test(x.req.headers.accept ?? ''))
    return x.refuse('request.media-type', 'The answer is an event stream, which the request does not accept.', { status: 406 });
  let stream: EventStream | undefined;
  const listener: Listener = {
    principal: session.principal,
    session: session.id,
    lists: LISTS,
    resources: NOTHING,
    send: (method, params) => void stream?.send(JSON.stringify({ jsonrpc: '2.0', method, params })),
    end: () => stream?.end(),
    tick: async () => {
      // The session may have been ended on another node.
      const lives = (await identifyAgain(x)) && (await door.desk.find(x.known, id)) !== undefined;
      if (!lives) listener.end();
    },
  };
  // The same message goes out on one stream only.
  for (const other of door.listeners.all()) if (other.session === session.id) other.end();
  if (!door.listeners.add(listener)) return x.refuse('request.rate-limited', 'Too many streams are open. Close one first.');
  x.res.once('close', () => door.listeners.remove(listener));
  stream = new EventStream(x.res);
}
