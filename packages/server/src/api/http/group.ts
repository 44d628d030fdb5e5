/** What all route groups share: how a group is made, and the parts of route definitions that are always the same. */
import { createRoute, OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import type { ApiEnv } from './env.ts';
import { invalidHook, PROBLEM_TYPE } from './problem.ts';

export const newGroup = () => new OpenAPIHono<ApiEnv>({ defaultHook: invalidHook });

export const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    instance: z.string().optional(),
    errors: z
      .array(z.object({ pointer: z.string().optional(), parameter: z.string().optional(), detail: z.string() }))
      .optional(),
  })
  .openapi('Problem');

export const problems = {
  default: {
    description: 'The call failed; what, why, and where it is explained',
    content: { [PROBLEM_TYPE]: { schema: Problem } },
  },
} as const;

/** Header of every POST. */
export const postHeaders = z.object({
  'idempotency-key': z.string().optional().openapi({
    description: 'A retry with the same key and body gets the first answer, and has no second effect; kept for 24 hours.',
  }),
});

export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

export const jsonBody = <S extends z.ZodType>(schema: S) =>
  ({ required: true, content: { 'application/json': { schema } } }) as const;

/** Ids and names as they come in paths and bodies: printable ASCII, no spaces. */
export const Name = z.string().regex(/^[\x21-\x7e]{1,256}$/, 'must be 1 to 256 printable ASCII characters without spaces');
export const idParams = z.object({ id: Name });
export const Time = z.iso.datetime().openapi({ example: '2026-11-01T12:00:00.000Z' });
export const MicroUsd = z.int().min(0).openapi({ description: 'Money in millionths of a US dollar' });
/** A sentence from a person; it is kept as a payload, not in the ledger. */
export const Sentence = z.string().trim().min(3).max(2_000);

/** A reason as it stands in the ledger: a code, never a sentence. */
export const codeLike = (example: string) =>
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{2,127}$/, `must be a code such as \`${example}\``);
/** The place of an entry in the ledger. */
export const LedgerIndex = z.string().regex(/^\d{1,15}$/, 'must be an index');
export const reasonBody = jsonBody(z.strictObject({ reason: Sentence }));

export const PAGE_LIMIT = 50;
export const PAGE_LIMIT_MAX = 200;
/** How many rows at the most. */
export const limitOf = (most: number, least: number) => z.coerce.number().int().min(1).max(most).default(least);
export const limitQuery = z.object({ limit: limitOf(PAGE_LIMIT_MAX, PAGE_LIMIT) });
export const pageQuery = limitQuery.extend({
  cursor: z.string().max(512).optional(),
});
export const dryRunQuery = z.object({ dryRun: z.enum(['true', 'false']).optional() });

export const pageOf = <S extends z.ZodType>(item: S) => z.object({ data: z.array(item), nextCursor: z.string().optional() });

/** A page as it is answered: no `nextCursor` member when there is none. */
export function pageView<A, B>(
  page: { data: readonly A[]; nextCursor?: string },
  view: (item: A) => B,
): { data: B[]; nextCursor?: string } {
  const data = page.data.map(view);
  return page.nextCursor === undefined ? { data } : { data, nextCursor: page.nextCursor };
}

/** Store query of a page: exact optional members. */
export const pageAsk = (query: { limit: number; cursor?: string | undefined }) => ({
  limit: query.limit,
  ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
});

export const DryRun = z.object({ dryRun: z.literal(true), would: z.string() }).openapi('DryRun');
export const dry = (would: string) => ({ dryRun: true as const, would });

interface Told {
  readonly summary: string;
  readonly description?: string;
}

type Asked = NonNullable<RouteConfig['request']>;
type Answers = Omit<RouteConfig['responses'], 'default'>;
type Json<S extends z.ZodType> = ReturnType<typeof json<S>>;

/** A route that changes nothing. */
export const reads = <const P extends string, R extends Asked, A extends Answers[200]>(
  path: P,
  told: Told,
  request: R,
  answer: A,
) => createRoute({ method: 'get', path, ...told, request, responses: { 200: answer, ...problems } });

/** Any POST: a retry with the same key has no second effect. */
export const posts = <const P extends string, R extends Asked, A extends Answers>(path: P, told: Told, request: R, answers: A) =>
  createRoute({
    method: 'post',
    path,
    ...told,
    request: { ...request, headers: postHeaders },
    responses: { ...answers, ...problems },
  });

/** A POST that changes something, or tells what it would do. */
export const changes = <const P extends string, R extends Asked, S extends z.ZodType>(
  path: P,
  told: Told,
  request: R,
  answer: Json<S>,
) =>
  posts(
    path,
    told,
    { ...request, query: dryRunQuery },
    {
      200: json(z.union([answer.content['application/json'].schema, DryRun]), answer.description),
    },
  );

/** A POST that makes something, or tells what it would do. */
export const creates = <const P extends string, R extends Asked, S extends z.ZodType>(
  path: P,
  told: Told,
  request: R,
  answer: Json<S>,
) => posts(path, told, { ...request, query: dryRunQuery }, { 200: json(DryRun, 'What would be done'), 201: answer });

export { createRoute, z };
