/** Tool servers, their tools, and definitions that wait for a person, as documents. */
import { ACTION_CLASSES } from '@countersign/kernel/action';
import type { PinReport, ServerReport } from '../../ports/tool-report.ts';
import { Time, z } from '../http/group.ts';

const Pin = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits');

const Finding = z.object({
  rule: z.string(),
  kind: z.enum(['hidden', 'injection', 'secret', 'personal']),
  path: z.string().openapi({ description: 'JSON pointer into the definition' }),
  excerpt: z.string().openapi({ description: 'With all that does not show written out' }),
});

const Tool = z
  .object({
    name: z.string(),
    exposed: z.string().nullable().openapi({ description: 'The name that agents see; null while it is not listed' }),
    pin: z.string().nullable(),
    class: z.enum(ACTION_CLASSES).nullable(),
    state: z.enum(['listed', 'quarantined', 'held', 'rejected', 'refused', 'undeclared']),
    reason: z.string().nullable(),
    findings: z.array(Finding),
  })
  .openapi('Tool');

export const ToolServer = z
  .object({
    id: z.string(),
    title: z.string(),
    owner: z.string(),
    environment: z.string(),
    kind: z.string(),
    enabled: z.boolean(),
    status: z.enum(['unknown', 'up', 'down', 'off']),
    error: z.string().nullable(),
    since: Time.nullable(),
    checkedAt: Time.nullable().openapi({ description: 'When its tools were last compared with their pins, by this node' }),
    era: z.string(),
    state: z.enum(['pinned', 'quarantined', 'rejected', 'absent']),
    pin: z
      .string()
      .nullable()
      .openapi({ description: 'Of its launch, texts and all of its tools: what an approval of the whole names' }),
    findings: z.array(Finding),
    tools: z.array(Tool),
  })
  .openapi('ToolServer');

const Change = z.object({
  path: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});

export const Definition = z
  .object({
    server: z.string(),
    tool: z.string().nullable().openapi({ description: 'Null for the server itself' }),
    pin: z.string(),
    state: z.enum(['quarantined', 'pinned', 'bundle', 'rejected', 'replaced']),
    definition: z.record(z.string(), z.unknown()),
    findings: z.array(Finding),
    seenAt: Time,
    decidedBy: z.string().nullable(),
    decidedAt: Time.nullable(),
    previous: z
      .object({ pin: z.string(), changes: z.array(Change) })
      .nullable()
      .openapi({ description: 'The definition that was approved before, and what differs' }),
    similar: z
      .array(z.object({ server: z.string(), name: z.string(), pin: z.string(), likeness: z.number(), changes: z.array(Change) }))
      .openapi({ description: 'Tools that went away and look like this one' }),
  })
  .openapi('ToolDefinition');

export const VerdictAsk = z.strictObject({
  tool: z.string().min(1).max(128).nullable().default(null).openapi({ description: 'Null for the server as a whole' }),
  pin: Pin.openapi({ description: 'What was shown' }),
  answer: z.enum(['approve', 'reject']),
  reason: z.string().trim().min(3).max(2_000),
});

export const Decided = z.object({
  server: z.string(),
  answer: z.enum(['approve', 'reject']),
  tools: z.array(z.string().nullable()).openapi({ description: 'What was decided; null stands for the server itself' }),
});

/** Mutable copies, as the response types want them. */
export const serverView = (report: ServerReport): z.infer<typeof ToolServer> => ({
  ...report,
  findings: report.findings.map((finding) => ({ ...finding })),
  tools: report.tools.map((tool) => ({ ...tool, findings: tool.findings.map((finding) => ({ ...finding })) })),
});

export const definitionView = (report: PinReport): z.infer<typeof Definition> =>
  structuredClone(report) as unknown as z.infer<typeof Definition>;
