import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBinary } from './binary.ts';
import { message } from './protobuf.ts';
import { BatchProblem, type Signal } from './record.ts';
import { checkNodes, readText } from './text.ts';

type Part = readonly [no: number, value: bigint | string | Uint8Array];
const any = (part: Part): Uint8Array => message(part);
const pair = (key: string, part: Part): Part => [0, message([1, key], [2, any(part)])];
const at = (no: number, [, value]: Part): Part => [no, value];
const fixed64 = (no: number, value: bigint): Uint8Array => {
  const bytes = new Uint8Array(9);
  bytes[0] = (no << 3) | 1;
  new DataView(bytes.buffer).setBigUint64(1, value, true);
  return bytes;
};
const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

const NANOS = 1_795_895_634_188_000_000n;
const MS = 1_795_895_634_188;

const wrap = (record: Uint8Array): Uint8Array =>
  message([1, message([1, message(at(1, pair('service.name', [1, 'codex_exec'])))], [2, message([2, record])])]);

describe('both encodings read the same', () => {
  test('a log record', () => {
    const record = join(
      fixed64(1, NANOS),
      message(
        [5, any([1, 'a body'])],
        at(6, pair('event.name', [1, 'codex.tool_result'])),
        at(6, pair('ok', [2, 1n])),
        at(6, pair('count', [3, BigInt.asUintN(64, -5n)])),
        at(6, pair('large', [3, 9_007_199_254_740_993n])),
        at(6, pair('list', [5, message([1, any([1, 'x'])], [1, any([3, 1n])])])),
        at(6, pair('map', [6, message(at(1, pair('k', [1, 'v'])))])),
      ),
    );
    const json = {
      resourceLogs: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'codex_exec' } }] },
          scopeLogs: [
            {
              logRecords: [
                {
                  timeUnixNano: String(NANOS),
                  body: { stringValue: 'a body' },
                  attributes: [
                    { key: 'event.name', value: { stringValue: 'codex.tool_result' } },
                    { key: 'ok', value: { boolValue: true } },
                    { key: 'count', value: { intValue: '-5' } },
                    { key: 'large', value: { intValue: '9007199254740993' } },
                    { key: 'list', value: { arrayValue: { values: [{ stringValue: 'x' }, { intValue: 1 }] } } },
                    { key: 'map', value: { kvlistValue: { values: [{ key: 'k', value: { stringValue: 'v' } }] } } },
                  ],
                },
              ],
            },
          ],
        },
      ],
    };
    const binary = readBinary('logs', wrap(record));
    expect(binary).toEqual([
      {
        name: 'codex.tool_result',
        timeMs: MS,
        resource: { 'service.name': 'codex_exec' },
        attributes: {
          'event.name': 'codex.tool_result',
          ok: true,
          count: -5,
          large: '9007199254740993',
          list: ['x', 1],
          map: { k: 'v' },
        },
      },
    ]);
    expect(readText('logs', json)).toEqual(binary);
  });

  test('a sum and a span', () => {
    const point = join(fixed64(3, NANOS), fixed64(6, 7n), message(at(7, pair('session.id', [1, 's']))));
    const metric = message([1, 'claude_code.token.usage'], [7, message([1, point])]);
    const [binary] = readBinary('metrics', wrap(metric));
    expect(binary).toMatchObject({ name: 'claude_code.token.usage', timeMs: MS, value: 7, attributes: { 'session.id': 's' } });
    const metrics = [
      {
        name: 'claude_code.token.usage',
        sum: {
          dataPoints: [
            { timeUnixNano: String(NANOS), asInt: '7', attributes: [{ key: 'session.id', value: { stringValue: 's' } }] },
          ],
        },
      },
    ];
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'codex_exec' } }] };
    expect(readText('metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] })).toEqual([binary]);
    const span = join(message([5, 'exec']), fixed64(7, NANOS), message(at(9, pair('call_id', [1, 'c']))));
    expect(readBinary('traces', wrap(span))).toMatchObject([{ name: 'exec', timeMs: MS, attributes: { call_id: 'c' } }]);
  });
});

describe('hostile bytes', () => {
  const signals: readonly Signal[] = ['logs', 'metrics', 'traces'];

  test('any bytes are read or refused, and nothing else', () => {
    fc.assert(
      fc.property(fc.constantFrom(...signals), fc.uint8Array({ maxLength: 300 }), (signal, bytes) => {
        try {
          readBinary(signal, bytes);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(BatchProblem);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test('any JSON is read or refused, and nothing else', () => {
    const node: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, 1, 'x', true, '9'.repeat(30)),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom(
            'resourceLogs',
            'scopeLogs',
            'logRecords',
            'attributes',
            'key',
            'value',
            'stringValue',
            'arrayValue',
            'values',
            'kvlistValue',
            'body',
            'timeUnixNano',
            '__proto__',
          ),
          tie('node'),
          { maxKeys: 4 },
        ),
      ),
    })).node;
    fc.assert(
      fc.property(fc.constantFrom(...signals), node, (signal, json) => {
        try {
          readText(signal, { resourceLogs: json, resourceMetrics: json, resourceSpans: json });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(BatchProblem);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('too many records, too many attributes, too deep', () => {
    const many = message([1, message([2, message(...Array.from({ length: 20_001 }, (): Part => [2, new Uint8Array()]))])]);
    expect(() => readBinary('logs', many)).toThrow('more than 20000 records');
    const wide = wrap(message(...Array.from({ length: 257 }, (_, n): Part => at(6, pair(`k${n}`, [1, 'v'])))));
    expect(() => readBinary('logs', wide)).toThrow('more than 256 attributes');
    let deep: Uint8Array = any([1, 'x']);
    for (let level = 0; level < 12; level++) deep = any([5, message([1, deep])]);
    expect(() => readBinary('logs', wrap(message([5, deep])))).toThrow('levels deep');
  });

  test('what is small when compressed and endless when read is refused before it is read', () => {
    const fields = Buffer.alloc(32 * 1024 * 1024, Buffer.from([0x08, 0x01]));
    expect(() => readBinary('logs', fields)).toThrow('too many fields');
    const wrapped = Buffer.concat([Buffer.from([0x0a, 0xa0, 0x8d, 0x06]), fields.subarray(0, 100_000)]);
    expect(() => readBinary('logs', Buffer.concat(Array<Buffer>(11).fill(wrapped)))).toThrow('too many fields');
    const nodes = (one: string, count: number) => Buffer.from(`{"resourceLogs":[${one.repeat(count)}{}]}`);
    expect(() => checkNodes(nodes('{},', 400_000))).toThrow('objects and lists');
    expect(() => checkNodes(nodes('[],', 400_000))).toThrow('objects and lists');
    expect(() => checkNodes(nodes('{},', 300_000))).not.toThrow();
    // Brackets that somebody wrote are no structure, or a model could have its own events refused.
    expect(() => checkNodes(Buffer.from(JSON.stringify({ a: '"\\[{'.repeat(500_000) })))).not.toThrow();
  });
});
