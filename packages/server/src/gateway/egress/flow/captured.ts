/** Ports 80 and 443 of the sandbox: programs that know of no proxy. Where they want to go is what `Host` or SNI says. */
import type { Socket } from 'node:net';
import { canonicalHost, inspectsSome, isHost, rulesForHost, wantsInspection } from '@countersign/kernel/egress';
import type { EgressTarget } from '../../../ports/egress-gate.ts';
import { originLocation } from '../http/authority.ts';
import type { Client } from '../http/client.ts';
import { serveRequests } from '../http/serve.ts';
import { isRefused, type Refusal } from '../refusal.ts';
import type { Session } from '../session.ts';
import { ALERTS } from '../tls/hello.ts';
import { Inlet } from './inlet.ts';
import { secureInside } from './inside.ts';
import { isLane } from './lanes.ts';
import { leave } from './leave.ts';
import { carry, openBytes } from './opaque.ts';
import { peek } from './peek.ts';

export const serveCapturedHttp = (session: Session, socket: Socket): Promise<void> =>
  serveRequests({
    session,
    client: { socket, inlet: new Inlet(socket) },
    scheme: 'http',
    mode: 'plain',
    locate: (head) => originLocation(head, 80, undefined),
  });

export async function serveCapturedTls(session: Session, socket: Socket): Promise<void> {
  const client: Client = { socket, inlet: new Inlet(socket) };
  const seen = await peek(client.inlet);
  if (seen.kind === 'gone') return leave(client);
  const host = seen.kind === 'tls' && seen.hello.serverName !== undefined ? canonicalHost(seen.hello.serverName) : undefined;
  if (host === undefined) return refuse(session, client, NAMELESS);
  if (!isHost(host) || host.kind !== 'name') return refuse(session, client, NO_NAME);
  return captured(session, client, { host: host.host, port: 443, scheme: 'https' });
}

const NAMELESS: Refusal = {
  code: 'egress.mismatch',
  message: 'Only TLS that names its server (SNI) is let through on port 443.',
};
const NO_NAME: Refusal = { code: 'request.invalid', message: 'The server name in the TLS handshake is no host name.' };

async function captured(session: Session, client: Client, target: EgressTarget): Promise<void> {
  const { profile } = session.run;
  const rules = rulesForHost(profile, target.host, target.port);
  if (rules.kind === 'conditional' || (rules.kind === 'unfamiliar' && profile.unfamiliar !== 'deny'))
    return secureInside({ session, client, target });
  const way = await session.way(target, rules.kind === 'rule' ? rules.rule : undefined);
  if (isRefused(way)) {
    // Where the sandbox trusts the authority, the reason can be told inside.
    return inspectsSome(profile) ? secureInside({ session, client, target, refused: way }) : leave(client, ALERTS.accessDenied);
  }
  if (wantsInspection(way.passage.rule)) return secureInside({ session, client, target });
  const startedAt = session.deps.clock.now();
  const lane = await openBytes(session, way, target);
  if (isLane(lane)) return carry({ session, client, target, way, lane, startedAt });
  const end = lane.code === 'egress.address' ? 'refused' : 'failed';
  session.record(way, {
    target,
    mode: 'opaque',
    end,
    code: lane.code,
    uploadBytes: 0,
    downloadBytes: 0,
    startedAt,
    durationMs: 0,
  });
  return refuse(session, client, { code: lane.code, message: lane.message }, target);
}

async function refuse(session: Session, client: Client, refusal: Refusal, target?: EgressTarget): Promise<void> {
  await session.refuse(refusal, target);
  await leave(client, ALERTS.accessDenied);
}
