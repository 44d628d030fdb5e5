/** Auto-review for people: what it made of requests, how far it is trusted, and their word against it. */
import { Fault } from '@countersign/kernel/fault';
import { isByModel, type ReviewClass, type ReviewRecord, type ReviewSettings } from '../../ports/review.ts';
import type { ApiDeps, Person } from '../deps.ts';
import { adminCaller, personCaller } from '../http/auth.ts';
import {
  changes,
  codeLike,
  dry,
  idParams,
  json,
  jsonBody,
  newGroup,
  pageAsk,
  pageOf,
  pageQuery,
  pageView,
  reads,
  Time,
  z,
} from '../http/group.ts';

const Code = codeLike('too-broad');

/** An answer that people are to decide without knowing it is not told while the request is open. */
const Review = z
  .object({
    approval: z.string(),
    class: z.string(),
    at: Time,
    open: z.boolean(),
    outcome: z.enum(['approve', 'ask', 'hidden']),
    codes: z.array(z.string()),
    rationale: z.string().nullable(),
    salt: z.string().nullable().openapi({
      description: 'Opens `sealed` of the entry: the SHA-256 of the JSON `[outcome, codes, rationale, salt]`',
    }),
    applied: z.boolean(),
    label: z.enum(['right', 'wrong']).nullable(),
  })
  .openapi('Review');
const Interval = z.object({ low: z.number(), high: z.number() });
const Class = z
  .object({
    class: z.string(),
    state: z.enum(['shadow', 'live', 'suspended']),
    right: z.int(),
    wrong: z.int(),
    falseApprovals: Interval,
    since: Time,
  })
  .openapi('ReviewClass');

const list = reads(
  '/reviews',
  { summary: 'List what auto-review made of requests' },
  { query: pageQuery },
  json(pageOf(Review), 'Newest first'),
);

const one = reads(
  '/reviews/{id}',
  { summary: 'What auto-review made of one approval request' },
  { params: idParams },
  json(Review, 'The review'),
);

const classes = reads(
  '/review-classes',
  {
    summary: 'How far auto-review is trusted, by class of requests',
    description:
      "`falseApprovals` is the 95 % Wilson interval of the share of its approvals that people refuse, among people's newest words.",
  },
  {},
  json(pageOf(Class), 'Classes that people have said something about'),
);

const contest = changes(
  '/reviews/{id}/contest',
  {
    summary: 'Say that an approval of auto-review was false',
    description: 'By an administrator or a member of an approver group of the request. It counts against the class at once.',
  },
  { params: idParams, body: jsonBody(z.strictObject({ code: Code })) },
  json(Review, 'The review, contested'),
);

const resume = changes(
  '/review-classes/resume',
  {
    summary: 'Let a suspended class begin again',
    description: "In shadow: people's earlier words no longer count, and it earns its trust anew. By an administrator.",
  },
  { body: jsonBody(z.strictObject({ class: z.string().min(1).max(256), code: Code })) },
  json(Class, 'The class, in shadow'),
);

/** Whether a model would approve is what people must not know; which bounds it was outside of is no secret. */
const isHidden = ({ open, outcome, codes }: ReviewRecord): boolean => open && isByModel(outcome, codes);

function view(record: ReviewRecord): z.infer<typeof Review> {
  const { approval, at, open, codes, applied, label } = record;
  const hidden = isHidden(record);
  return {
    approval,
    class: record.class,
    at,
    open,
    outcome: hidden ? 'hidden' : record.outcome,
    codes: hidden ? [] : [...codes],
    rationale: hidden ? null : record.rationale,
    salt: hidden ? null : record.salt,
    applied,
    label,
  };
}

const classView = ({ interval, ...rest }: ReviewClass): z.infer<typeof Class> => ({ ...rest, falseApprovals: interval });

export function reviewRoutes(deps: ApiDeps) {
  const group = newGroup();
  const settings = (): ReviewSettings => {
    const review = deps.snapshots.current()?.settings.review;
    if (review === undefined) throw new Fault('request.not-found', 'The bundle in force has no auto-review.');
    return review;
  };
  const found = async (approval: string): Promise<ReviewRecord> => {
    const record = await deps.reviews.find(deps.org, approval);
    if (record === undefined) throw new Fault('request.not-found', 'Auto-review did not look at such a request.');
    return record;
  };
  group.openapi(list, async (c) => {
    personCaller(c);
    return c.json(pageView(await deps.reviews.list(deps.org, pageAsk(c.req.valid('query'))), view), 200);
  });
  group.openapi(one, async (c) => {
    personCaller(c);
    return c.json(view(await found(c.req.valid('param').id)), 200);
  });
  group.openapi(classes, async (c) => {
    personCaller(c);
    return c.json({ data: (await deps.reviews.classes(deps.org, settings())).map(classView) }, 200);
  });
  group.openapi(contest, async (c) => {
    const person = personCaller(c);
    const { id } = c.req.valid('param');
    const { code } = c.req.valid('json');
    await checkMayContest(deps, person, id);
    // Whether there is anything to contest would tell what the model said.
    if (isHidden(await found(id))) throw new Fault('request.conflict', 'The request is still open: decide it.');
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`contest the approval of ${id}`), 200);
    await deps.reviews.contest({ org: deps.org, approval: id, by: person.id, code }, settings());
    return c.json(view(await found(id)), 200);
  });
  group.openapi(resume, async (c) => {
    const person = adminCaller(c);
    const { class: name, code } = c.req.valid('json');
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`let ${name} begin again`), 200);
    await deps.reviews.resume({ org: deps.org, class: name, by: person.id, code });
    const now = (await deps.reviews.classes(deps.org, settings())).find((each) => each.class === name);
    if (now === undefined) throw new Fault('request.not-found', 'Auto-review knows no such class of requests.');
    return c.json(classView(now), 200);
  });
  return group;
}

/** @throws Fault request.not-found, approval.forbidden */
async function checkMayContest(deps: ApiDeps, person: Person, id: string): Promise<void> {
  const approval = await deps.approvals.find(deps.org, id);
  if (approval === undefined) throw new Fault('request.not-found', 'There is no such approval request.');
  if (person.id === approval.requester || person.id === approval.onBehalfOf)
    throw new Fault('approval.forbidden', 'Nobody judges a request that was made for them.');
  if (!person.admin && !approval.gates.some(({ approvers }) => person.groups.includes(approvers)))
    throw new Fault('approval.forbidden', 'This is for those who could have decided the request, and for administrators.');
}
