/** OTLP in JSON: protobuf's JSON form, with 64-bit numbers as text or as numbers. */
import { isRecord } from '@countersign/kernel/json';
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

type Node = Readonly<Record<string, unknown>>;

const nodesAt = (node: Node, name: string): readonly Node[] => {
  const value = node[name];
  return Array.isArray(value) ? value.filter(isNode) : [];
};
const isNode = (value: unknown): value is Node => isRecord(value);
const nodeAt = (node: Node, name: string): Node => {
  const value = node[name];
  return isNode(value) ? value : {};
};

const GROUPS: Readonly<Record<Signal, readonly [group: string, scope: string, one: string]>> = {
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
};

/** Objects and lists of a whole body. A megabyte of real events has thirty thousand; ten times as many would keep the process from everything else. */
const NODES_MAX = 400_000;

/** To be called before the bytes are parsed. @throws BatchProblem */
export function checkNodes(bytes: Uint8Array): void {
  let left = NODES_MAX;
  let inText = false;
  for (let at = 0; at < bytes.length && left >= 0; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) inText = !inText;
    else if (!inText) left -= (byte | 0x20) === OPENS ? 1 : 0;
    else if (byte === BACKSLASH) at += 1;
  }
  if (left < 0) throw new BatchProblem(`The body holds more than ${NODES_MAX} objects and lists.`);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `{`, and `[` but for one bit. */
const OPENS = 0x7b;

/** @throws BatchProblem */
export function readText(signal: Signal, json: Node): readonly TelemetryRecord[] {
  const collected = new Collected();
  const [groups, scopes, ones] = GROUPS[signal];
  for (const group of nodesAt(json, groups)) {
    const resource = attributesAt(nodeAt(group, 'resource'), 0);
    for (const scope of nodesAt(group, scopes)) for (const one of nodesAt(scope, ones)) READERS[signal](one, resource, collected);
  }
  return collected.records;
}

type Reader = (node: Node, resource: Attributes, collected: Collected) => void;

const READERS: Readonly<Record<Signal, Reader>> = {
  logs(node, resource, collected) {
    const attributes = attributesAt(node, 0);
    const name = nameOf(attributes, plainText(node['eventName']), anyValue(node['body'], 0));
    const time = nanosOf(node['timeUnixNano']);
    collected.add({ name, timeMs: timeOf(time === 0n ? nanosOf(node['observedTimeUnixNano']) : time), attributes, resource });
  },
  traces(node, resource, collected) {
    const timeMs = timeOf(nanosOf(node['startTimeUnixNano']));
    collected.add({ name: (plainText(node['name']) ?? '').slice(0, 128), timeMs, attributes: attributesAt(node, 0), resource });
  },
  metrics(node, resource, collected) {
    const name = (plainText(node['name']) ?? '').slice(0, 128);
    for (const kind of ['gauge', 'sum'])
      for (const point of nodesAt(nodeAt(node, kind), 'dataPoints')) {
        const value = Number(point['asDouble'] ?? point['asInt'] ?? 0);
        const timeMs = timeOf(nanosOf(point['timeUnixNano']));
        collected.add({ name, timeMs, attributes: attributesAt(point, 0), resource, value: Number.isFinite(value) ? value : 0 });
      }
  },
};

const plainText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function nanosOf(value: unknown): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return BigInt(value);
  return typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : 0n;
}

const attributesAt = (node: Node, depth: number, member = 'attributes'): Attributes =>
  attributesOf(nodesAt(node, member).map((pair) => [plainText(pair['key']) ?? '', anyValue(pair['value'], depth)]));

function anyValue(value: unknown, depth: number): Plain {
  if (depth > DEPTH_MAX) throw new BatchProblem(`A value is nested more than ${DEPTH_MAX} levels deep.`);
  if (!isNode(value)) return null;
  const { stringValue, boolValue, intValue, doubleValue } = value;
  if (typeof stringValue === 'string') return stringValue;
  if (typeof boolValue === 'boolean') return boolValue;
  if (intValue !== undefined) return intOf(intValue);
  if (typeof doubleValue === 'number') return doubleValue;
  if (isNode(value['arrayValue'])) return nodesAt(value['arrayValue'], 'values').map((one) => anyValue(one, depth + 1));
  if (isNode(value['kvlistValue'])) return attributesAt(value['kvlistValue'], depth + 1, 'values');
  return null;
}

function intOf(value: unknown): Plain {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  return typeof value === 'string' ? value.slice(0, 20) : null;
}
