/** One HTTP operation as a tool, whether a document describes it or the governance directory declares it. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { HttpOperation } from '../../../ports/registry.ts';

export type Method = HttpOperation['method'];
export type Style = 'simple' | 'label' | 'matrix' | 'form' | 'spaceDelimited' | 'pipeDelimited' | 'deepObject';

/** Where an argument goes. */
export interface Placed {
  readonly argument: string;
  /** Name on the wire. */
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly style: Style;
  readonly explode: boolean;
  /** The value is sent as JSON text. */
  readonly json: boolean;
}

export interface BodyPlan {
  readonly media: 'application/json' | 'application/x-www-form-urlencoded';
  /** Argument that is the whole body; null where arguments are its members. */
  readonly whole: string | null;
  /** Argument to member. */
  readonly members: ReadonlyMap<string, string>;
}

export interface RestOperation {
  readonly name: string;
  readonly description: string;
  readonly method: Method;
  /** `/issues/{number}`, below the server's URL. */
  readonly path: string;
  readonly placed: readonly Placed[];
  readonly body: BodyPlan | null;
  readonly input: JsonRecord;
  readonly output: JsonRecord | undefined;
  /** Media types that a good answer may have; null where nothing is declared: JSON and text. */
  readonly media: readonly string[] | null;
}

/** Why an operation can be no tool. Public. */
export class Unusable extends Error {}

/** A hint for the class, as annotations of a tool. */
const ANNOTATIONS: Readonly<Record<Method, JsonRecord>> = {
  GET: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  HEAD: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  POST: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  PUT: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  PATCH: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  DELETE: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
};

export const toolOf = (operation: RestOperation): JsonRecord => ({
  name: operation.name,
  description: operation.description,
  inputSchema: operation.input,
  ...(operation.output === undefined ? {} : { outputSchema: operation.output }),
  annotations: ANNOTATIONS[operation.method],
});

/** Headers that belong to the connection, or to whoever makes it; no argument may set them. */
const OWN_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'origin',
  'referer',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
]);

export function isOwnHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return OWN_HEADERS.has(lower) || lower.startsWith('proxy-') || lower.startsWith('x-forwarded-') || lower.startsWith('sec-');
}

/** Names in a path template. @throws Unusable for a template that is none */
export function templateNames(path: string): string[] {
  if (!path.startsWith('/') || /[?#\s\\]|\/\.{1,2}(?:\/|$)/.test(path))
    throw new Unusable('its path is no path below the URL of the server');
  const names = [...path.matchAll(/\{([^{}/]+)\}/g)].map(([, name]) => name ?? '');
  if (/[{}]/.test(path.replace(/\{[^{}/]+\}/g, '')) || new Set(names).size !== names.length)
    throw new Unusable('its path template is not well formed');
  return names;
}
