/** Cedar's extension functions and methods; a method's receiver is its first argument. */
import { Datetime, dateOf, durationSince, offsetDatetime, parseDatetime, timeOf } from './extension/datetime.ts';
import { Decimal, parseDecimal } from './extension/decimal.ts';
import { Duration, MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND, parseDuration } from './extension/duration.ts';
import { IpAddress, parseIp } from './extension/ip.ts';
import { ARITY_FAILURE, TYPE_FAILURE } from './fail.ts';
import { divideLong } from './long.ts';
import { asText, type Value } from './value.ts';

type Function = (...args: readonly Value[]) => Value;

const asDecimal = (value: Value | undefined): Decimal => {
  if (value instanceof Decimal) return value;
  throw TYPE_FAILURE;
};
const asDatetime = (value: Value | undefined): Datetime => {
  if (value instanceof Datetime) return value;
  throw TYPE_FAILURE;
};
const asDuration = (value: Value | undefined): Duration => {
  if (value instanceof Duration) return value;
  throw TYPE_FAILURE;
};
const asIp = (value: Value | undefined): IpAddress => {
  if (value instanceof IpAddress) return value;
  throw TYPE_FAILURE;
};

function unary(apply: (value: Value) => Value): Function {
  return (...args) => {
    const [value] = args;
    if (args.length !== 1 || value === undefined) throw ARITY_FAILURE;
    return apply(value);
  };
}

function binary(apply: (left: Value, right: Value) => Value): Function {
  return (...args) => {
    const [left, right] = args;
    if (args.length !== 2 || left === undefined || right === undefined) throw ARITY_FAILURE;
    return apply(left, right);
  };
}

const inUnits = (unitMs: number): Function => unary((value) => divideLong(asDuration(value).ms, unitMs));

export const FUNCTIONS: ReadonlyMap<string, Function> = new Map<string, Function>([
  ['decimal', unary((text) => parseDecimal(asText(text)))],
  ['lessThan', binary((a, b) => asDecimal(a).scaled < asDecimal(b).scaled)],
  ['lessThanOrEqual', binary((a, b) => asDecimal(a).scaled <= asDecimal(b).scaled)],
  ['greaterThan', binary((a, b) => asDecimal(a).scaled > asDecimal(b).scaled)],
  ['greaterThanOrEqual', binary((a, b) => asDecimal(a).scaled >= asDecimal(b).scaled)],
  ['ip', unary((text) => parseIp(asText(text)))],
  ['isIpv4', unary((ip) => asIp(ip).version === 4)],
  ['isIpv6', unary((ip) => asIp(ip).version === 6)],
  ['isLoopback', unary((ip) => asIp(ip).isLoopback())],
  ['isMulticast', unary((ip) => asIp(ip).isMulticast())],
  ['isInRange', binary((ip, range) => asIp(ip).isInRange(asIp(range)))],
  ['datetime', unary((text) => parseDatetime(asText(text)))],
  ['duration', unary((text) => parseDuration(asText(text)))],
  ['offset', binary((at, by) => offsetDatetime(asDatetime(at), asDuration(by)))],
  ['durationSince', binary((later, earlier) => durationSince(asDatetime(later), asDatetime(earlier)))],
  ['toDate', unary((at) => dateOf(asDatetime(at)))],
  ['toTime', unary((at) => timeOf(asDatetime(at)))],
  ['toMilliseconds', inUnits(1)],
  ['toSeconds', inUnits(MS_PER_SECOND)],
  ['toMinutes', inUnits(MS_PER_MINUTE)],
  ['toHours', inUnits(MS_PER_HOUR)],
  ['toDays', inUnits(MS_PER_DAY)],
]);
