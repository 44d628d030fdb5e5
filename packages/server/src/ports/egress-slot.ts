/** Where the sandbox meets the network door: listeners that were opened inside a network namespace, and what is served through them. */
import type { Socket as DatagramSocket } from 'node:dgram';
import type { Server } from 'node:net';

/**
 * Listeners in the network namespace of one sandbox. Who speaks is known by the listener, never by what is said. INVARIANT: used for one run,
 * then closed. Accepted sockets are paused and lack TCP_NODELAY: the door sets it.
 */
export interface EgressSlot {
  readonly id: string;
  /** 127.0.0.1:3128: requests to a proxy, CONNECT and plain. */
  readonly proxy: Server;
  /** 0.0.0.0:80 and 0.0.0.0:443: programs that know of no proxy. Absent on loopback tests without a namespace. */
  readonly http?: Server;
  readonly https?: Server;
  /** 127.0.0.1:53 */
  readonly dns?: DatagramSocket;
  close(): Promise<void>;
}

export interface EgressTotals {
  readonly connections: number;
  readonly uploadBytes: number;
  readonly downloadBytes: number;
  readonly denied: number;
}

export interface EgressServing {
  /** PEM of the certificate authority that the sandbox has to trust; undefined where nothing is inspected. */
  readonly ca: string | undefined;
  /** True when everything that is listed is inspected: a bundle with this authority alone is enough, and faster. */
  readonly caOnly: boolean;
  totals(): EgressTotals;
  /** Ends every connection and waits until each is on record. */
  close(): Promise<EgressTotals>;
}

/** Makes slots ahead of need. */
export interface EgressSlots {
  /** @throws Fault sandbox.unenforceable where no namespace can be made */
  take(): Promise<EgressSlot>;
}
