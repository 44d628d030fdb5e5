/** OTLP in protobuf: field numbers of opentelemetry-proto 1, which never change. */
import { type Field, WireProblem, WireReader } from './protobuf.ts';
import {
  type Attributes,
  attributesOf,
  BatchProblem,
  Collected,
  DEPTH_MAX,
  nameOf,
  type Plain,
  type Signal,
  timeOf,
  type TelemetryRecord,
} from './record.ts';

const utf8 = new TextDecoder('utf-8', { fatal: false });

/** @throws BatchProblem */
export function readBinary(signal: Signal, bytes: Uint8Array): readonly TelemetryRecord[] {
  try {
    const collected = new Collected();
    for (const group of new Message(new WireReader(), bytes).messages(1)) readGroup(signal, group, collected);
    return collected.records;
  } catch (thrown) {
    if (thrown instanceof WireProblem)
      throw new BatchProblem('The body is not a protobuf message of OTLP, or holds too many fields.');
    throw thrown;
  }
}

const EMPTY = new Uint8Array();

/** One message, and what of it is read by the number of its field. */
class Message {
  readonly fields: readonly Field[];
  readonly #reader: WireReader;

  constructor(reader: WireReader, bytes: Uint8Array) {
    this.#reader = reader;
    this.fields = reader.fieldsOf(bytes);
  }

  /** The bytes of a field as a message. */
  within(bytes: Uint8Array): Message {
    return new Message(this.#reader, bytes);
  }

  messages(no: number): Message[] {
    return this.fields.flatMap((field) => (field.no === no && field.kind === 'bytes' ? [this.within(field.value)] : []));
  }

  bytes(no: number): Uint8Array | undefined {
    const field = this.fields.findLast((one) => one.no === no);
    return field?.kind === 'bytes' ? field.value : undefined;
  }

  text(no: number): string {
    const bytes = this.bytes(no);
    return bytes === undefined ? '' : utf8.decode(bytes);
  }

  number(no: number): bigint {
    const field = this.fields.findLast((one) => one.no === no);
    return field?.kind === 'number' ? field.value : 0n;
  }
}

/** `ResourceLogs`, `ResourceMetrics` and `ResourceSpans` have the same two fields that matter. */
function readGroup(signal: Signal, group: Message, collected: Collected): void {
  const resource = attributesAt(group.messages(1).at(-1), 1);
  for (const scope of group.messages(2)) for (const one of scope.messages(2)) READERS[signal](one, resource, collected);
}

type Reader = (one: Message, resource: Attributes, collected: Collected) => void;

const READERS: Readonly<Record<Signal, Reader>> = {
  logs(one, resource, collected) {
    const attributes = attributesAt(one, 6);
    const body = one.bytes(5);
    const name = nameOf(attributes, one.text(12), body === undefined ? undefined : anyValue(one.within(body), 0));
    const time = one.number(1);
    collected.add({ name, timeMs: timeOf(time === 0n ? one.number(11) : time), attributes, resource });
  },
  traces(one, resource, collected) {
    const name = one.text(5).slice(0, NAME_CHARS_MAX);
    collected.add({ name, timeMs: timeOf(one.number(7)), attributes: attributesAt(one, 9), resource });
  },
  metrics(one, resource, collected) {
    const name = one.text(1).slice(0, NAME_CHARS_MAX);
    // Gauges and sums; distributions of a client are nobody's evidence.
    for (const data of [...one.messages(5), ...one.messages(7)])
      for (const point of data.messages(1)) collected.add(pointOf(name, point, resource));
  },
};

const NAME_CHARS_MAX = 128;

function pointOf(name: string, point: Message, resource: Attributes): TelemetryRecord {
  const double = point.fields.find(({ no }) => no === 4);
  const value = double?.kind === 'number' ? doubleOf(double.value) : Number(BigInt.asIntN(64, point.number(6)));
  return { name, timeMs: timeOf(point.number(3)), attributes: attributesAt(point, 7), resource, value };
}

const attributesAt = (one: Message | undefined, no: number, depth = 0): Attributes =>
  attributesOf((one?.messages(no) ?? []).map((pair) => [pair.text(1), anyValue(pair.within(pair.bytes(2) ?? EMPTY), depth)]));

function anyValue(one: Message, depth: number): Plain {
  if (depth > DEPTH_MAX) throw new BatchProblem(`A value is nested more than ${DEPTH_MAX} levels deep.`);
  const field = one.fields.at(-1);
  if (field === undefined) return null;
  if (field.kind === 'number') return numberOf(field.no, field.value);
  switch (field.no) {
    case 1:
      return utf8.decode(field.value);
    case 5:
      return one
        .within(field.value)
        .messages(1)
        .map((each) => anyValue(each, depth + 1));
    case 6:
      return attributesAt(one.within(field.value), 1, depth + 1);
    default:
      return null;
  }
}

function numberOf(no: number, value: bigint): Plain {
  switch (no) {
    case 2:
      return value !== 0n;
    case 3: {
      const signed = BigInt.asIntN(64, value);
      return Number.isSafeInteger(Number(signed)) ? Number(signed) : String(signed);
    }
    case 4:
      return doubleOf(value);
    default:
      return null;
  }
}

function doubleOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  const value = view.getFloat64(0);
  return Number.isFinite(value) ? value : 0;
}
