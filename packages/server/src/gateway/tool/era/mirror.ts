/**
 * Headers that mirror the body (2026-07-28). Policy reads the body; a header that says something else was meant for somebody who reads only headers,
 * so the request is refused.
 */
import type { IncomingMessage } from 'node:http';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { RpcRequest } from '../rpc/message.ts';

/** By lower-case name; null where a header came more than once. */
export type Mirrors = ReadonlyMap<string, string | null>;

export function readMirrors({ rawHeaders }: IncomingMessage): Mirrors {
  const found = new Map<string, string | null>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (!/^mcp-/i.test(name)) continue;
    const lower = name.toLowerCase();
    found.set(lower, found.has(lower) ? null : (rawHeaders[i + 1] ?? '').trim());
  }
  return found;
}

const NAMED: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** @returns the public sentence of what differs, or undefined */
export function mirrorProblem(mirrors: Mirrors, version: string, { method, params }: RpcRequest): string | undefined {
  const wanted: [string, Json | undefined][] = [
    ['MCP-Protocol-Version', version],
    ['Mcp-Method', method],
  ];
  const named = NAMED[method];
  if (named !== undefined) wanted.push(['Mcp-Name', params[named]]);
  for (const [name, value] of wanted) {
    const given = mirrors.get(name.toLowerCase());
    if (given === undefined) return `The header \`${name}\` is missing.`;
    if (given === null) return `The header \`${name}\` came more than once.`;
    // What is no string is refused for itself.
    if (typeof value === 'string' && (name === 'Mcp-Name' ? decodeSentinel(given) : given) !== value)
      return `The header \`${name}\` differs from the body.`;
  }
  return undefined;
}

const SENTINEL = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/;

/** Undefined where the text is marked as encoded and is not. */
export function decodeSentinel(value: string): string | undefined {
  const [, body] = SENTINEL.exec(value) ?? [];
  if (body === undefined) return value;
  const bytes = Buffer.from(body, 'base64');
  if (bytes.toString('base64') !== body) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export interface MirroredParam {
  /** Lower case, with its prefix. */
  readonly header: string;
  readonly path: readonly string[];
}

const DEPTH_MAX = 16;

/** Parameters that a tool's input schema asks clients to mirror, reached through properties only. */
export function mirroredParams(schema: Json | undefined, path: readonly string[] = []): readonly MirroredParam[] {
  if (!isRecord(schema) || !isRecord(schema['properties']) || path.length > DEPTH_MAX) return [];
  return Object.entries(schema['properties']).flatMap(([name, property]) => {
    const here = [...path, name];
    const mirror = isRecord(property) ? property['x-mcp-header'] : undefined;
    const own = typeof mirror === 'string' ? [{ header: `mcp-param-${mirror.toLowerCase()}`, path: here }] : [];
    return [...own, ...mirroredParams(property, here)];
  });
}

/** @returns the public sentence of what differs, or undefined */
export function paramProblem(mirrors: Mirrors, wanted: readonly MirroredParam[], args: JsonRecord): string | undefined {
  for (const { header, path } of wanted) {
    const given = mirrors.get(header);
    const value = path.reduce<Json | undefined>((at, name) => (isRecord(at) ? at[name] : undefined), args);
    const where = `\`${header}\` and the argument \`${path.join('.')}\``;
    if (given === null) return `The header \`${header}\` came more than once.`;
    if (value === undefined || value === null) {
      if (given !== undefined) return `The header \`${header}\` has no argument in the body.`;
      continue;
    }
    if (given === undefined) return `The header \`${header}\` is missing.`;
    if (!sameValue(decodeSentinel(given), value)) return `The header ${where} differ.`;
  }
  return undefined;
}

function sameValue(given: string | undefined, value: Json): boolean {
  if (given === undefined) return false;
  if (typeof value === 'number') return /^-?\d+(\.0+)?$/.test(given) && Number(given) === value;
  if (typeof value === 'boolean') return given === String(value);
  return given === value;
}
