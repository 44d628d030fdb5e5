/** policies/tests/*.yaml: cases beside the policies. A bundle whose cases are not green is not built. */
import { z } from 'zod';

const Json: z.ZodType = z.json();
const Members = z.record(z.string().min(1).max(200), Json);
const Entity = z
  .string()
  .regex(/^[A-Z][A-Za-z]*::.{1,300}$/, 'must be a type and an id, such as `Agent::docs-refresh-planner-dev`')
  .describe('Type and id, without the namespace: Model::gpt-5.5.');
const Action = z.string().regex(/^[A-Za-z][A-Za-z0-9.:_-]*$/, 'must be an action such as `model.call`');

const Overlay = z.strictObject({
  uid: Entity,
  parents: z.array(Entity).default([]),
  attrs: Members.default({}),
});

const Expect = z.strictObject({
  decision: z.enum(['allow', 'requireApproval', 'deny']),
  code: z.string().optional().describe('Code of the first reason; `ok` for an allow.'),
  policies: z.array(z.string()).optional().describe('Exactly the policies that decide.'),
  gates: z.array(z.string()).optional(),
  obligations: z.array(z.string()).optional(),
  shadow: z.array(z.string()).optional().describe('Shadow policies that would have had an effect.'),
});

/** What a case starts from: only what matters is then said in the case. null takes a member away. */
const base = {
  fixture: z.string().optional(),
  args: Members.default({}).describe('What the caller sends.'),
  facts: Members.default({}).describe('What Countersign knows: now, approvals, mandate, balances.'),
  entities: z.array(Overlay).max(100).default([]),
};

const Case = z.strictObject({
  name: z.string().min(3).max(200),
  principal: Entity,
  action: Action,
  resource: Entity,
  ...base,
  expect: Expect,
});

const Matrix = z.strictObject({
  name: z.string().min(3).max(200),
  principals: z.array(Entity).min(1).max(100),
  actions: z.array(Action).min(1).max(100),
  resources: z.array(Entity).min(1).max(100),
  ...base,
  expect: Expect,
  except: z
    .array(
      z.strictObject({
        principals: z.array(Entity).optional(),
        actions: z.array(Action).optional(),
        resources: z.array(Entity).optional(),
        expect: Expect,
      }),
    )
    .max(100)
    .default([])
    .describe('The first that fits a combination replaces `expect`.'),
});

export const CasesFile = z
  .strictObject({
    fixtures: z
      .record(z.string().min(1).max(60), z.strictObject(base))
      .default({})
      .describe('Known to all case files; a fixture may build on another.'),
    cases: z.array(Case).max(5_000).default([]),
    matrix: z.array(Matrix).max(500).default([]),
  })
  .describe('Countersign: policy cases');

export type CasesFile = z.infer<typeof CasesFile>;
export type Expectation = z.infer<typeof Expect>;
