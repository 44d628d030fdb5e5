/** Commands: what the rules in force say of one. Nothing is decided and nothing is recorded; policies may still be stricter. */
import { Fault } from '@countersign/kernel/fault';
import { type GivenCommand, verdictOn, verdictView } from '../../ports/command-record.ts';
import { lookInside } from '../../ports/script-look.ts';
import type { ApiDeps } from '../deps.ts';
import { json, jsonBody, newGroup, posts, z } from '../http/group.ts';

/** UTF-16 units of a text, and of one word; what is longer is not judged by anybody. */
const TEXT_LENGTH_MAX = 131_072;
const Path = z
  .string()
  .max(4_096)
  .regex(/^\/[^\0]*$/, 'must be an absolute path');

const Given = z
  .strictObject({
    text: z.string().max(TEXT_LENGTH_MAX).optional().openapi({ description: 'What a shell would read' }),
    dialect: z.enum(['bash', 'sh', 'zsh', 'none']).optional(),
    argv: z
      .array(z.string().max(TEXT_LENGTH_MAX))
      .min(1)
      .max(4_096)
      .optional()
      .openapi({ description: 'What runs without a shell' }),
    cwd: Path,
    roots: z.array(Path).min(1).max(100),
  })
  .refine(({ text, argv }) => (text === undefined) !== (argv === undefined), 'must have either text or argv');

const Reason = z.object({
  rule: z.string().optional(),
  code: z.string().optional(),
  text: z.string(),
  instead: z.string().optional(),
});

const Verdict = z
  .object({
    verdict: z.enum(['allow', 'ask', 'forbid']),
    class: z.enum(['read', 'draft', 'recommend', 'mutate-low', 'mutate-high']),
    rules: z.array(z.string()),
    gates: z.array(z.string()),
    codes: z.array(z.string()),
    programs: z.array(z.string()),
    reasons: z.array(Reason),
    commands: z.array(z.array(z.string())).nullable(),
    unclear: z.object({ code: z.string(), at: z.int(), text: z.string() }).nullable(),
  })
  .openapi('CommandVerdict');

const check = posts(
  '/commands/check',
  { summary: 'What the command rules say of one command' },
  { body: jsonBody(Given) },
  { 200: json(Verdict, 'The verdict of the rules in force') },
);

export function commandRoutes(deps: ApiDeps) {
  const group = newGroup();
  group.openapi(check, async (c) => {
    const { text, dialect, argv, cwd, roots } = c.req.valid('json');
    const snapshot = deps.snapshots.current();
    if (snapshot === undefined) throw new Fault('bundle.missing', 'No bundle is in force, so there are no rules.');
    const command: GivenCommand = argv === undefined ? { text: text ?? '', dialect: dialect ?? 'bash' } : { argv };
    const { facts } = await lookInside(deps.scripts, command, { cwd, roots });
    return c.json(verdictView(verdictOn(command, facts, snapshot.commands)), 200);
  });
  return group;
}
