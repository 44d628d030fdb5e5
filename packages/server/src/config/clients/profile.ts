/** macOS configuration profiles: the same bytes as the files, for a management system to deliver. */
import { createHash } from 'node:crypto';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { plist, type PlistValue } from './plist.ts';

const IDENTIFIER = 'dev.countersign.clients';

interface Payload {
  /** Preference domain of the client. */
  readonly domain: string;
  readonly content: Readonly<Record<string, PlistValue>>;
}

/** Codex reads its TOML as base64 text. */
export const codexPayload = (requirements: string, config: string): Payload => ({
  domain: 'com.openai.codex',
  content: { requirements_toml_base64: base64(requirements), config_toml_base64: base64(config) },
});

/** Claude Code reads its settings as members of its domain. There is no place for a key, so that the machine signs in. */
export const claudePayload = (settings: JsonRecord): Payload => ({
  domain: 'com.anthropic.claudecode',
  content: plistOf(settings),
});

/** The same payloads make the same profile, so that a management system sees a change only where there is one. */
export function configurationProfile({ domain, content }: Payload): string {
  const inner = {
    PayloadType: domain,
    PayloadVersion: 1,
    PayloadIdentifier: `${IDENTIFIER}.${domain}`,
    PayloadUUID: uuidOf(`${domain}\0${JSON.stringify(content)}`),
    PayloadDisplayName: `Countersign settings (${domain})`,
    ...content,
  };
  return plist({
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: `${IDENTIFIER}.profile.${domain}`,
    PayloadUUID: uuidOf(`profile\0${inner.PayloadUUID}`),
    PayloadDisplayName: 'Countersign: agent clients',
    PayloadDescription: 'Settings of the agent clients on this machine, from your organisation.',
    PayloadScope: 'System',
    PayloadRemovalDisallowed: true,
    PayloadContent: [inner],
  });
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** A version 8 UUID (RFC 9562): its bits are ours to choose. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text, 'utf8').digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`.toUpperCase();
}

function plistOf(record: JsonRecord): Record<string, PlistValue> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, plistValue(value)]));
}

/** @throws RangeError for null, which a property list does not have */
function plistValue(value: Json): PlistValue {
  if (value === null) throw new RangeError('a property list has no null');
  if (Array.isArray(value)) return (value as readonly Json[]).map(plistValue);
  return isRecord(value) ? plistOf(value) : (value as string | number | boolean);
}
