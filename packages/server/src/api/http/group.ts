/** What all route groups share: how a group is made, and the parts of route definitions that are always the same. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
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

export const PAGE_LIMIT = 50;
export const PAGE_LIMIT_MAX = 200;
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT_MAX).default(PAGE_LIMIT),
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

export { createRoute, z };
