/** What a client presents and declares in its headers, at whichever door. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { DATA_CLASSES, type DataClass } from '../../ports/registry.ts';
import type { Presented } from '../../ports/road.ts';
import type { Mutable } from '../../ports/mutable.ts';

export interface Claims {
  readonly presented: Presented;
  readonly declaredClass: DataClass | undefined;
  readonly useCase: string | undefined;
  readonly customerData: boolean;
}

export type ClaimsProblem = 'credentials-differ' | 'data-class' | 'use-case' | 'name';

const NAME = /^[\x21-\x7e]{1,256}$/;
const USE_CASE = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** What the client presents and declares. Claims: the road checks them. */
export function readClaims(req: IncomingMessage): Claims | ClaimsProblem {
  const presented = readPresented(req);
  if (typeof presented === 'string') return presented;
  const { headers } = req;
  const declared = single(headers['x-countersign-data-class']);
  if (declared !== undefined && !isDataClass(declared)) return 'data-class';
  const useCase = single(headers['x-countersign-use-case']);
  if (useCase !== undefined && !USE_CASE.test(useCase)) return 'use-case';
  return { presented, declaredClass: declared, useCase, customerData: single(headers['x-countersign-customer-data']) === 'true' };
}

function readPresented({ headers }: IncomingMessage): Presented | ClaimsProblem {
  const bearer = bearerOf(headers.authorization);
  const apiKey = single(headers['x-api-key']);
  if (bearer !== undefined && apiKey !== undefined && bearer !== apiKey) return 'credentials-differ';
  const mandate = single(headers['x-countersign-mandate']);
  const onBehalfOf = single(headers['x-countersign-on-behalf-of']);
  if (!isName(mandate) || !isName(onBehalfOf)) return 'name';
  const presented: Mutable<Presented> = {};
  if (bearer !== undefined) presented.bearer = bearer;
  if (apiKey !== undefined) presented.apiKey = apiKey;
  if (mandate !== undefined) presented.mandate = mandate;
  if (onBehalfOf !== undefined) presented.onBehalfOf = onBehalfOf;
  return presented;
}

const isName = (value: string | undefined): boolean => value === undefined || NAME.test(value);
const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.join(',') : value);
const isDataClass = (value: string): value is DataClass => (DATA_CLASSES as readonly string[]).includes(value);

function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  return /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? authorization;
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;
const NO_TRACE = '0'.repeat(32);

/** The caller's trace id, or a new one. */
export const traceOf = (req: IncomingMessage): string =>
  traceIn(single(req.headers['traceparent'])) ?? randomUUID().replaceAll('-', '');

/** The trace id of a W3C `traceparent`, or undefined where it is none. */
export function traceIn(parent: string | undefined): string | undefined {
  const trace = parent === undefined ? undefined : TRACEPARENT.exec(parent)?.[1];
  return trace === NO_TRACE ? undefined : trace;
}

/** Public sentences. */
export const CLAIMS_PROBLEMS: Readonly<Record<ClaimsProblem, string>> = {
  'credentials-differ': 'The request carries two credentials that differ; send one.',
  'data-class': 'The header `x-countersign-data-class` must be public, internal, confidential or restricted.',
  'use-case': 'The header `x-countersign-use-case` is not the name of a use case.',
  name: 'A Countersign header holds something that is no name.',
};
