/** Random Cedar expressions as text: mostly of the asked type, now and then of another, so that every kind of failure is met too. */
import type { Dice } from './random.ts';

export type Kind = 'bool' | 'long' | 'string' | 'set' | 'record' | 'entity' | 'decimal' | 'datetime' | 'duration' | 'ip';
export const KINDS: readonly Kind[] = [
  'bool',
  'long',
  'string',
  'set',
  'record',
  'entity',
  'decimal',
  'datetime',
  'duration',
  'ip',
];

export const ATTRIBUTES = ['a', 'b', 'c', 'x y', '__proto__', 'constructor'];
export const ENTITY_TYPES = ['A', 'B', 'N::C'];
export const IDS = ['1', '2', 'é"\\', ''];
const LONGS = [
  '0',
  '1',
  '-1',
  '2',
  '7',
  '1000',
  '86400000',
  '9007199254740991',
  '9007199254740993',
  '4611686018427387904',
  '9223372036854775807',
  '-9223372036854775808',
];
const STRINGS = ['', 'a', 'ab', 'a*b', 'é', 'e\u0301', '😀', 'a/b/c', 'line\nbreak', '1'];
const PATTERNS = ['*', '', 'a*', '*b', 'a*b', '*a*', 'a\\*b', '**', '*/*', 'é*', '*😀', '*\\**'];
const DECIMALS = [
  '1.0',
  '1.00',
  '0.0001',
  '-1.5',
  '922337203685477.5807',
  '-922337203685477.5808',
  '922337203685477.5808',
  '1',
  '.5',
  '+1.0',
  '1.00000',
  '01.10',
  '-0.0',
  '1.',
  ' 1.0',
  '1e1.0',
  '00000000000000000000001.5',
];
const DATETIMES = [
  '2024-10-15',
  '1970-01-01',
  '1969-12-31T23:59:59.999Z',
  '2024-02-29',
  '2023-02-29',
  '2024-10-15T11:35:00Z',
  '2024-10-15T11:35:00.000Z',
  '2024-10-15T11:35:00.00Z',
  '2024-10-15T11:35:00+0100',
  '2024-10-15T11:35:00-2359',
  '2024-10-15T11:35:00+2400',
  '2024-10-15T11:35:00+0060',
  '2024-10-15T24:00:00Z',
  '2024-10-15T23:59:60Z',
  '0000-01-01',
  '9999-12-31T23:59:59.999-2359',
  '2024-10-15T11:35:00+01:00',
  '2024-10-15t11:35:00z',
  '2024-10-15T11:35:00',
  '2024-13-01',
  '2024-00-10',
  '2024-04-31',
  '1900-02-29',
  '2000-02-29',
  '0000-02-29',
  '-001-01-01',
  '10000-01-01',
  '2024-10-15T11:35Z',
  '2024-10-15 ',
];
const DURATIONS = [
  '1d',
  '1h',
  '1d2h3m4s5ms',
  '-1d',
  '-1d12h',
  '0ms',
  '1m',
  '1ms',
  '-1ms',
  '1ms1s',
  '1h1h',
  '',
  '-',
  '+1d',
  '1.5h',
  '1D',
  '9223372036854775807ms',
  '-9223372036854775808ms',
  '9223372036854775808ms',
  '106751991167d',
  '106751991168d',
  '1d-1h',
  '00001d',
  '1 d',
  '3d12h',
];
const IPS = [
  '127.0.0.1',
  '127.0.0.1/32',
  '127.0.0.1/8',
  '127.0.0.0/7',
  '10.0.0.0/24',
  '10.0.0.7/24',
  '10.0.0.7',
  '::1',
  '::1/128',
  '::1/127',
  '::',
  '1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7::',
  '::2:3:4:5:6:7:8',
  '1::8',
  '1:2:3:4::5:6:7:8',
  '::ffff:1.2.3.4',
  'fe80::1%eth0',
  '224.0.0.1',
  '224.0.0.0/4',
  '224.0.0.0/3',
  'ff00::/8',
  'ff02::1',
  'ff00::/7',
  '01.2.3.4',
  '1.2.3',
  '1.2.3.4.5',
  '256.1.1.1',
  '1.2.3.4/33',
  '1.2.3.4/032',
  '1.2.3.4/',
  '::/129',
  '::/0',
  '0.0.0.0/0',
  ':::',
  '1::2::3',
  'ABCD::',
  '12345::',
  '00001::',
  '1.2.3.4/-1',
  '/8',
  '',
  '1.2.3.4/00',
];

function quote(text: string): string {
  const escaped = [...text].map((char) => {
    if (char === '"' || char === '\\') return `\\${char}`;
    return char >= ' ' && char <= '~' ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
  });
  return `"${escaped.join('')}"`;
}

export const entityText = (dice: Dice): string => `${dice.pick(ENTITY_TYPES)}::${quote(dice.pick(IDS))}`;

export class Expressions {
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  of(kind: Kind, depth: number): string {
    const dice = this.#dice;
    const asked = dice.chance(0.04) ? dice.pick(KINDS) : kind;
    if (depth <= 0 || dice.chance(0.1)) return this.#leaf(asked);
    if (dice.chance(0.12))
      return `(if ${this.of('bool', depth - 1)} then ${this.of(asked, depth - 1)} else ${this.of(asked, depth - 1)})`;
    if (dice.chance(0.22)) return this.#read(depth - 1);
    return this.#made(asked, depth - 1);
  }

  #read(depth: number): string {
    const dice = this.#dice;
    const from = dice.chance(0.7)
      ? dice.pick(['principal', 'resource', 'context', 'action'])
      : this.of(dice.pick(['entity', 'record']), depth);
    if (dice.chance(0.1)) return `(${this.of('entity', depth)}).getTag(${this.of('string', depth)})`;
    return `(${from})[${quote(dice.pick(ATTRIBUTES))}]`;
  }

  #leaf(kind: Kind): string {
    const dice = this.#dice;
    switch (kind) {
      case 'bool':
        return dice.pick(['true', 'false']);
      case 'long':
        return `(${dice.pick(LONGS)})`;
      case 'string':
        return quote(dice.pick(STRINGS));
      case 'set':
        return `[${dice.list(3, () => this.#leaf(dice.pick(KINDS))).join(', ')}]`;
      case 'record':
        return 'context';
      case 'entity':
        return dice.chance(0.5) ? dice.pick(['principal', 'resource', 'action']) : entityText(dice);
      case 'decimal':
        return `decimal(${quote(dice.pick(DECIMALS))})`;
      case 'datetime':
        return `datetime(${quote(dice.pick(DATETIMES))})`;
      case 'duration':
        return `duration(${quote(dice.pick(DURATIONS))})`;
      case 'ip':
        return `ip(${quote(dice.pick(IPS))})`;
    }
  }

  #made(kind: Kind, depth: number): string {
    const dice = this.#dice;
    const of = (operand: Kind) => this.of(operand, depth);
    switch (kind) {
      case 'bool':
        return this.#bool(depth);
      case 'long':
        return dice.chance(0.7)
          ? dice.pick([
              () => `(${of('long')} + ${of('long')})`,
              () => `(${of('long')} - ${of('long')})`,
              () => `(${of('long')} * ${of('long')})`,
              () => `(-${of('long')})`,
            ])()
          : `(${of('duration')}).${dice.pick(['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'])}()`;
      case 'set':
        return `[${dice.list(4, () => this.of(dice.pick(KINDS), depth - 1)).join(', ')}]`;
      case 'record':
        return `{${dice
          .some(ATTRIBUTES, 0.4)
          .map((name) => `${quote(name)}: ${this.of(dice.pick(KINDS), depth - 1)}`)
          .join(', ')}}`;
      case 'datetime':
        return dice.chance(0.6) ? `(${of('datetime')}).offset(${of('duration')})` : `(${of('datetime')}).toDate()`;
      case 'duration':
        return dice.chance(0.6) ? `(${of('datetime')}).durationSince(${of('datetime')})` : `(${of('datetime')}).toTime()`;
      default:
        return this.#leaf(kind);
    }
  }

  #bool(depth: number): string {
    const dice = this.#dice;
    const of = (kind: Kind) => this.of(kind, depth);
    const same = dice.pick(KINDS);
    return dice.pick([
      () => `(${of('bool')} && ${of('bool')})`,
      () => `(${of('bool')} || ${of('bool')})`,
      () => `(${of('bool')} && ${of('bool')} && ${of('bool')} || ${of('bool')})`,
      () => `(!${of('bool')})`,
      () => `(${of(same)} ${dice.pick(['==', '!='])} ${of(same)})`,
      () => `(${of(dice.pick(KINDS))} == ${of(dice.pick(KINDS))})`,
      () => `(${of('long')} ${dice.pick(['<', '<=', '>', '>='])} ${of('long')})`,
      () => this.#compare(dice.pick(['datetime', 'duration']), depth),
      () => `(${of('entity')} in ${of('entity')})`,
      () => `(${of('entity')} in [${dice.list(3, () => this.of('entity', depth - 1)).join(', ')}])`,
      () => `(${of('entity')} is ${dice.pick(ENTITY_TYPES)}${dice.chance(0.4) ? ` in ${of('entity')}` : ''})`,
      () => `(${of('set')}).contains(${of(dice.pick(KINDS))})`,
      () => `(${of('set')}).${dice.pick(['containsAll', 'containsAny'])}(${of('set')})`,
      () => `(${of('set')}).isEmpty()`,
      () =>
        `(${dice.chance(0.6) ? dice.pick(['principal', 'resource', 'context']) : of(dice.pick(['entity', 'record']))} has ${quote(dice.pick(ATTRIBUTES))})`,
      () => `(${dice.pick(['principal', 'resource', 'context'])} has ${dice.pick(['a.b', 'b.c', 'a.b.c', 'c.a', 'b.a'])})`,
      () => `(${of('string')} like ${this.#pattern()})`,
      () => `(${of('entity')}).hasTag(${of('string')})`,
      () =>
        `(${of('decimal')}).${dice.pick(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'])}(${of('decimal')})`,
      () => `(${of('ip')}).${dice.pick(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'])}()`,
      () => `(${of('ip')}).isInRange(${of('ip')})`,
    ])();
  }

  #compare(kind: Kind, depth: number): string {
    return `(${this.of(kind, depth)} ${this.#dice.pick(['<', '<=', '>', '>='])} ${this.of(kind, depth)})`;
  }

  #pattern(): string {
    const pattern = this.#dice.pick(PATTERNS);
    return `"${pattern.replace(/[^ -~]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)}"`;
  }
}
