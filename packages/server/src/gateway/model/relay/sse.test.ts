import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_BYTES_MAX, type SseEvent, SseSplitter } from './sse.ts';

interface Read {
  readonly name: string;
  readonly data: string | undefined;
}

function readAll(chunks: readonly Buffer[]): { events: Read[]; raw: Buffer; fits: boolean } {
  const splitter = new SseSplitter();
  const events: Read[] = [];
  const raws: Buffer[] = [];
  let fits = true;
  const visit = (event: SseEvent): boolean => {
    if (event.data !== undefined || event.name !== '') events.push({ name: event.name, data: event.data });
    raws.push(event.bytes.subarray(event.start, event.end));
    return true;
  };
  for (const chunk of chunks) fits = splitter.push(chunk, visit) && fits;
  splitter.end(visit);
  return { events, raw: Buffer.concat(raws), fits };
}

/** The rules of the standard, written without regard to speed. */
function oracle(bytes: Buffer): Read[] {
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const events: Read[] = [];
  let name = '';
  let data: string | undefined;
  const lines = text.split(/\r\n|\n|\r/);
  lines.pop();
  for (const line of lines) {
    if (line === '') {
      if (data !== undefined || name !== '') events.push({ name, data });
      name = '';
      data = undefined;
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') name = value;
    if (field === 'data') data = data === undefined ? value : `${data}\n${value}`;
  }
  return events;
}

const line = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
  fc.constantFrom(
    'data',
    'data:',
    'data:  two',
    'event: x',
    'event',
    ': comment',
    'id: 7',
    'retry: 1',
    'dataset: no',
    'nothing',
    ':',
  ),
);
const end = fc.constantFrom('\n', '\r\n', '\r');
const stream = fc
  .array(fc.tuple(fc.array(fc.tuple(line, end), { maxLength: 4 }), end), { maxLength: 6 })
  .map((events) => events.map(([lines, last]) => lines.map(([text, eol]) => text + eol).join('') + last).join(''));

describe('events are read alike however their bytes arrive', () => {
  it('agrees with the standard for every split', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(40), { maxLength: 12 }), (text, cuts) => {
        const bytes = Buffer.from(text);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(bytes.subarray(at));
        expect(readAll(chunks).events).toEqual(oracle(bytes));
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 2_000) },
    );
  });

  it('splits at every byte, and gives back every byte of whole events', () => {
    const bytes = Buffer.from('event: a\ndata: {"t":"grün 🚀"}\n\n: c\r\n\r\ndata: 1\rdata: 2\r\rdata: x\n\n');
    const expected = [
      { name: 'a', data: '{"t":"grün 🚀"}' },
      { name: '', data: '1\n2' },
      { name: '', data: 'x' },
    ];
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const read = readAll([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(read.events).toEqual(expected);
      expect(read.raw.equals(bytes)).toBe(true);
    }
    expect(readAll([...bytes].map((byte) => Buffer.from([byte]))).events).toEqual(expected);
  });

  it('an unfinished event is none', () => {
    expect(readAll([Buffer.from('data: 1\n\ndata: 2\n')]).events).toEqual([{ name: '', data: '1' }]);
  });

  it('caps an event, whole or in pieces', () => {
    const large = Buffer.alloc(EVENT_BYTES_MAX + 10, 0x61);
    expect(readAll([large]).fits).toBe(false);
    expect(readAll(Array.from({ length: 20 }, () => Buffer.alloc(100_000, 0x61))).fits).toBe(false);
    expect(readAll(Array.from({ length: 10_000 }, () => Buffer.from('data: x\n'))).fits).toBe(false);
  });
});
