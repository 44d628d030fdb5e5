/** Questions of DNS, and our answers. One question, one reading: whatever else a packet could hold is refused or left out. */
import { canonicalHost, isHost } from '@countersign/kernel/egress';

export interface Question {
  readonly id: number;
  readonly recursionDesired: boolean;
  readonly type: number;
  /** Canonical; undefined where the name is none that a host can have. */
  readonly host: string | undefined;
  /** Bytes of the question, as they came: the answer repeats them letter by letter. */
  readonly raw: Buffer;
}

export const TYPE_A = 1;
const CLASS_IN = 1;
const HEADER_BYTES = 12;
const LABEL_BYTES_MAX = 63;
const NAME_BYTES_MAX = 255;
/** Questions are small; EDNS may stand behind them. */
const PACKET_BYTES_MAX = 1_024;

/** @returns undefined for what is no question of the ordinary kind: it gets no answer */
export function readQuestion(packet: Buffer): Question | undefined {
  if (packet.length < HEADER_BYTES + 5 || packet.length > PACKET_BYTES_MAX) return undefined;
  const flags = packet.readUInt16BE(2);
  // Neither an answer nor another operation; one question, no answers.
  const ordinary = (flags & 0xf800) === 0 && packet.readUInt16BE(4) === 1 && packet.readUInt16BE(6) === 0;
  if (!ordinary) return undefined;
  const name = readName(packet);
  if (name === undefined || name.end + 4 > packet.length || packet.readUInt16BE(name.end + 2) !== CLASS_IN) return undefined;
  const host = canonicalHost(name.text);
  return {
    id: packet.readUInt16BE(0),
    recursionDesired: (flags & 0x0100) !== 0,
    type: packet.readUInt16BE(name.end),
    host: isHost(host) && host.kind === 'name' ? host.host : undefined,
    raw: packet.subarray(HEADER_BYTES, name.end + 4),
  };
}

function readName(packet: Buffer): { readonly text: string; readonly end: number } | undefined {
  const labels: string[] = [];
  for (let at = HEADER_BYTES; at - HEADER_BYTES < NAME_BYTES_MAX; ) {
    const length = packet[at];
    // Above 63 it is a pointer, and a question has nothing to point to.
    if (length === undefined || length > LABEL_BYTES_MAX) return undefined;
    if (length === 0) return { text: labels.join('.'), end: at + 1 };
    const label = packet.toString('latin1', at + 1, at + 1 + length);
    // A dot inside a label would make two of one.
    if (label.length < length || label.includes('.')) return undefined;
    labels.push(label);
    at += 1 + length;
  }
  return undefined;
}

const NO_ERROR = 0;
const NO_NAME = 3;
const TTL_SECONDS = 1;

/** @param address four octets for the answer to an A question; `none`: the name exists and has nothing of this type; undefined: no such name */
export function answerTo(question: Question, address: readonly number[] | 'none' | undefined): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(question.id, 0);
  // An answer, recursion available, and the client's wish for it repeated.
  header.writeUInt16BE(0x8080 | (question.recursionDesired ? 0x0100 : 0) | (address === undefined ? NO_NAME : NO_ERROR), 2);
  header.writeUInt16BE(1, 4);
  if (address === undefined || address === 'none') return Buffer.concat([header, question.raw]);
  header.writeUInt16BE(1, 6);
  const record = Buffer.from([0xc0, HEADER_BYTES, 0, TYPE_A, 0, CLASS_IN, 0, 0, 0, TTL_SECONDS, 0, 4, ...address]);
  return Buffer.concat([header, question.raw, record]);
}
