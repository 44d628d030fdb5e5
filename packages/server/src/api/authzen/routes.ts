/** OpenID AuthZEN 1.0, for enforcement points that others build. A denial is 200 with `false`; 4xx and 5xx speak about the call. */
import { Fault } from '@countersign/kernel/fault';
import { namespaceOf } from '../../govern/facts.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiCaller } from '../http/env.ts';
import { createRoute, json, jsonBody, newGroup, problems, z } from '../http/group.ts';
import { evaluationView, faultView, roadAsk, subjectOf, unknownSubject } from './ask.ts';
import {
  Evaluation,
  EvaluationAnswer,
  type EvaluationAsk,
  Evaluations,
  EvaluationsAnswer,
  type EvaluationView,
  type Semantic,
} from './schema.ts';

const one = createRoute({
  method: 'post',
  path: '/access/v1/evaluation',
  summary: 'May this subject do this (AuthZEN)',
  request: { body: jsonBody(Evaluation) },
  responses: { 200: json(EvaluationAnswer, 'The decision, recorded'), ...problems },
});

const many = createRoute({
  method: 'post',
  path: '/access/v1/evaluations',
  summary: 'Several evaluations at once (AuthZEN)',
  description: 'Top-level members are defaults. Without `evaluations` it is one evaluation and answers as one.',
  request: { body: jsonBody(Evaluations) },
  responses: {
    200: json(z.union([EvaluationsAnswer, EvaluationAnswer]), 'Decisions in order; short-circuits answer fewer'),
    ...problems,
  },
});

const Metadata = z
  .object({ policy_decision_point: z.string(), access_evaluation_endpoint: z.string(), access_evaluations_endpoint: z.string() })
  .openapi('AuthzenConfiguration');
const metadata = createRoute({
  method: 'get',
  path: '/.well-known/authzen-configuration',
  summary: 'AuthZEN metadata',
  security: [],
  responses: { 200: json(Metadata, 'Where the endpoints are') },
});

async function evaluate(deps: ApiDeps, caller: ApiCaller, ask: EvaluationAsk, trace: string): Promise<EvaluationView> {
  const snapshot = deps.snapshots.current();
  if (snapshot === undefined) throw new Fault('bundle.missing', 'No bundle is in force.');
  const space = namespaceOf(snapshot);
  const subject = await subjectOf(deps, caller, ask, { snapshot, space });
  if (subject === undefined) return unknownSubject();
  try {
    return evaluationView(await deps.road.evaluate(roadAsk(subject, ask, { trace, space })));
  } catch (thrown) {
    const view = thrown instanceof Fault ? faultView(thrown) : undefined;
    if (view === undefined) throw thrown;
    return view;
  }
}

/** The answer that ends the row early, for each semantic. */
const STOP_AT: Readonly<Record<Semantic, boolean | undefined>> = {
  execute_all: undefined,
  deny_on_first_deny: false,
  permit_on_first_permit: true,
};

/** @throws Fault request.invalid, with the pointer of what is missing */
function completed(defaults: Partial<EvaluationAsk>, item: Partial<EvaluationAsk>, index: number): EvaluationAsk {
  const merged = Evaluation.safeParse({ ...defaults, ...item });
  if (merged.success) return merged.data;
  const errors = merged.error.issues.map(({ path, message }) => ({
    pointer: `#/evaluations/${index}/${path.join('/')}`,
    detail: message,
  }));
  throw new Fault('request.invalid', 'An evaluation is not complete, and no default completes it.', { details: { errors } });
}

const present = (ask: z.infer<typeof Evaluation.shape.context> | object): Partial<EvaluationAsk> =>
  Object.fromEntries(Object.entries(ask ?? {}).filter(([, value]) => value !== undefined)) as Partial<EvaluationAsk>;

export function authzenRoutes(deps: ApiDeps) {
  const group = newGroup();
  group.openapi(one, async (c) => c.json(await evaluate(deps, c.get('caller'), c.req.valid('json'), c.get('trace')), 200));
  group.openapi(many, async (c) => {
    const { evaluations, options, ...defaults } = c.req.valid('json');
    const given = present(defaults);
    const [caller, trace] = [c.get('caller'), c.get('trace')];
    if (evaluations === undefined || evaluations.length === 0)
      return c.json(await evaluate(deps, caller, completed(given, {}, 0), trace), 200);
    // All are checked before the first is decided: a broken call decides nothing.
    const asks = evaluations.map((item, index) => completed(given, present(item), index));
    const stopAt = STOP_AT[options?.evaluations_semantic ?? 'execute_all'];
    const answers: EvaluationView[] = [];
    for (const ask of asks) {
      const answer = await evaluate(deps, caller, ask, trace);
      answers.push(answer);
      if (answer.decision === stopAt) break;
    }
    return c.json({ evaluations: answers }, 200);
  });
  return group;
}

/** Apart from the rest: it is public. */
export function authzenMetadata(deps: ApiDeps) {
  const group = newGroup();
  group.openapi(metadata, (c) => {
    const base = deps.publicUrl;
    return c.json(
      {
        policy_decision_point: base,
        access_evaluation_endpoint: `${base}/access/v1/evaluation`,
        access_evaluations_endpoint: `${base}/access/v1/evaluations`,
      },
      200,
    );
  });
  return group;
}
