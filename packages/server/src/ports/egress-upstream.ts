/** The far side of the network door: names, addresses, connections, certificates, secrets. Implemented in adapters. */
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Grant } from './grant.ts';

export interface DialProblem {
  readonly code: 'egress.address' | 'egress.unreachable';
  /** Public sentence; never names an address that the caller did not name. */
  readonly message: string;
  /** For the log. */
  readonly internal: string;
}

export interface Connected {
  readonly socket: Socket;
  /** That was dialled: one of those that were checked. */
  readonly address: string;
}

export interface DialTarget {
  /** Canonical name or address. */
  readonly host: string;
  readonly port: number;
  /** Private addresses are fine for this very name. */
  readonly private: boolean;
  /** TLS with the certificate verified against `host`, HTTP/1.1 by ALPN. */
  readonly tls: boolean;
}

export interface EgressUpstream {
  /** One look-up, every address checked, one of them dialled: no second look-up lies between. Never throws. */
  connect(grant: Grant, target: DialTarget, signal: AbortSignal): Promise<Connected | DialProblem>;
}

/** Certificate authority that only sandboxes trust. */
export interface EgressAuthority {
  /** PEM. Changes in the life of a process: a run is told the one that was in force when it began. */
  current(): EgressIssuer;
}

export interface EgressIssuer {
  readonly pem: string;
  /** Server side of TLS for this canonical name or address. */
  context(host: string): SecureContext;
}

export interface EgressSecrets {
  /** @returns undefined when it cannot be resolved: the request is then not sent */
  resolve(reference: string): string | undefined;
}
