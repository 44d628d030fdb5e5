/** Connections to checked addresses. A name is looked up once, all its addresses are checked, and one of exactly these is dialled. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, rootCertificates, type SecureContext, createSecureContext } from 'node:tls';
import type { Clock } from '../../ports/clock.ts';
import type { Connected, DialProblem, DialTarget, EgressUpstream } from '../../ports/egress-upstream.ts';
import { Grant } from '../../ports/grant.ts';
import { OWN_DOORS_NAME } from '../../ports/own-doors.ts';
import { classOf, OwnAddresses } from './address.ts';
import { Names, type Resolve, systemResolve } from './names.ts';

const CONNECT_MS = 10_000;
/** For one address, while others are left. */
const ADDRESS_MS = 3_000;
const HANDSHAKE_MS = 10_000;
const SESSIONS_MAX = 1_000;

/** Actions under which a connection may be opened. */
const ACTIONS: readonly string[] = ['network.connect', 'network.read'];

export interface DialTerms {
  readonly clock: Clock;
  /** Port of this process on loopback, where its own doors listen; undefined while they do not. */
  readonly ownDoors?: () => number | undefined;
  readonly resolve?: Resolve;
  readonly ownAddresses?: () => readonly string[];
  /** PEM of further roots for origins, by configuration only. */
  readonly extraRoots?: readonly string[];
}

export function createEgressUpstream({
  clock,
  resolve = systemResolve,
  ownAddresses,
  ownDoors = () => undefined,
  extraRoots = [],
}: DialTerms): EgressUpstream {
  const now = (): number => clock.now();
  const names = new Names(resolve, now);
  const own = new OwnAddresses(now, ownAddresses);
  // Without roots of our own Node's apply, and with them those that the operator gave it (NODE_EXTRA_CA_CERTS).
  const roots = extraRoots.length === 0 ? {} : { ca: [...rootCertificates, ...extraRoots] };
  const secure = createSecureContext({ ...roots, minVersion: 'TLSv1.2' });
  const sessions = new Sessions();
  return {
    connect: async (grant, target, signal) => {
      checkGrant(grant);
      if (target.host === OWN_DOORS_NAME) return dialOwn(target, ownDoors(), { signal, secure, sessions });
      const addresses = isIP(target.host) === 0 ? await names.addresses(target.host) : [target.host];
      const problem = addressProblem(addresses, target, own.get());
      if (problem !== undefined) return problem;
      return dial({ addresses, target, signal, secure, sessions });
    },
  };
}

/** Whatever port was asked for on our own name, our listener is what answers; it takes nobody's word for who they are. */
async function dialOwn(
  target: DialTarget,
  port: number | undefined,
  rest: Pick<Dialling, 'signal' | 'secure' | 'sessions'>,
): Promise<Connected | DialProblem> {
  if (port === undefined || target.tls)
    return {
      code: 'egress.unreachable',
      message: `${target.host} is reached by plain HTTP, on port 80.`,
      internal: 'no TLS there',
    };
  return dial({ addresses: ['127.0.0.1'], target: { ...target, port }, ...rest });
}

/** @throws TypeError when it is no grant of the network door's */
function checkGrant(grant: Grant): void {
  const action = ACTIONS.find((name) => name === grant.terms?.action) ?? 'network.connect';
  Grant.check(grant, action);
}

/** One bad address among good ones is an attack: all must be fine. */
function addressProblem(addresses: readonly string[], target: DialTarget, own: ReadonlySet<string>): DialProblem | undefined {
  if (addresses.length === 0)
    return { code: 'egress.unreachable', message: `The name ${target.host} has no address.`, internal: 'no address' };
  for (const address of addresses) {
    const kind = classOf(address, own);
    if (kind === 'public' || (target.private && kind !== 'never')) continue;
    return {
      code: 'egress.address',
      message: `${target.host} is at an address that is not dialled from here: ${TEXTS[kind]}.`,
      internal: address,
    };
  }
  return undefined;
}

const TEXTS = {
  private: 'a private one, which only a rule for this very name may allow',
  own: 'one of the machine that this door runs on',
  never: 'reserved, link-local, a metadata service, or one address disguised as another',
} as const;

interface Dialling {
  readonly addresses: readonly string[];
  readonly target: DialTarget;
  readonly signal: AbortSignal;
  readonly secure: SecureContext;
  readonly sessions: Sessions;
}

async function dial(dialling: Dialling): Promise<Connected | DialProblem> {
  const { addresses, target, signal } = dialling;
  const until = Date.now() + CONNECT_MS;
  let internal = 'no address answered';
  for (const [index, address] of addresses.entries()) {
    const left = until - Date.now();
    if (left <= 0 || signal.aborted) break;
    const last = index === addresses.length - 1;
    const ms = last ? left : Math.min(left, ADDRESS_MS);
    const opened = await open(connectTcp({ host: address, port: target.port, noDelay: true }), { event: 'connect', ms, signal });
    if (typeof opened === 'string') {
      internal = opened;
      continue;
    }
    const socket = target.tls ? await handshake(dialling, opened) : opened;
    if (typeof socket !== 'string') return { socket, address };
    // An origin whose certificate does not hold is not better at another address.
    return {
      code: 'egress.unreachable',
      message: `TLS with ${target.host} failed: its certificate or protocol was not accepted.`,
      internal: socket,
    };
  }
  return { code: 'egress.unreachable', message: `${target.host} could not be reached.`, internal };
}

function handshake({ target, secure, sessions, signal }: Dialling, socket: Socket): Promise<Socket | string> {
  const session = sessions.get(target);
  const named = isIP(target.host) === 0 ? { servername: target.host } : {};
  const tls = connectTls({
    socket,
    ...named,
    ...(session === undefined ? {} : { session }),
    secureContext: secure,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(target.host, certificate),
  });
  tls.on('session', (ticket: Buffer) => sessions.set(target, ticket));
  return open(tls, { event: 'secureConnect', ms: HANDSHAKE_MS, signal });
}

interface Opening {
  readonly event: 'connect' | 'secureConnect';
  readonly ms: number;
  readonly signal: AbortSignal;
}

/** @returns the socket once it has come so far, or why not */
function open(socket: Socket, { event, ms, signal }: Opening): Promise<Socket | string> {
  return new Promise((resolve) => {
    const settle = (answer: Socket | string): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (typeof answer === 'string') socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => settle('timeout'), ms);
    const onAbort = (): void => settle('ended');
    signal.addEventListener('abort', onAbort);
    // Stays: an error that comes later, and that nobody listens for, would end the process.
    socket.on('error', (error: Error) => settle(error.message));
    socket.on('close', () => settle('closed'));
    socket.once(event, () => settle(socket));
    if (signal.aborted) onAbort();
  });
}

/** TLS sessions, so that the next connection to an origin needs no full handshake. */
class Sessions {
  readonly #known = new Map<string, Buffer>();

  get({ host, port }: DialTarget): Buffer | undefined {
    return this.#known.get(`${host} ${port}`);
  }

  set({ host, port }: DialTarget, ticket: Buffer): void {
    if (this.#known.size >= SESSIONS_MAX) this.#known.clear();
    this.#known.set(`${host} ${port}`, ticket);
  }
}
