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
/** Most are smaller. */
const HELLO_BYTES_FIRST = 2_048;

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
export const readHello = (bytes: Buffer): HelloStep => new HelloReader().push(bytes);

/** Takes the hello in pieces. Each byte is looked at once, however finely its records are cut: a client could else keep the door busy. */
export class HelloReader {
  /** Of the record that has begun. */
  #header: number[] = [];
  /** Bytes of its body that are still to come. */
  #left = 0;
  #message: Buffer = Buffer.allocUnsafe(HELLO_BYTES_FIRST);
  #have = 0;
  #taken = 0;

  /** After a hello or a problem it takes nothing more. */
  push(bytes: Buffer): HelloStep {
    for (let at = 0; at < bytes.length; ) {
      if (this.#left === 0) {
        const wrong = this.#head(bytes[at++] ?? 0);
        if (wrong !== undefined) return problem(wrong);
        continue;
      }
      const end = Math.min(bytes.length, at + this.#left);
      const step = this.#body(bytes.subarray(at, end));
      if (step !== undefined) return step;
      at = end;
    }
    this.#taken += bytes.length;
    return this.#taken >= HELLO_BYTES_MAX ? problem('too-large') : MORE;
  }

  #head(byte: number): HelloProblem | undefined {
    this.#header.push(byte);
    const wrong = headProblem(this.#header);
    if (wrong !== undefined) return this.#have === 0 ? wrong : 'malformed';
    if (this.#header.length < 5) return undefined;
    this.#left = (this.#header[3] ?? 0) * 256 + byte;
    this.#header = [];
    return this.#left === 0 || this.#left > RECORD_BYTES_MAX ? 'malformed' : undefined;
  }

  /** The hello once it is whole; a problem as soon as it cannot become one. */
  #body(part: Buffer): HelloStep | undefined {
    this.#left -= part.length;
    this.#keep(part);
    if (this.#message[0] !== CLIENT_HELLO) return problem('malformed');
    if (this.#have < 4) return undefined;
    const length = this.#message.readUIntBE(1, 3);
    if (length > HELLO_BYTES_MAX) return problem('too-large');
    if (this.#have < 4 + length) return undefined;
    // Nothing may follow in the same record: the client has to wait for an answer.
    if (this.#have > 4 + length || this.#left > 0) return problem('malformed');
    return parsed(this.#message.subarray(4, this.#have));
  }

  #keep(part: Buffer): void {
    if (this.#have + part.length > this.#message.length) {
      const larger = Buffer.allocUnsafe((this.#have + part.length) * 2);
      this.#message.copy(larger, 0, 0, this.#have);
      this.#message = larger;
    }
    part.copy(this.#message, this.#have);
    this.#have += part.length;
  }
}

function headProblem(header: readonly number[]): HelloProblem | undefined {
  const [type, major, minor = 0] = header;
  return type !== RECORD_HANDSHAKE || (major !== undefined && major !== 3) || minor > 4 ? 'not-tls' : undefined;
}

function parsed(message: Buffer): HelloStep {
  try {
    return { kind: 'hello', hello: parse(new Reader(message)) };
  } catch (thrown) {
    if (thrown instanceof Short) return problem('malformed');
    throw thrown;
  }
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
