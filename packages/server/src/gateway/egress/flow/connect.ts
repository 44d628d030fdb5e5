/** The listener for programs that know of a proxy: plain requests and CONNECT. */
import type { Socket } from 'node:net';
import { type EgressRule, rulesForHost, wantsInspection } from '@countersign/kernel/egress';
import type { EgressTarget } from '../../../ports/egress-gate.ts';
import {
  absoluteTarget,
  type Authority,
  connectTarget,
  isLocateProblem,
  type Located,
  type LocateProblem,
} from '../http/authority.ts';
import type { RequestHead } from '../http/head.ts';
import type { Client } from '../http/client.ts';
import { HEAD_MS, nextHead, say, serveRequests, tell } from '../http/serve.ts';
import type { Way } from '../passages.ts';
import { isRefused } from '../refusal.ts';
import type { Session } from '../session.ts';
import { Inlet } from './inlet.ts';
import { isLane } from './lanes.ts';
import { carry, openBytes } from './opaque.ts';
import { openInside } from './inside.ts';

const ESTABLISHED = Buffer.from('HTTP/1.1 200 Connection Established\r\n\r\n');

export async function serveProxy(session: Session, socket: Socket): Promise<void> {
  const client: Client = { socket, inlet: new Inlet(socket) };
  const head = await nextHead(session, client, HEAD_MS);
  if (head === undefined) return;
  if (head.method === 'CONNECT') return connect(session, client, head);
  await serveRequests({ session, client, scheme: 'http', mode: 'plain', locate: plainTarget }, head);
}

/** CONNECT comes first on a connection or not at all. */
const plainTarget = (head: RequestHead): Located | LocateProblem =>
  head.method === 'CONNECT' ? { kind: 'invalid', message: 'CONNECT needs a connection of its own.' } : absoluteTarget(head);

async function connect(session: Session, client: Client, head: RequestHead): Promise<void> {
  const target = connectTarget(head);
  if (isLocateProblem(target)) {
    const code = target.kind === 'mismatch' ? 'egress.mismatch' : 'request.invalid';
    return tell({ session, client, head }, { code, message: target.message });
  }
  if (head.framing.kind !== 'none' && !(head.framing.kind === 'length' && head.framing.bytes === 0))
    return tell({ session, client, head }, { code: 'request.invalid', message: 'CONNECT has no body.' });
  const early = earlyRule(session, target);
  if (early === 'later') {
    client.socket.write(ESTABLISHED);
    return openInside({ session, client, target });
  }
  return connectDecided(session, client, head, { target, rule: early });
}

/** The rule, where it can be told without seeing a request. */
function earlyRule({ run: { profile } }: Session, { host, port }: Authority): EgressRule | undefined | 'later' {
  const rules = rulesForHost(profile, host, port);
  if (rules.kind === 'conditional') return 'later';
  if (rules.kind === 'rule') return rules.rule;
  return profile.unfamiliar === 'deny' ? undefined : 'later';
}

interface Decidable {
  readonly target: Authority;
  readonly rule: EgressRule | undefined;
}

async function connectDecided(session: Session, client: Client, head: RequestHead, { target, rule }: Decidable): Promise<void> {
  const asked: EgressTarget = { ...target, scheme: rule?.raw === true ? 'raw' : target.port === 80 ? 'http' : 'https' };
  const way = await session.way(asked, rule);
  if (isRefused(way)) return say(client, head, way);
  if (!way.turn())
    return tell(
      { session, client, head },
      { code: 'egress.limit', message: 'That is more than this rule allows in a second.', status: 429 },
      asked,
    );
  if (wantsInspection(way.passage.rule) || target.port === 80) {
    client.socket.write(ESTABLISHED);
    return openInside({ session, client, target });
  }
  return connectOpaque(session, client, head, { asked, way });
}

/** Dialled before it is confirmed, so that the client is told when it cannot be. */
async function connectOpaque(
  session: Session,
  client: Client,
  head: RequestHead,
  { asked, way }: { readonly asked: EgressTarget; readonly way: Way },
): Promise<void> {
  const startedAt = session.deps.clock.now();
  // From here on the bytes are the client's own: one that has said all it has may still listen.
  client.socket.allowHalfOpen = true;
  const lane = await openBytes(session, way, asked);
  if (!isLane(lane)) {
    session.record(way, nothingDialled(asked, startedAt, lane.code));
    const status = lane.code === 'egress.unreachable' ? 502 : undefined;
    return tell(
      { session, client, head },
      { code: lane.code, message: lane.message, ...(status === undefined ? {} : { status }) },
      asked,
    );
  }
  client.socket.write(ESTABLISHED);
  await carry({ session, client, target: asked, way, lane, startedAt });
}

const nothingDialled = (target: EgressTarget, startedAt: number, code: 'egress.address' | 'egress.unreachable') =>
  ({
    target,
    mode: target.scheme === 'raw' ? 'raw' : 'opaque',
    end: code === 'egress.address' ? 'refused' : 'failed',
    code,
    uploadBytes: 0,
    downloadBytes: 0,
    startedAt,
    durationMs: 0,
  }) as const;
