import { z } from '../http/group.ts';
import type { BundlePlan } from '../deps.ts';

/** Files of a governance directory at most. */
const FILES_MAX = 2_000;

const FilePath = z
  .string()
  .regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+){0,8}$/, 'must be a plain relative path');

export const Files = z
  .record(FilePath, z.string().max(4_194_304))
  .refine((files) => Object.keys(files).length <= FILES_MAX, `must be at most ${FILES_MAX} files`)
  .openapi('BundleFiles', { description: 'Texts by path below the governance directory' });

export const Plan = z
  .object({
    revision: z.string().nullable(),
    base: z.string().nullable(),
    findings: z.array(
      z.object({
        severity: z.enum(['error', 'warning']),
        code: z.string(),
        file: z.string(),
        line: z.int(),
        column: z.int(),
        message: z.string(),
        hint: z.string().optional(),
      }),
    ),
    changes: z.array(z.object({ file: z.string(), change: z.enum(['added', 'changed', 'removed']) })),
    tests: z.object({ passed: z.int(), failed: z.int() }),
    commands: z
      .object({
        examples: z.array(
          z.object({
            rule: z.string(),
            example: z.string(),
            kind: z.enum(['match', 'not_match']),
            verdict: z.enum(['allow', 'ask', 'forbid']),
            rules: z.array(z.string()),
          }),
        ),
        unsafe: z.array(z.object({ rule: z.string(), reason: z.string() })),
      })
      .optional()
      .openapi({ description: 'Where commands.yaml changes: its examples, judged by all of its rules' }),
  })
  .openapi('BundlePlan');

export function planView({ commands, ...plan }: BundlePlan): z.infer<typeof Plan> {
  return {
    ...plan,
    ...(commands === undefined
      ? {}
      : {
          commands: {
            examples: commands.examples.map((each) => ({ ...each, rules: [...each.rules] })),
            unsafe: commands.unsafe.map((each) => ({ ...each })),
          },
        }),
    findings: plan.findings.map((finding) => ({ ...finding })),
    changes: plan.changes.map((change) => ({ ...change })),
    tests: { ...plan.tests },
  };
}
