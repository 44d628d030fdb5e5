/**
 * Questions of a server to the client's user. Each is looked at before it reaches anybody: who asks is named, forms that want secrets and links that
 * lead elsewhere are declined in the user's name.
 */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { ToolServerRecord } from '../../../ports/registry.ts';
import { readText, type Reading } from '../call/content.ts';
import { inspectStrings } from '../call/strings.ts';
import { type Client, takesForms, takesUrls } from '../era/client.ts';

export interface Sorted {
  /** By the server's key: what may be asked. */
  readonly asked: JsonRecord;
  /** By the server's key: answers that we give ourselves. */
  readonly declined: JsonRecord;
  readonly reasons: readonly string[];
}

const QUESTIONS_MAX = 8;
const MESSAGE_CHARS_MAX = 2_000;
const FIELDS_MAX = 32;
const DECLINE: JsonRecord = { action: 'decline' };

/** Capabilities that a server is told of: what the client declared, as far as the operator lets it through. */
export function letThrough(server: ToolServerRecord, client: Client): JsonRecord {
  const forms = takesForms(client);
  const urls = takesUrls(client);
  const asks = server.elicitation && (forms || urls);
  return {
    ...(asks ? { elicitation: { ...(forms ? { form: {} } : {}), ...(urls ? { url: {} } : {}) } } : {}),
    ...(lets(server, client, 'sampling') ? { sampling: {} } : {}),
    ...(lets(server, client, 'roots') ? { roots: {} } : {}),
  };
}

/** What an operator may let through besides elicitations; without the switch nothing is. */
type Other = 'sampling' | 'roots';

const lets = (server: ToolServerRecord, { capabilities }: Client, what: Other): boolean =>
  server[what] && isRecord(capabilities[what]);

const OTHERS: Readonly<Record<string, Other>> = { 'sampling/createMessage': 'sampling', 'roots/list': 'roots' };
/** Of a prompt that a server wants to have answered by the client's model. */
const SAMPLING_CHARS_MAX = 64 * 1024;

/** The text of a prompt is read like every other that comes from a server. */
async function readOther(
  server: ToolServerRecord,
  client: Client,
  reading: Reading,
  { method, params }: JsonRecord,
): Promise<JsonRecord | string> {
  const what = OTHERS[String(method)];
  if (what === undefined) return 'questions of this kind are not let through';
  if (!lets(server, client, what)) return `the operator or the client takes no ${what} for this server`;
  if (what === 'roots') return { method: 'roots/list' };
  if (!isRecord(params) || JSON.stringify(params).length > SAMPLING_CHARS_MAX) return 'the prompt cannot be read';
  const { _meta, ...rest } = params;
  if (reading.inspector === undefined) return { method: 'sampling/createMessage', params: rest };
  const read = await inspectStrings(reading.inspector, rest, 'elicitation');
  reading.findings.push(...read.findings);
  return { method: 'sampling/createMessage', params: read.value };
}

/** What a server says it needs of the client, as far as the operator would let it through; undefined where that is nothing. */
export function neededOf(server: ToolServerRecord, data: Json | undefined): JsonRecord | undefined {
  const named = isRecord(data) && isRecord(data['requiredCapabilities']) ? data['requiredCapabilities'] : {};
  const open = (['elicitation', 'sampling', 'roots'] as const).filter((name) => isRecord(named[name]) && server[name]);
  return open.length === 0 ? undefined : Object.fromEntries(open.map((name) => [name, named[name] ?? {}]));
}

/** @throws Fault of the inspector */
export async function sortQuestions(
  server: ToolServerRecord,
  client: Client,
  reading: Reading,
  requests: JsonRecord,
): Promise<Sorted> {
  const asked: Record<string, Json> = {};
  const declined: Record<string, Json> = {};
  const reasons: string[] = [];
  for (const [index, [key, request]] of Object.entries(requests).entries()) {
    const read =
      index < QUESTIONS_MAX ? await readQuestion(server, client, reading, request) : 'more questions than are let through';
    if (typeof read !== 'string') asked[key] = read;
    else {
      declined[key] = DECLINE;
      reasons.push(read);
    }
  }
  return { asked, declined, reasons };
}

/** @returns the question as it may be asked, or why it may not */
async function readQuestion(
  server: ToolServerRecord,
  client: Client,
  reading: Reading,
  request: Json,
): Promise<JsonRecord | string> {
  if (!isRecord(request)) return 'the question cannot be read';
  if (request['method'] !== 'elicitation/create') return readOther(server, client, reading, request);
  if (!server.elicitation) return 'the operator lets no elicitation of this server through';
  const { params } = request;
  if (!isRecord(params) || typeof params['message'] !== 'string') return 'the elicitation cannot be read';
  const text = await readText(reading, params['message'].slice(0, MESSAGE_CHARS_MAX), 'elicitation');
  const message = `The tool server "${server.title}" (${server.id}) asks through Countersign: ${text}`;
  if (params['mode'] === 'url') return takesUrls(client) ? readLink(server, message, params) : 'the client takes no links';
  return takesForms(client) ? readForm(reading, message, params) : 'the client takes no forms';
}

function readLink({ elicitationHosts }: ToolServerRecord, message: string, { url }: JsonRecord): JsonRecord | string {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.protocol !== 'https:' || parsed.username !== '' || parsed.password !== '')
    return 'the link is not a plain https address';
  if (!elicitationHosts.some((host) => hostFits(host, parsed.hostname))) return 'the link leads to a host that is not listed';
  return { method: 'elicitation/create', params: { mode: 'url', message, url: parsed.href } };
}

/** `*.example.com` stands for every name below it, and for no other. */
const hostFits = (pattern: string, host: string): boolean =>
  pattern.startsWith('*.') ? host.endsWith(pattern.slice(1).toLowerCase()) : host === pattern.toLowerCase();

const SECRETS =
  /pass\s*-?\s*(?:word|phrase|code|key)|passwd|\bpwd\b|\bpin\b|secret|credential|token|api[\s_-]*key|access[\s_-]*key|private[\s_-]*key|\botp\b|one[\s_-]*time|2fa|\bmfa\b|cvv|cvc|card[\s_-]*number|\bssn\b|social[\s_-]*security|seed[\s_-]*phrase|recovery[\s_-]*(?:code|phrase|key)|verification[\s_-]*code|security[\s_-]*(?:code|answer)/i;

const FIELD_TYPES = ['string', 'number', 'integer', 'boolean', 'array'];

async function readForm(reading: Reading, message: string, params: JsonRecord): Promise<JsonRecord | string> {
  const schema = params['requestedSchema'];
  if (!isRecord(schema) || !isRecord(schema['properties'])) return 'the form cannot be read';
  const fields = Object.entries(schema['properties']);
  if (fields.length > FIELDS_MAX) return 'the form has too many fields';
  const properties: Record<string, Json> = {};
  for (const [name, field] of fields) {
    if (!isRecord(field) || typeof field['type'] !== 'string' || !FIELD_TYPES.includes(field['type']))
      return 'the form cannot be read';
    if (asksForSecret(name, field)) return 'the form asks for a secret';
    properties[name] = await readField(reading, field);
  }
  if (SECRETS.test(message.normalize('NFKC'))) return 'the form asks for a secret';
  const { required } = schema;
  const kept = Array.isArray(required) ? required.filter((name) => typeof name === 'string' && name in properties) : [];
  return {
    method: 'elicitation/create',
    params: {
      mode: 'form',
      message,
      requestedSchema: { type: 'object', properties, ...(kept.length > 0 ? { required: kept } : {}) },
    },
  };
}

function asksForSecret(name: string, { title, description, format }: JsonRecord): boolean {
  // `apiKey` and `api_key` are read like "api key".
  const spaced = name.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').replaceAll(/[_-]/g, ' ');
  return [name, spaced, title, description, format].some(
    (text) => typeof text === 'string' && SECRETS.test(text.normalize('NFKC')),
  );
}

const FIELD_MEMBERS = [
  ...['type', 'format', 'default', 'enum', 'enumNames', 'oneOf', 'items', 'minItems', 'maxItems'],
  ...['minLength', 'maxLength', 'minimum', 'maximum', 'pattern'],
];

async function readField(reading: Reading, field: JsonRecord): Promise<JsonRecord> {
  const kept: Record<string, Json> = {};
  for (const member of FIELD_MEMBERS) if (field[member] !== undefined) kept[member] = field[member];
  for (const member of ['title', 'description']) {
    const text = field[member];
    if (typeof text === 'string') kept[member] = await readText(reading, text.slice(0, MESSAGE_CHARS_MAX), 'elicitation');
  }
  return kept;
}

const ACTIONS = ['accept', 'decline', 'cancel'];
const ANSWER_CHARS_MAX = 16 * 1024;

/** The client's answer as far as it is one to this question; unknown members of answers to elicitations are left out. */
export function readAnswer(question: Json | undefined, given: Json | undefined): JsonRecord | undefined {
  const method = isRecord(question) ? question['method'] : undefined;
  if (!isRecord(given) || JSON.stringify(given).length > ANSWER_CHARS_MAX) return undefined;
  if (method === 'roots/list') return Array.isArray(given['roots']) ? { roots: given['roots'] } : undefined;
  if (method === 'sampling/createMessage')
    return isRecord(given['content']) || Array.isArray(given['content']) ? given : undefined;
  return readElicited(given);
}

function readElicited(given: JsonRecord): JsonRecord | undefined {
  if (typeof given['action'] !== 'string' || !ACTIONS.includes(given['action'])) return undefined;
  const { action, content } = given;
  if (content === undefined || action !== 'accept') return { action };
  return isRecord(content) ? { action, content } : undefined;
}
