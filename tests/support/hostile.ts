/** What every refusal must keep to: the caller's wire format, a clear code, one record, and nothing of our inside. */
import { homedir } from 'node:os';
import { expect } from 'vitest';
import { bodyOf, call, type Told, type Wire } from './calls.ts';
import type { Installation } from './installation.ts';

export const PROVIDER_SECRET = 'provider-secret-never-seen-by-agents';

/** Stack frames, paths of ours, the language of the database, secrets. */
const INSIDE = [
  /\bat \S+ \(|\.[cm]?[jt]s:\d+/,
  /node_modules|packages\/|\/tmp\/|\/home\//,
  /\bselect \b.*\bfrom\b|postgres|SQLSTATE|\bpg_/i,
  /TypeError|SyntaxError|RangeError|ZodError|ECONN|EPIPE/,
  /csk_|whsec_/,
  new RegExp(PROVIDER_SECRET),
];

export function expectNothingOfOurs(text: string): void {
  for (const pattern of INSIDE) expect(text).not.toMatch(pattern);
  for (const folder of [process.cwd(), homedir()]) expect(text.includes(`${folder}/`)).toBe(false);
}

/** The error form of the vendor whose API was called. */
export function expectWireError(wire: Wire, told: Told): void {
  expect(told.headers.get('content-type')).toMatch(/^application\/json/);
  const message = expect.stringMatching(/^Countersign: .+ \[[a-z._-]+, request [a-z]+_[0-9A-Za-z_-]+\]$/);
  const openai = {
    error: { message, type: expect.stringMatching(/^[a-z_]+$/), param: null, code: expect.stringMatching(/^[a-z._-]+$/) },
  };
  const anthropic = {
    type: 'error',
    error: { type: expect.stringMatching(/^[a-z_]+$/), message },
    request_id: expect.any(String),
  };
  expect(told.json).toMatchObject(wire === 'messages' ? anthropic : openai);
  expect(told.headers.get('x-countersign-request-id')).toBeTruthy();
  expectNothingOfOurs(told.text + JSON.stringify([...told.headers]));
}

export interface Recorded {
  readonly type: string;
  readonly decision?: { readonly answer: string; readonly code: string };
  readonly outcome?: { readonly status: string; readonly code?: string };
  readonly detail?: { readonly code?: string; readonly count?: number };
  readonly cost?: { readonly microUsd: number; readonly usage: string };
}

export const sizeOf = async ({ admin }: Pick<Installation, 'admin'>): Promise<number> =>
  Number((await admin.get('/api/v1/ledger/checkpoint')).json['size']);

export async function entriesSince({ admin }: Pick<Installation, 'admin'>, size: number): Promise<Recorded[]> {
  const { json } = await admin.get('/api/v1/ledger/entries', { limit: 1_000, cursor: size });
  return (json['data'] as unknown as { entry: Recorded }[]).map(({ entry }) => entry);
}

/** The server is none the worse for it. */
export async function expectGood(url: string, key: string, wire: Wire = 'responses'): Promise<void> {
  const told = await call(url, key, { wire, body: bodyOf(wire) });
  expect([told.status, told.json?.['error']]).toEqual([200, undefined]);
}
