/** Credentials that go along with calls: resolved when they are needed, and taken out of whatever comes back. */
import type { Json } from '@countersign/kernel/json';
import type { ToolServerRecord } from '../../../ports/registry.ts';
import type { Credentials } from '../../shared/credential.ts';
import { Failed } from '../failed.ts';
import { mapStrings } from './json.ts';

export interface Secrets {
  readonly env: Readonly<Record<string, string>>;
  /** Name, value, name, value ... */
  readonly headers: readonly string[];
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The bare values and the forms in which they may come back. */
  readonly values: readonly string[];
}

export const NO_SECRETS: Secrets = { env: {}, headers: [], query: [], values: [] };

/** What stands where a credential of ours was. */
export const REDACTED = '[WITHHELD:credential]';

/** Shorter values are ordinary words: taking them out would tell where they are. */
const REDACTED_CHARS_MIN = 4;

/** @throws Failed unresolved, naming the reference and never the value */
export function resolveSecrets(record: ToolServerRecord, credentials: Credentials): Secrets {
  if (record.credentials.length === 0) return NO_SECRETS;
  const env: Record<string, string> = {};
  const headers: string[] = [];
  const query: (readonly [string, string])[] = [];
  const values = new Set<string>();
  const child = record.transport.kind === 'stdio';
  for (const injected of record.credentials) {
    if (child !== (injected.in === 'env'))
      throw unresolved(`a ${record.transport.kind} server takes no credential in ${injected.in} (${injected.name})`);
    const secret = credentials.resolve(injected.reference);
    if (typeof secret !== 'string') throw unresolved(`credential ${injected.reference} of tool server ${record.id}`);
    const value = injected.prefix + secret;
    if (injected.in === 'env') env[injected.name] = value;
    else if (injected.in === 'header') headers.push(injected.name.toLowerCase(), value);
    else query.push([injected.name, value]);
    for (const form of formsOf(secret)) values.add(form);
  }
  return { env, headers, query, values: [...values].sort((a, b) => b.length - a.length) };
}

const unresolved = (internal: string): Failed => new Failed('unresolved', internal, { sent: false });

function formsOf(secret: string): string[] {
  if (secret.length < REDACTED_CHARS_MIN) return [];
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
}

export function redactText(text: string, values: readonly string[]): string {
  let clean = text;
  for (const value of values) if (clean.includes(value)) clean = clean.replaceAll(value, REDACTED);
  return clean;
}

/** The same value, and the same object, where no credential is in it. */
export function redactJson<T extends Json>(value: T, values: readonly string[]): T {
  if (values.length === 0) return value;
  let found = false;
  const clean = mapStrings(value, (text) => {
    const after = redactText(text, values);
    if (after !== text) found = true;
    return after;
  });
  return found ? (clean as T) : value;
}
