// The same question put to cedar-wasm, in the two ways that one can: everything as text in every call, or preparsed with a schema.
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';

// V8 of Node 20 can abort the process ("unreachable code" in its deoptimizer) when it inlines hot calls from JavaScript into WebAssembly.
if (Number.parseInt(process.versions.node, 10) < 24) setFlagsFromString('--no-turbo-inline-js-wasm-calls');

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs');

const keyOf = ({ type, id }) => `${type}::"${id}"`;

const must = (answer) => {
  if (answer.type !== 'success') throw new Error(JSON.stringify(answer.errors));
  return answer;
};

export const schemaJson = (text) => must(cedar.schemaToJson(text)).json;
export const estOf = (text) => must(cedar.policyToJson(text)).json;

/** What grants and refuses: never the duties, never what is in shadow. */
export const isEnforced = (est) => est.annotations.layer !== 'obligation' && est.annotations.mode === undefined;

export class WasmWorld {
  constructor(schema, policies, entities) {
    this.byKey = new Map(entities.map((entity) => [keyOf(entity.uid), entity]));
    const enforced = policies.filter(({ est }) => isEnforced(est));
    this.text = enforced.map(({ text }) => text).join('\n');
    this.naiveIds = enforced.map(({ id }) => id);
    must(cedar.preparsePolicySet('bench', { staticPolicies: Object.fromEntries(enforced.map(({ id, text }) => [id, text])) }));
    must(cedar.preparseSchema('bench', schema));
  }

  /** The call without policies; only the entities that the request needs, since wasm reads all it is given. */
  call({ facts, request }) {
    const overlay = new Map(facts.entities.map((entity) => [keyOf(entity.uid), entity]));
    const found = new Map();
    const pending = [request.principal, request.resource];
    for (let ref = pending.pop(); ref !== undefined; ref = pending.pop()) {
      const entity = overlay.get(keyOf(ref)) ?? this.byKey.get(keyOf(ref));
      if (entity === undefined || found.has(keyOf(ref))) continue;
      found.set(keyOf(ref), entity);
      pending.push(...entity.parents);
    }
    return {
      principal: request.principal,
      action: { type: 'Bench::Action', id: request.action },
      resource: request.resource,
      context: { ...facts.context, ...request.args, op: request.action },
      entities: [...found.values()],
    };
  }

  stateful(call) {
    const options = { preparsedPolicySetId: 'bench', preparsedSchemaName: 'bench', validateRequest: true };
    return must(cedar.statefulIsAuthorized({ ...call, ...options })).response;
  }

  /** One call as most people write it first. Without a schema, so extension values are written out as Cedar's escapes. */
  naive(call) {
    return must(cedar.isAuthorized({ ...call, policies: { staticPolicies: this.text } })).response;
  }

  /** The naive call's arguments: escaped extension values, and the groups of the action among the entities. */
  naiveCall(call, groups) {
    const { context } = call;
    const extension = (fn, arg) => ({ __extn: { fn, arg } });
    const entities = call.entities.map((entity) => {
      const { frozenUntil } = entity.attrs;
      return frozenUntil === undefined
        ? entity
        : { ...entity, attrs: { ...entity.attrs, frozenUntil: extension('datetime', frozenUntil) } };
    });
    return {
      ...call,
      context: {
        ...context,
        now: extension('datetime', context.now),
        sourceIp: extension('ip', context.sourceIp),
        risk: extension('decimal', context.risk),
      },
      entities: [...entities, { uid: call.action, parents: groups, attrs: {} }],
    };
  }
}
