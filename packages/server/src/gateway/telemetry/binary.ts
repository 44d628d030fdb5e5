/** OTLP in protobuf: field numbers of opentelemetry-proto 1, which never change. */
import { type Field, fieldsOf, WireProblem } from './protobuf.ts';
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
    for (const group of messagesOf(fieldsOf(bytes), 1)) readGroup(signal, group, collected);
    return collected.records;
  } catch (thrown) {
    if (thrown instanceof WireProblem) throw new BatchProblem('The body is not a protobuf message of OTLP.');
    throw thrown;
  }
}

type Fields = readonly Field[];

const messagesOf = (fields: Fields, no: number): Fields[] =>
  fields.flatMap((field) => (field.no === no && field.kind === 'bytes' ? [fieldsOf(field.value)] : []));
const bytesAt = (fields: Fields, no: number): Uint8Array | undefined => {
  const field = fields.findLast((one) => one.no === no);
  return field?.kind === 'bytes' ? field.value : undefined;
};
const textAt = (fields: Fields, no: number): string => {
  const bytes = bytesAt(fields, no);
  return bytes === undefined ? '' : utf8.decode(bytes);
};
const numberAt = (fields: Fields, no: number): bigint => {
  const field = fields.findLast((one) => one.no === no);
  return field?.kind === 'number' ? field.value : 0n;
};

/** `ResourceLogs`, `ResourceMetrics` and `ResourceSpans` have the same two fields that matter. */
function readGroup(signal: Signal, group: Fields, collected: Collected): void {
  const resource = attributesAt(messagesOf(group, 1).at(-1) ?? [], 1);
  for (const scope of messagesOf(group, 2)) for (const one of messagesOf(scope, 2)) READERS[signal](one, resource, collected);
}

type Reader = (fields: Fields, resource: Attributes, collected: Collected) => void;

const READERS: Readonly<Record<Signal, Reader>> = {
  logs(fields, resource, collected) {
    const attributes = attributesAt(fields, 6);
    const body = bytesAt(fields, 5);
    const name = nameOf(attributes, textAt(fields, 12), body === undefined ? undefined : anyValue(fieldsOf(body), 0));
    const time = numberAt(fields, 1);
    collected.add({ name, timeMs: timeOf(time === 0n ? numberAt(fields, 11) : time), attributes, resource });
  },
  traces(fields, resource, collected) {
    const name = textAt(fields, 5).slice(0, NAME_CHARS_MAX);
    collected.add({ name, timeMs: timeOf(numberAt(fields, 7)), attributes: attributesAt(fields, 9), resource });
  },
  metrics(fields, resource, collected) {
    const name = textAt(fields, 1).slice(0, NAME_CHARS_MAX);
    // Gauges and sums; distributions of a client are nobody's evidence.
    for (const data of [...messagesOf(fields, 5), ...messagesOf(fields, 7)])
      for (const point of messagesOf(data, 1)) collected.add(pointOf(name, point, resource));
  },
};

const NAME_CHARS_MAX = 128;

function pointOf(name: string, point: Fields, resource: Attributes): TelemetryRecord {
  const double = point.find(({ no }) => no === 4);
  const value = double?.kind === 'number' ? doubleOf(double.value) : Number(BigInt.asIntN(64, numberAt(point, 6)));
  return { name, timeMs: timeOf(numberAt(point, 3)), attributes: attributesAt(point, 7), resource, value };
}

const attributesAt = (fields: Fields, no: number, depth = 0): Attributes =>
  attributesOf(
    messagesOf(fields, no).map((pair) => [textAt(pair, 1), anyValue(fieldsOf(bytesAt(pair, 2) ?? new Uint8Array()), depth)]),
  );

function anyValue(fields: Fields, depth: number): Plain {
  if (depth > DEPTH_MAX) throw new BatchProblem(`A value is nested more than ${DEPTH_MAX} levels deep.`);
  const field = fields.at(-1);
  if (field === undefined) return null;
  if (field.kind === 'number') return numberOf(field.no, field.value);
  switch (field.no) {
    case 1:
      return utf8.decode(field.value);
    case 5:
      return messagesOf(fieldsOf(field.value), 1).map((one) => anyValue(one, depth + 1));
    case 6:
      return attributesAt(fieldsOf(field.value), 1, depth + 1);
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
