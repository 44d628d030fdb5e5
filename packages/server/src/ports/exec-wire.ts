/**
 * Frames between a client and whoever runs a command: the command line and the node, the node and a remote runner. A frame is one byte for its
 * kind, four bytes (big-endian) for the length of what follows, and that many bytes. What a kind means is in docs/exec.md.
 */
import { Fault } from '@countersign/kernel/fault';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';

export const EXEC_PATH = '/exec/v1/run';
export const EXEC_PROTOCOL = 'countersign-exec/1';

export const FRAMES = {
  /** Client: what to run, JSON; first and once. */
  open: 1,
  /** Client: bytes for standard input, within the credit. */
  stdin: 2,
  /** Client: standard input ends. */
  stdinEnd: 3,
  /** Client: end the run. Closing the connection means the same. */
  cancel: 4,
  /** Server: so many more bytes of standard input may be sent; four bytes, big-endian. */
  credit: 16,
  /** Server: why nothing runs yet, JSON. */
  waiting: 17,
  /** Server: what runs, JSON. */
  started: 18,
  stdout: 19,
  stderr: 20,
  /** Server: how it ended, JSON; last and once. */
  end: 21,
  /** Server: still there; empty. */
  alive: 22,
} as const;

export type FrameName = keyof typeof FRAMES;

export interface Frame {
  readonly kind: FrameName;
  readonly bytes: Buffer;
}

/** The text of a profile. */
export const PROFILE_BYTES_MAX = 256 * 1024;
/** A profile file, or a shell text, with room to spare. */
export const FRAME_BYTES_MAX = 1024 * 1024;
/** Larger chunks of a stream are sent as several frames. */
export const DATA_BYTES_MAX = 64 * 1024;
/** Bytes of standard input that may be under way. */
export const STDIN_WINDOW = 256 * 1024;
/** The server says that it is there at least this often. */
export const ALIVE_MS = 5_000;

const HEAD_BYTES = 5;
const NAMES = new Map<number, FrameName>(Object.entries(FRAMES).map(([name, kind]) => [kind, name as FrameName]));

export function encodeFrame(kind: FrameName, bytes: Uint8Array = Buffer.alloc(0)): Buffer {
  const frame = Buffer.allocUnsafe(HEAD_BYTES + bytes.length);
  frame.writeUInt8(FRAMES[kind], 0);
  frame.writeUInt32BE(bytes.length, 1);
  frame.set(bytes, HEAD_BYTES);
  return frame;
}

export const encodeJson = (kind: FrameName, value: object): Buffer => encodeFrame(kind, Buffer.from(JSON.stringify(value)));

export function encodeCredit(bytes: number): Buffer {
  const body = Buffer.allocUnsafe(4);
  body.writeUInt32BE(bytes);
  return encodeFrame('credit', body);
}

/** A chunk of a stream as frames of at most `DATA_BYTES_MAX`. */
export function encodeData(kind: 'stdin' | 'stdout' | 'stderr', chunk: Uint8Array): Buffer {
  if (chunk.length <= DATA_BYTES_MAX) return encodeFrame(kind, chunk);
  const frames: Buffer[] = [];
  for (let at = 0; at < chunk.length; at += DATA_BYTES_MAX)
    frames.push(encodeFrame(kind, chunk.subarray(at, at + DATA_BYTES_MAX)));
  return Buffer.concat(frames);
}

/** @throws Fault request.invalid for what is no JSON object */
export function frameJson({ bytes }: Frame): JsonRecord {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (isRecord(value)) return value;
  } catch {
    // Told below: what is no JSON is as wrong as JSON that is no object.
  }
  throw new Fault('request.invalid', 'A frame holds no JSON object.');
}

/** @throws Fault request.invalid */
export function frameCredit({ bytes }: Frame): number {
  if (bytes.length !== 4) throw new Fault('request.invalid', 'A frame of credit holds four bytes.');
  return bytes.readUInt32BE();
}

/** Cuts what arrives into frames. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** Frames that are whole now, in order. @throws Fault request.invalid for a kind that is none, request.too-large */
  push(chunk: Uint8Array): readonly Frame[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    let at = 0;
    while (this.#rest.length - at >= HEAD_BYTES) {
      const kind = NAMES.get(this.#rest.readUInt8(at));
      if (kind === undefined) throw new Fault('request.invalid', 'A frame is of no kind that is known.');
      const length = this.#rest.readUInt32BE(at + 1);
      if (length > FRAME_BYTES_MAX) throw new Fault('request.too-large', `A frame holds more than ${FRAME_BYTES_MAX} bytes.`);
      if (this.#rest.length - at - HEAD_BYTES < length) break;
      frames.push({ kind, bytes: this.#rest.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length) });
      at += HEAD_BYTES + length;
    }
    if (at > 0) this.#rest = this.#rest.subarray(at);
    return frames;
  }

  /** True when the last frame is cut off. */
  get partial(): boolean {
    return this.#rest.length > 0;
  }
}
