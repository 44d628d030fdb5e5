/** A connection whose requests the door sees: TLS that it ends itself, or plain HTTP that a client sends through CONNECT. */
import type { Authority } from '../http/authority.ts';
import { originLocation } from '../http/authority.ts';
import type { Client } from '../http/client.ts';
import { serveRequests } from '../http/serve.ts';
import type { Refusal, Refused } from '../refusal.ts';
import type { Session } from '../session.ts';
import { ALERTS } from '../tls/hello.ts';
import { terminate } from '../tls/terminate.ts';
import { Inlet } from './inlet.ts';
import { leave } from './leave.ts';
import { nameProblem } from './opaque.ts';
import { peek } from './peek.ts';

export interface Inside {
  readonly session: Session;
  readonly client: Client;
  readonly target: Authority;
  /** What every request gets to hear. */
  readonly refused?: Refused;
}

export async function openInside(inside: Inside): Promise<void> {
  const { client, target } = inside;
  const seen = await peek(client.inlet);
  switch (seen.kind) {
    case 'gone':
      return leave(client);
    case 'http':
      return target.port === 443 ? refuse(inside, NOT_TLS) : plainInside(inside);
    case 'other':
      return refuse(inside, NOT_TLS);
    case 'tls': {
      const problem = nameProblem(seen.hello, target);
      if (problem !== undefined) return refuse(inside, problem);
      return secureInside(inside);
    }
  }
}

const NOT_TLS: Refusal = { code: 'egress.denied', message: 'What came is not TLS, and no rule allows anything else here.' };

async function refuse({ session, client, target }: Inside, refusal: Refusal): Promise<void> {
  await session.refuse(refusal, { ...target, scheme: target.port === 80 ? 'http' : 'https' });
  await leave(client, ALERTS.unrecognizedName);
}

const plainInside = ({ session, client, target, refused }: Inside): Promise<void> =>
  serveRequests({
    session,
    client,
    scheme: 'http',
    mode: 'plain',
    locate: (head) => originLocation(head, 80, target),
    ...(refused === undefined ? {} : { refused }),
  });

/** Ends TLS here and serves what is inside. */
export async function secureInside({ session, client, target, refused }: Inside): Promise<void> {
  client.socket.unshift(client.inlet.release());
  const socket = await terminate(client.socket, target.host, session.issuer);
  if (socket === undefined) {
    // Most often a client that does not trust the authority: worth a line where people look for reasons.
    await session.refuse(
      { code: 'egress.denied', message: 'The client did not accept the certificate of this door.' },
      { ...target, scheme: 'https' },
    );
    return;
  }
  await serveRequests({
    session,
    client: { socket, inlet: new Inlet(socket) },
    scheme: 'https',
    mode: 'inspected',
    locate: (head) => originLocation(head, 443, target),
    ...(refused === undefined ? {} : { refused }),
  });
}
