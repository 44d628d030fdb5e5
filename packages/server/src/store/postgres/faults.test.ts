import { Fault } from '@countersign/kernel/fault';
import { describe, expect, test } from 'vitest';
import { isConnectionLost, isRerunnable, storeFault } from './faults.ts';
import { parseBigint } from './types.ts';

const coded = (code: string, message = 'text of the database') => Object.assign(new Error(message), { code });

describe('every error of the store is one fault, whose public text says nothing of the database', () => {
  test.each([
    ['53100', 'store.full'],
    ['53300', 'store.busy'],
    ['53200', 'store.busy'],
    ['57014', 'store.slow'],
    ['55P03', 'store.slow'],
    ['25P03', 'store.slow'],
    ['57P01', 'store.unavailable'],
    ['57P03', 'store.unavailable'],
    ['08006', 'store.unavailable'],
    ['28P01', 'store.unavailable'],
    ['3D000', 'store.unavailable'],
    ['58030', 'store.unavailable'],
    ['25006', 'store.unavailable'],
    ['ECONNREFUSED', 'store.unavailable'],
    ['ENOENT', 'store.unavailable'],
    ['42501', 'store.unsafe'],
    ['XX001', 'store.unsafe'],
    ['22021', 'request.invalid'],
    ['22P05', 'request.invalid'],
  ])('%s is %s', (code, expected) => {
    const fault = storeFault(coded(code));
    expect(fault).toBeInstanceOf(Fault);
    expect(fault).toMatchObject({ code: expected });
    expect((fault as Fault).publicText).not.toContain('text of the database');
  });

  test.each([
    ['timeout exceeded when trying to connect', 'store.busy'],
    ['Query read timeout', 'store.slow'],
    ['Connection terminated unexpectedly', 'store.unavailable'],
    ['Client has encountered a connection error and is not queryable', 'store.unavailable'],
    ['could not write to file: No space left on device', 'store.full'],
  ])('%s is %s', (message, expected) => {
    expect(storeFault(new Error(message))).toMatchObject({ code: expected });
  });

  test('what is not of the store passes unchanged', () => {
    const own = new Fault('budget.exceeded', 'no');
    const bug = new TypeError('x is undefined');
    const unique = coded('23505');
    expect([storeFault(own), storeFault(bug), storeFault(unique)]).toEqual([own, bug, unique]);
  });
});

test.each([
  ['40001', true, false],
  ['40P01', true, false],
  ['57P01', false, true],
  ['ECONNRESET', false, true],
  ['23505', false, false],
])('%s: rerun %s, lost %s', (code, rerun, lost) => {
  expect([isRerunnable(coded(code)), isConnectionLost(coded(code))]).toEqual([rerun, lost]);
});

test('a bigint is exact, or an error', () => {
  expect(parseBigint('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  expect(parseBigint('-5')).toBe(-5);
  expect(() => parseBigint('9007199254740992')).toThrow(RangeError);
});
