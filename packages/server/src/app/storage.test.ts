import { expect, test } from 'vitest';
import { asFault } from '@countersign/kernel/fault';
import { openStorage } from './storage.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

test.each(['notaurl', 'localhost:5432/countersign', 'mysql://user:sample-word@host/name', 'file:///etc/passwd'])(
  'an address that is none of PostgreSQL is told as such, and not repeated: %s',
  async (databaseUrl) => {
    const fault = asFault(await openStorage({ dir: '/nowhere', databaseUrl, log }).catch((thrown: unknown) => thrown));
    expect(fault.code).toBe('config.invalid');
    expect(fault.publicText).toContain('postgres://');
    expect(fault.publicText).not.toContain('sample-word');
  },
);

test.each([
  'postgres://127.0.0.1:1/name',
  'postgresql://user@127.0.0.1:1/name',
  'postgres://user:word@/name?host=/nowhere',
  'socket:/nowhere?db=name',
  '/nowhere name',
])('an address of PostgreSQL is tried: %s', async (databaseUrl) => {
  const opening = openStorage({ dir: '/nowhere', databaseUrl, log });
  expect(asFault(await opening.catch((thrown: unknown) => thrown)).code).toBe('store.unavailable');
});
