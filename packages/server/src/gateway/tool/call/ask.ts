/** What the road is asked for one call. */
import type { Json, JsonRecord } from '@countersign/kernel/json';
import { DATA_CLASSES, type DataClass } from '../../../ports/registry.ts';
import type { Ask, Caller, GovernAsk } from '../../../ports/road.ts';
import type { Amounts } from '../../../ports/road-store.ts';
import type { ToolMethod } from '../../../ports/tool.ts';
import { toolEntity } from '../../../ports/tool-entity.ts';
import { mandateClass } from '../../wire/mandate-class.ts';
import { useCaseOf } from '../../wire/use-case.ts';
import { DOOR, TOOL_DUTIES } from '../deps.ts';
import type { Plan } from './plan.ts';
import { NAMESPACE, taintsOf } from './operation.ts';
import { withhold } from './strings.ts';

/** What a caller declares about one request. */
export interface Declared {
  readonly declaredClass: DataClass | undefined;
  readonly useCase: string | undefined;
}

const ONE: Amounts = Object.freeze({ requests: 1, concurrency: 1 });
/** Beyond the call's own limits: time to record the outcome. */
const SETTLE_MS = 10_000;
/** A person who is asked something in the middle of a call. */
const QUESTIONS_MS = 15 * 60_000;
/** Characters of the arguments that an approver is shown as they are. */
const SHOWN_CHARS_MAX = 16 * 1024;

export interface AskTerms {
  readonly caller: Caller;
  readonly declared: Declared;
  readonly trace: string;
  readonly signal: AbortSignal;
  /** Over answers that go along, where there are any. */
  readonly digest: string;
}

export function askFor(plan: Plan, { caller, declared, trace, signal, digest }: AskTerms): GovernAsk {
  const { server, operation } = plan;
  const asks = server.elicitation ? QUESTIONS_MS : 0;
  return {
    caller,
    action: plan.action,
    resource: plan.resource,
    args: argsOf(caller, declared, {
      method: plan.method,
      bytes: Buffer.byteLength(plan.text),
      findings: plan.findings,
    }),
    door: DOOR,
    trace,
    ...(declared.declaredClass === undefined ? {} : { declaredClass: declared.declaredClass }),
    ...(plan.raised === undefined ? {} : { detectedClass: plan.raised }),
    // What its results bring comes with them; a way out is one as soon as it is used.
    taints: taintsOf(server, operation).filter((taint) => taint === 'egress'),
    ...entitiesOf(plan),
    contentDigest: digest,
    get shown() {
      return shownOf(plan);
    },
    reserve: { min: ONE, want: ONE },
    useCase: useCaseOf(caller, declared.useCase),
    holdMs: 0,
    outcome: 'behind',
    knows: TOOL_DUTIES,
    signal,
    actMs: plan.timeoutMs * (1 + (operation?.retries ?? 0)) + server.queueMs + asks + SETTLE_MS,
  };
}

/** For lists: the same question without arguments. */
export const previewAsk = (
  { caller, declared }: Pick<AskTerms, 'caller' | 'declared'>,
  plan: Pick<Plan, 'action' | 'resource' | 'method' | 'server' | 'tool' | 'operation'>,
): Ask => ({
  caller,
  action: plan.action,
  resource: plan.resource,
  ...entitiesOf(plan),
  args: argsOf(caller, declared, { method: plan.method, bytes: 0, findings: [] }),
  door: DOOR,
  trace: '0'.repeat(32),
  ...(declared.declaredClass === undefined ? {} : { declaredClass: declared.declaredClass }),
});

/** The bundle knows declared tools; the catalogue knows all of them, and their classes as they are. */
const entitiesOf = ({ server, tool, operation }: Pick<Plan, 'server' | 'tool' | 'operation'>): Pick<Ask, 'entities'> =>
  tool === undefined ? {} : { entities: [toolEntity(NAMESPACE, server, tool, operation)] };

interface About {
  readonly method: ToolMethod;
  readonly bytes: number;
  readonly findings: readonly string[];
}

function argsOf(caller: Caller, declared: Declared, { method, bytes, findings }: About): JsonRecord {
  const stated = declared.declaredClass ?? mandateClass(caller) ?? caller.agent.dataClass;
  return {
    declaredRank: DATA_CLASSES.indexOf(stated),
    useCase: useCaseOf(caller, declared.useCase),
    method,
    bytes,
    findings,
  };
}

/** An approver decides on the arguments themselves, but for what the operator says may hold a secret. */
function shownOf({ server, tool, operation, name, method, pin, params, text, findings }: Plan): JsonRecord {
  const given: Json = tool === undefined ? params : (params['arguments'] ?? {});
  const shown = withhold(given, operation?.secretArguments ?? []).value;
  return {
    tool: name,
    method,
    server: { id: server.id, title: server.title, owner: server.owner, environment: server.environment },
    class: tool?.class ?? 'read',
    pin,
    idempotent: operation?.idempotent ?? false,
    arguments:
      text.length <= SHOWN_CHARS_MAX ? shown : { tooLongToShow: true, bytes: Buffer.byteLength(text), begins: begin(shown) },
    findings: [...findings],
  };
}

const begin = (value: Json): string => JSON.stringify(value).slice(0, 2_000);
