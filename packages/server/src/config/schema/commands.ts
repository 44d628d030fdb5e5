/** commands.yaml: which commands agents may run by themselves, which a person is asked about, and which never run. */
import { z } from 'zod';
import { GroupRef, Sentence } from './common.ts';

/** Longest example, and longest word of a rule, in UTF-16 units. */
const EXAMPLE_LENGTH_MAX = 4_096;
const WORD_LENGTH_MAX = 300;

const Word = z
  .string()
  .min(1)
  .max(WORD_LENGTH_MAX)
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}]+$/u, 'must be one word, without characters that cannot be seen');
const Program = z
  .string()
  .regex(
    /^(?:\/[A-Za-z0-9._+/-]{0,299}[A-Za-z0-9._+-]|[A-Za-z0-9_[][A-Za-z0-9._+[-]{0,99})$/,
    'must be a program, by name or absolute path',
  );
const RuleId = z
  .string()
  .regex(/^[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*$/, 'must be lower case words joined by dots and dashes, such as `git.no-push`')
  .max(100)
  .refine((id) => id !== 'default', 'must not be `default`: that is where nothing matched');
const Option = z
  .string()
  .regex(/^(?:-[A-Za-z0-9?]|--?[A-Za-z0-9][A-Za-z0-9._-]*)$/, 'must be one option, such as `-o` or `--output`');
const Flag = z
  .string()
  .regex(
    /^(?:-[A-Za-z0-9?]|--?[A-Za-z0-9][A-Za-z0-9._-]*)=?$/,
    'must be one option; a `=` at its end says that it takes a value',
  );
const Examples = z.array(z.string().min(1).max(EXAMPLE_LENGTH_MAX)).min(1, 'must hold at least one example').max(200);

const Options = z.strictObject({
  program: Program,
  subcommand: z.array(Word).min(1).max(5).optional().describe('Words that must follow the program, such as [log].'),
  flags: z.array(Flag).max(300).default([]).describe('Every option that may be given; `=` takes a value. Any other is no match.'),
  operands: z.enum(['any', 'none', 'paths']).describe('paths: each must lie inside the mandate.'),
});

const Rule = z
  .strictObject({
    id: RuleId,
    decision: z.enum(['allow', 'ask', 'forbid']),
    class: z
      .enum(['read', 'draft', 'mutate-low', 'mutate-high'])
      .optional()
      .describe('What such a command does at most. Not for forbid.'),
    gate: z
      .string()
      .regex(/^[a-z][a-z0-9-]*$/, 'must be one of `gates`')
      .optional()
      .describe('Who is asked; without one, `command`.'),
    prefix: z
      .array(Word.or(z.array(Word).min(1).max(100)))
      .min(1)
      .max(20)
      .optional()
      .describe('Words that it begins with; a list holds alternatives. Any words may follow.'),
    having: z.array(Option).min(1).max(100).optional().describe('With prefix: only calls that have one of these options.'),
    stdin_from: z
      .array(Program)
      .min(1)
      .max(100)
      .optional()
      .describe('With prefix: only a shell or interpreter that reads its commands from a pipe behind one of these.'),
    exact: z.array(Word).min(1).max(50).optional().describe('All of its words.'),
    options: Options.optional().describe('A program with nothing but these options.'),
    why: Sentence.describe('Told to the agent, and to whoever is asked.'),
    instead: Sentence.optional().describe('What the agent should do.'),
    unsafe: Sentence.optional().describe('Why this may be allowed although it runs whatever its words say.'),
    match: Examples.describe('Scripts in which this rule matches some command.'),
    not_match: Examples.describe('Scripts in which it matches none.'),
  })
  .refine(
    ({ prefix, exact, options }) => [prefix, exact, options].filter((form) => form !== undefined).length === 1,
    'must have exactly one of prefix, exact and options',
  );

const Gate = z.strictObject({
  approvers: GroupRef,
  min: z.int().min(1).max(9_999).default(1).describe('How many of them.'),
  message: Sentence,
});

export const CommandsFile = z
  .strictObject({
    version: z.literal(1),
    owner: z
      .string()
      .regex(/^team:[a-z][a-z0-9-]*$/, 'must be a team, such as `team:platform`')
      .describe('Answers for these rules, and is who an agent is sent to.'),
    default: z.enum(['ask', 'forbid']).default('ask').describe('What becomes of a command that no rule matches.'),
    gates: z
      .record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower case words joined by dashes'), Gate)
      .default({})
      .describe('Classes of approval that an ask may name. `command` is where a rule names none.'),
    executables: z
      .record(
        Program,
        z
          .array(z.string().regex(/^\/[^\0]{1,300}$/, 'must be an absolute path'))
          .min(1)
          .max(50),
      )
      .default({})
      .describe('What a bare name is allowed to mean.'),
    rules: z.array(Rule).max(5_000),
  })
  .describe('Countersign: command rules');

export type CommandsFile = z.infer<typeof CommandsFile>;
export type CommandRuleEntry = CommandsFile['rules'][number];
