/** Log records, metric points and spans, in one form for both encodings of OTLP. */

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };
export type Attributes = Readonly<Record<string, Plain>>;

export const SIGNALS = ['logs', 'metrics', 'traces'] as const;
export type Signal = (typeof SIGNALS)[number];

export interface TelemetryRecord {
  /** Of the event, the metric or the span. */
  readonly name: string;
  /** Milliseconds since 1970; undefined where the client does not say, or says what is no time. */
  readonly timeMs: number | undefined;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  /** Of a metric's point. */
  readonly value?: number;
}

/** A batch of a client holds hundreds. */
export const RECORDS_MAX = 20_000;
export const ATTRIBUTES_MAX = 256;
export const DEPTH_MAX = 8;

/** The batch has a form that is not read. Public text. */
export class BatchProblem extends Error {}

export const timeOf = (nanos: bigint): number | undefined => {
  const ms = Number(nanos / 1_000_000n);
  return nanos > 0n && ms < TIME_MS_MAX ? ms : undefined;
};

/** Year 9999: later ones have no RFC 3339 form. */
const TIME_MS_MAX = 253_402_300_799_000;

/** Event names stand in an attribute with some clients, in a member of the record or in its body with others. */
export function nameOf(attributes: Attributes, member: Plain | undefined, body: Plain | undefined): string {
  for (const one of [attributes['event.name'], member, body])
    if (typeof one === 'string' && /^[\w./-]{1,128}$/.test(one)) return one;
  return '';
}

export class Collected {
  readonly records: TelemetryRecord[] = [];

  add(record: TelemetryRecord): void {
    if (this.records.length >= RECORDS_MAX) throw new BatchProblem(`The batch holds more than ${RECORDS_MAX} records.`);
    this.records.push(record);
  }
}

/** Without a prototype: a client may name an attribute as it likes. */
export function attributesOf(pairs: Iterable<readonly [string, Plain]>): Attributes {
  const all: Record<string, Plain> = Object.create(null) as Record<string, Plain>;
  let count = 0;
  for (const [name, value] of pairs) {
    count += 1;
    if (count > ATTRIBUTES_MAX) throw new BatchProblem(`A record has more than ${ATTRIBUTES_MAX} attributes.`);
    if (name.length <= 128) all[name] = value;
  }
  return all;
}
