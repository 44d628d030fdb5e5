/** The `scanning` block of countersign.yaml. What is absent is as it ships. */
import { z } from 'zod';
import { FINDING_KINDS, type FindingKind } from '@countersign/kernel/redact';
import { SCAN_ACTIONS, type ScanAction, type ScanPlace } from '../../ports/registry.ts';
import { SCAN_DEFAULTS } from '../../ports/scan-settings.ts';
import { DataClassName, Instant, Sentence } from './common.ts';

/** What a model says is judged for orders when it comes back as a prompt; a record is never refused, and a sentence is not taken out. */
const ALLOWED: Partial<Record<ScanPlace, Partial<Record<FindingKind, readonly ScanAction[]>>>> = {
  answers: { injection: ['report'] },
  records: { secret: ['redact'], personal: ['redact', 'report'], hidden: ['redact', 'report'], injection: ['report'] },
  definitions: {
    secret: ['report', 'deny'],
    personal: ['report', 'deny'],
    hidden: ['report', 'deny'],
    injection: ['report', 'deny'],
  },
};

const actionOf = (place: ScanPlace, kind: FindingKind) =>
  z.enum(ALLOWED[place]?.[kind] ?? SCAN_ACTIONS).default(SCAN_DEFAULTS.actions[place][kind]);

const Actions = (place: ScanPlace, description: string) =>
  z
    .strictObject(
      Object.fromEntries(FINDING_KINDS.map((kind) => [kind, actionOf(place, kind)])) as Record<
        FindingKind,
        ReturnType<typeof actionOf>
      >,
    )
    .prefault({})
    .describe(description);

const Exception = z
  .strictObject({
    rule: z
      .string()
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be the id of a rule, such as `generic-api-key`')
      .optional(),
    fingerprint: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be a fingerprint: 64 hex digits')
      .optional(),
    path: z.string().min(1).max(300).optional().describe('Glob of files; without one, everywhere.'),
    reason: Sentence,
    until: Instant.describe('From then on it is a finding again.'),
  })
  .refine(({ rule, fingerprint }) => rule !== undefined || fingerprint !== undefined, 'must name a rule or a fingerprint');

export const Scanning = z
  .strictObject({
    prompts: Actions('prompts', 'What goes to a model.'),
    answers: Actions('answers', 'What a model says.'),
    toolArguments: Actions('toolArguments', 'What goes to a tool.'),
    toolResults: Actions('toolResults', 'What a tool answers.'),
    definitions: Actions('definitions', 'What a tool says of itself; deny is quarantine.'),
    records: Actions('records', 'What is stored or logged.'),
    regions: z
      .array(z.string().regex(/^[A-Z]{2}$/, 'must be a country in two capital letters, such as `NL`'))
      .max(50)
      .default([...SCAN_DEFAULTS.regions])
      .describe('Countries whose national ids are looked for.'),
    exceptions: z.array(Exception).max(1_000).default([]),
    reversible: DataClassName.default(SCAN_DEFAULTS.reversible).describe(
      'Values are put back for their placeholders, on the way to the agent, where what they raise to is at most this class.',
    ),
    reason: Sentence.optional().describe('Why an action is weaker than the one that ships.'),
  })
  .prefault({})
  .describe('What is done about secrets, personal data, hidden text and orders that are found: report, fit, redact or deny.');
