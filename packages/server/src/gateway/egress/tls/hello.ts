/**
 * The first message of TLS, as far as the door needs it: whom the client wants to speak to. Read from records that may be cut anywhere. Nothing
 * in it is believed beyond that: the name has to be the target's.
 */

export interface ClientHello {
  /** As it was sent; undefined without the extension. */
  readonly serverName: string | undefined;
  /** Encrypted ClientHello is present (also as a decoy): the outer name governs. */
  readonly encrypted: boolean;
  readonly protocols: readonly string[];
}

export type HelloProblem = 'not-tls' | 'malformed' | 'too-large';

export type HelloStep =
  | { readonly kind: 'more' }
  | { readonly kind: 'hello'; readonly hello: ClientHello }
  | { readonly kind: 'problem'; readonly problem: HelloProblem };

export const HELLO_BYTES_MAX = 32 * 1_024;

const RECORD_HANDSHAKE = 22;
const RECORD_BYTES_MAX = 16_384;
const CLIENT_HELLO = 1;
const EXTENSION_NAME = 0;
const EXTENSION_PROTOCOLS = 16;
const EXTENSION_ENCRYPTED = 0xfe0d;
const NAME_TYPE_HOST = 0;

const MORE: HelloStep = { kind: 'more' };
const problem = (what: HelloProblem): HelloStep => ({ kind: 'problem', problem: what });

/** @param bytes everything that has come so far */
export function readHello(bytes: Buffer): HelloStep {
  const message = handshake(bytes);
  if (!Buffer.isBuffer(message)) return message;
  try {
    return { kind: 'hello', hello: parse(new Reader(message)) };
  } catch (thrown) {
    if (thrown instanceof Short) return problem('malformed');
    throw thrown;
  }
}

/** Joins the records of the first handshake message. */
function handshake(bytes: Buffer): Buffer | HelloStep {
  const parts: Buffer[] = [];
  let have = 0;
  for (let at = 0; ; ) {
    const header = bytes.subarray(at, at + 5);
    const wrong = recordProblem(header);
    if (wrong !== undefined) return problem(parts.length === 0 ? wrong : 'malformed');
    if (header.length < 5) return short(bytes);
    const length = header.readUInt16BE(3);
    if (length === 0 || length > RECORD_BYTES_MAX) return problem('malformed');
    const body = bytes.subarray(at + 5, at + 5 + length);
    parts.push(body);
    have += body.length;
    const whole = messageOf(parts, have);
    if (whole !== undefined) return whole;
    if (body.length < length) return short(bytes);
    at += 5 + length;
  }
}

const short = (bytes: Buffer): HelloStep => (bytes.length >= HELLO_BYTES_MAX ? problem('too-large') : MORE);

function recordProblem(header: Buffer): HelloProblem | undefined {
  if (header.length > 0 && header[0] !== RECORD_HANDSHAKE) return 'not-tls';
  if (header.length > 1 && header[1] !== 3) return 'not-tls';
  return header.length > 2 && (header[2] ?? 0) > 4 ? 'not-tls' : undefined;
}

/** The message once it is whole; a problem as soon as it cannot become one. */
function messageOf(parts: readonly Buffer[], have: number): Buffer | HelloStep | undefined {
  const joined = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  if (have > 0 && joined[0] !== CLIENT_HELLO) return problem('malformed');
  if (have < 4) return undefined;
  const length = joined.readUIntBE(1, 3);
  if (length > HELLO_BYTES_MAX) return problem('too-large');
  if (have < 4 + length) return undefined;
  // Nothing may follow in the same record: the client has to wait for an answer.
  return have === 4 + length ? joined.subarray(4) : problem('malformed');
}

class Short extends Error {}

/** @throws Short where fewer bytes are left than a length says */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  number(size: 1 | 2): number {
    return this.bytes(size).readUIntBE(0, size);
  }

  bytes(length: number): Buffer {
    if (length > this.left) throw new Short();
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }

  vector(size: 1 | 2): Reader {
    return new Reader(this.bytes(this.number(size)));
  }
}

/** @throws Short */
function parse(message: Reader): ClientHello {
  message.bytes(2 + 32);
  message.vector(1);
  message.vector(2);
  message.vector(1);
  let serverName: string | undefined;
  let encrypted = false;
  let protocols: readonly string[] = [];
  const seen = new Set<number>();
  const extensions = message.left === 0 ? new Reader(Buffer.alloc(0)) : message.vector(2);
  if (message.left > 0) throw new Short();
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const data = extensions.vector(2);
    // Of two names, the other parser may take the other one.
    if (seen.has(type)) throw new Short();
    seen.add(type);
    if (type === EXTENSION_NAME) serverName = nameIn(data);
    else if (type === EXTENSION_PROTOCOLS) protocols = protocolsIn(data);
    else if (type === EXTENSION_ENCRYPTED) encrypted = true;
  }
  return { serverName, encrypted, protocols };
}

/** @throws Short */
function nameIn(data: Reader): string {
  const list = data.vector(2);
  const type = list.number(1);
  const name = list.vector(2);
  if (type !== NAME_TYPE_HOST || list.left > 0 || data.left > 0) throw new Short();
  return name.bytes(name.left).toString('latin1');
}

/** @throws Short */
function protocolsIn(data: Reader): readonly string[] {
  const list = data.vector(2);
  const protocols: string[] = [];
  while (list.left > 0) {
    const protocol = list.vector(1);
    protocols.push(protocol.bytes(protocol.left).toString('latin1'));
  }
  return protocols;
}

/** Fatal alerts, as a server that has not negotiated anything yet sends them. */
export const ALERTS = {
  accessDenied: Buffer.from([21, 3, 3, 0, 2, 2, 49]),
  unrecognizedName: Buffer.from([21, 3, 3, 0, 2, 2, 112]),
} as const;
