/** TLS that the door does not open: the name is checked, the bytes are counted. And bytes of any kind, where a rule says so. */
import { canonicalHost, isHost } from '@countersign/kernel/egress';
import type { EgressOutcome, EgressTarget } from '../../../ports/egress-gate.ts';
import type { DialProblem } from '../../../ports/egress-upstream.ts';
import { type Authority, originLocation } from '../http/authority.ts';
import type { Client } from '../http/client.ts';
import { serveRequests } from '../http/serve.ts';
import type { Way } from '../passages.ts';
import type { Refusal } from '../refusal.ts';
import type { Session } from '../session.ts';
import { ALERTS, type ClientHello } from '../tls/hello.ts';
import { leave } from './leave.ts';
import type { Lane } from './lanes.ts';
import { peek } from './peek.ts';
import { tunnel, type TunnelEnd } from './tunnel.ts';

export interface Carrying {
  readonly session: Session;
  readonly client: Client;
  readonly target: EgressTarget;
  readonly way: Way;
  readonly lane: Lane;
  readonly startedAt: number;
}

/** A connection to the target for bytes that are passed as they are. */
export function openBytes(session: Session, way: Way, { host, port }: EgressTarget): Promise<Lane | DialProblem> {
  const { grant } = way.passage;
  const dial = { host, port, private: way.isPrivate, tls: false };
  return session.lanes.take(grant, dial, true);
}

/** What is wrong with a hello for this target; undefined where it is as it should be. */
export function nameProblem({ serverName }: ClientHello, target: { readonly host: string }): Refusal | undefined {
  const host = canonicalHost(target.host);
  if (serverName === undefined) {
    // Addresses have no server name, and a rule had to list the address.
    if (isHost(host) && host.kind !== 'name') return undefined;
    return {
      code: 'egress.mismatch',
      message: 'The client does not say whom it wants to speak to (no SNI), so it is not let through.',
    };
  }
  const said = canonicalHost(serverName);
  if (isHost(said) && said.host === target.host) return undefined;
  return {
    code: 'egress.mismatch',
    message: 'The name in the TLS handshake is not the name that the connection was opened for.',
  };
}

/** Both ways until one side ends. The outcome is on record then. */
export async function carry(carrying: Carrying): Promise<void> {
  const { session, client, target, lane } = carrying;
  if (target.scheme !== 'raw') {
    const refusal = await helloProblem(client, target);
    if (refusal === 'http' && target.port !== 443 && carrying.way.passage.rule.tls === 'auto') {
      // It was dialled, and nothing was said: the requests inside are decided as what they are.
      lane.socket.destroy();
      report(carrying, { end: 'done', uploadBytes: 0, downloadBytes: 0 });
      return servePlain(session, client, target);
    }
    if (refusal !== undefined) return notTls(carrying, refusal === 'http' ? NOT_TLS : refusal);
  }
  await relay(carrying);
}

export const NOT_TLS: Refusal = {
  code: 'egress.denied',
  message: 'What came is not TLS, and no rule allows anything else here.',
};

/** Plain HTTP that a client sends through CONNECT, as some do for every target. */
export const servePlain = (session: Session, client: Client, target: Authority): Promise<void> =>
  serveRequests({ session, client, scheme: 'http', mode: 'plain', locate: (head) => originLocation(head, 80, target) });

async function notTls(carrying: Carrying, refusal: Refusal): Promise<void> {
  const { session, client, target, lane } = carrying;
  lane.socket.destroy();
  await session.refuse(refusal, target);
  report(carrying, { end: 'refused', code: refusal.code, uploadBytes: 0, downloadBytes: 0 });
  await leave(client, ALERTS.unrecognizedName);
}

async function helloProblem(client: Client, target: EgressTarget): Promise<Refusal | 'http' | undefined> {
  const seen = await peek(client.inlet);
  if (seen.kind === 'tls') return nameProblem(seen.hello, target);
  if (seen.kind === 'http') return 'http';
  return seen.kind === 'gone' ? { code: 'egress.denied', message: 'Nothing came.' } : NOT_TLS;
}

async function relay(carrying: Carrying): Promise<void> {
  const { session, client, way, lane, target } = carrying;
  const flow = way.flow();
  const ahead = { up: client.inlet.release(), down: lane.inlet.release() };
  way.hold(lane.socket);
  const end = await tunnel({ client: client.socket, upstream: lane.socket, flow, ahead });
  way.release(lane.socket);
  const { uploadBytes, downloadBytes } = flow.own;
  if (end === 'cap') {
    const message = 'That is more than this run may send or receive here.';
    await session.refuse({ code: 'egress.limit', message }, target);
  }
  const cut = way.isCut || session.signal.aborted;
  report(carrying, { ...(cut && end !== 'done' ? CUT : ENDS[end]), uploadBytes, downloadBytes });
}

const ENDS: Readonly<Record<TunnelEnd, Pick<EgressOutcome, 'end' | 'code'>>> = {
  done: { end: 'done' },
  failed: { end: 'failed' },
  idle: { end: 'failed', code: 'request.timeout' },
  cap: { end: 'refused', code: 'egress.limit' },
};

/** The grant ended early, or the run did. */
const CUT = { end: 'failed', code: 'egress.denied' } as const;

function report(
  { session, way, target, lane, startedAt }: Carrying,
  end: Pick<EgressOutcome, 'end' | 'code' | 'uploadBytes' | 'downloadBytes'>,
): void {
  session.record(way, {
    target,
    mode: target.scheme === 'raw' ? 'raw' : 'opaque',
    address: lane.address,
    ...end,
    startedAt,
    durationMs: session.deps.clock.now() - startedAt,
  });
}
