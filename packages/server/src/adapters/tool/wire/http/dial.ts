/**
 * Connections to addresses that were checked. A name is looked up once per connection, every address it has is checked, and the
 * connection goes to one of exactly these: what the name says a moment later does not matter. TLS still asks for the name.
 */
import { lookup } from 'node:dns/promises';
import { isIP, type Socket } from 'node:net';
import { buildConnector, Pool } from 'undici';
import { refusedAddress } from './address.ts';

/** All addresses of a host name. @throws when there are none */
export type Resolve = (host: string) => Promise<readonly string[]>;

export const systemResolve: Resolve = async (host) => {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

/** The address is not one that may be dialled. */
export class Blocked extends Error {}

const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;
const HEADER_BYTES_MAX = 64 * 1_024;

/** @throws Blocked where any address of the host is refused; a host with good and bad addresses is an attack */
async function checkedAddresses(host: string, resolve: Resolve, privateAddresses: boolean): Promise<readonly string[]> {
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  if (addresses.length === 0) throw new Blocked(`${host} has no address`);
  for (const address of addresses) {
    const reason = refusedAddress(address, privateAddresses);
    if (reason !== undefined) throw new Blocked(`${host} is ${reason}`);
  }
  return addresses;
}

function connectorOf(resolve: Resolve, privateAddresses: boolean): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS });
  const open = (options: buildConnector.Options): Promise<Socket> =>
    new Promise((done, fail) => {
      connect(options, (error, socket) => (error === null ? done(socket) : fail(error)));
    });
  const reach = async (options: buildConnector.Options): Promise<Socket> => {
    const name = bare(options.hostname);
    const named = isIP(name) === 0 ? { servername: options.servername ?? name } : {};
    let last: unknown;
    for (const address of await checkedAddresses(name, resolve, privateAddresses)) {
      try {
        return await open({ ...options, ...named, hostname: address, host: address });
      } catch (thrown) {
        last = thrown;
      }
    }
    throw last;
  };
  return (options, callback) => {
    void deliver(reach(options), callback);
  };
}

async function deliver(reached: Promise<Socket>, callback: buildConnector.Callback): Promise<void> {
  let socket: Socket;
  try {
    socket = await reached;
  } catch (thrown) {
    return callback(thrown instanceof Error ? thrown : new Error('no connection'), null);
  }
  callback(null, socket);
}

const bare = (host: string): string => (host.startsWith('[') ? host.slice(1, -1) : host);

/** Pools of checked connections, one per origin. Close it in the end. */
export class Dialer {
  readonly #resolve: Resolve;
  readonly #privateAddresses: boolean;
  readonly #pools = new Map<string, Pool>();

  constructor(resolve: Resolve, privateAddresses: boolean) {
    this.#resolve = resolve;
    this.#privateAddresses = privateAddresses;
  }

  pool(origin: string): Pool {
    const known = this.#pools.get(origin);
    if (known !== undefined) return known;
    const made = new Pool(origin, {
      connect: connectorOf(this.#resolve, this.#privateAddresses),
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      // The deadline of the call counts, and streams are silent for as long as they like.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#pools.set(origin, made);
    return made;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }
}
