/**
 * The fault registry. A fault has two voices: `code` and `publicText` are for the caller, `internalText` and `cause` for the log.
 * Every code has a page in docs/faults, and a test says so. The problem document is RFC 9457.
 */
import type { JsonRecord } from './json.ts';

interface FaultEntry {
  /** HTTP status where the fault is answered over HTTP. */
  readonly status: number;
  readonly title: string;
}

export const FAULTS = {
  // The request itself.
  'request.invalid': { status: 400, title: 'The request is not well formed' },
  'request.unknown-entity': { status: 400, title: 'The request names something that is not registered' },
  'request.too-large': { status: 413, title: 'The request is too large' },
  'request.timeout': { status: 408, title: 'The request did not arrive in time' },
  'request.unsupported': { status: 400, title: 'The request asks for something that is not supported' },
  'request.media-type': { status: 415, title: 'The content type is not supported' },
  'request.conflict': { status: 409, title: 'The request conflicts with the present state' },
  'request.precondition': { status: 412, title: 'The resource has changed since it was read' },
  'request.not-found': { status: 404, title: 'There is no such thing' },
  'request.rate-limited': { status: 429, title: 'Too many requests' },
  // Who asks.
  'identity.missing': { status: 401, title: 'No credential was presented' },
  'identity.invalid': { status: 401, title: 'The credential is not valid' },
  'identity.expired': { status: 401, title: 'The credential has expired' },
  'identity.revoked': { status: 401, title: 'The credential was revoked' },
  'identity.killed': { status: 403, title: 'A kill switch is on' },
  'identity.forbidden': { status: 403, title: 'This identity may not do this' },
  // Mandates and tasks.
  'mandate.missing': { status: 403, title: 'No mandate was named' },
  'mandate.invalid': { status: 403, title: 'The mandate is not valid' },
  'mandate.expired': { status: 403, title: 'The mandate has expired' },
  'mandate.revoked': { status: 403, title: 'The mandate was revoked' },
  // The decision.
  'policy.denied': { status: 403, title: 'A policy denies this' },
  'policy.error': { status: 403, title: 'A policy failed, so nothing is allowed' },
  'default.no-permit': { status: 403, title: 'No policy permits this' },
  'approval.required': { status: 403, title: 'A person must approve this' },
  'approval.invalid': { status: 403, title: 'The approval does not fit this request' },
  'approval.closed': { status: 409, title: 'The approval request is no longer open' },
  'approval.forbidden': { status: 403, title: 'This person may not decide this request' },
  'approval.stale': { status: 409, title: 'What was shown is not what would be decided' },
  'obligation.unknown': { status: 403, title: 'The door does not know a duty that comes with the permission' },
  'kernel.fault': { status: 403, title: 'The decision could not be made' },
  'bundle.missing': { status: 503, title: 'No bundle is in force' },
  'bundle.invalid': { status: 422, title: 'The bundle is not valid' },
  'bundle.stale': { status: 409, title: 'Another revision came first' },
  // Money and repetition.
  'budget.exceeded': { status: 403, title: 'A budget does not allow this' },
  'budget.missing': { status: 403, title: 'No budget covers this' },
  'loop.detected': { status: 403, title: 'The same thing was asked too often' },
  // What clients ask before they act.
  'hook.tool': { status: 403, title: 'The client has no such tool that is governed' },
  'hook.path': { status: 403, title: 'The path may not be touched' },
  'hook.patch': { status: 403, title: 'The patch is not read' },
  // Content.
  'data.found': { status: 403, title: 'The content holds what must not pass' },
  'data.unscannable': { status: 403, title: 'The content could not be judged' },
  // Models.
  'model.unknown': { status: 404, title: 'The model is not registered' },
  'model.capability': { status: 400, title: 'The model cannot serve this request' },
  'model.smuggled': { status: 400, title: 'The body asks for more than the model entry allows' },
  'upstream.unavailable': { status: 503, title: 'The model provider is not available' },
  'upstream.timeout': { status: 504, title: 'The model provider did not answer in time' },
  'upstream.refused': { status: 502, title: 'The model provider refused our request' },
  'upstream.garbage': { status: 502, title: 'The model provider sent something that cannot be read' },
  // Tools.
  'tool.unknown': { status: 404, title: 'There is no such tool here' },
  'tool.quarantined': { status: 403, title: 'The tool waits for a person to look at it' },
  'tool.unavailable': { status: 503, title: 'The tool server is not available' },
  'tool.arguments': { status: 400, title: 'The arguments do not fit the tool' },
  'tool.result': { status: 502, title: 'The tool server sent something that cannot be passed on' },
  'tool.timeout': { status: 504, title: 'The tool server did not answer in time' },
  'tool.refused': { status: 502, title: 'The tool server refused our request' },
  'tool.garbage': { status: 502, title: 'The tool server sent something that cannot be read' },
  // Sandboxes.
  'sandbox.lost': { status: 502, title: 'Nobody knows how the run ended' },
  'sandbox.unenforceable': { status: 501, title: 'This machine cannot enforce what the profile asks for' },
  'sandbox.failed': { status: 502, title: 'The sandbox failed' },
  // The network.
  'egress.denied': { status: 403, title: 'This may not be reached from here' },
  'egress.address': { status: 403, title: 'The name leads to an address that is not dialled' },
  'egress.mismatch': { status: 421, title: 'Two places of the request name different hosts' },
  'egress.limit': { status: 403, title: 'A limit on traffic is reached' },
  'egress.unreachable': { status: 502, title: 'The host could not be reached' },
  // The store and the ledger.
  'store.unavailable': { status: 503, title: 'The store is not available' },
  'store.full': { status: 503, title: 'The store is full' },
  'store.busy': { status: 503, title: 'The store has no free connection' },
  'store.slow': { status: 503, title: 'The store did not answer in time' },
  'store.unsafe': { status: 500, title: 'The store is not set up safely' },
  'ledger.corrupt': { status: 500, title: 'The ledger does not verify' },
  'ledger.not-found': { status: 404, title: 'The ledger has no such entry' },
  'ledger.format': { status: 400, title: 'This is not in the form that ledger files have' },
  'ledger.proof': { status: 422, title: 'The proof does not hold' },
  'json.not-canonical': { status: 400, title: 'The value has no canonical JSON form' },
  // Ourselves.
  'config.invalid': { status: 422, title: 'The configuration is not valid' },
  'internal.fault': { status: 500, title: 'Something went wrong on our side' },
} as const satisfies Record<string, FaultEntry>;

export type FaultCode = keyof typeof FAULTS;

export interface FaultOptions {
  /** For the log only: never sent to a caller. */
  readonly internal?: string;
  readonly cause?: unknown;
  /** Public members of the problem document. */
  readonly details?: JsonRecord;
}

/** A broken promise. Decisions are values; a Fault is thrown where a call cannot be answered at all. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly publicText: string;
  readonly internalText: string | undefined;
  readonly details: JsonRecord;

  constructor(code: FaultCode, publicText: string, options: FaultOptions = {}) {
    super(options.internal ?? publicText, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.publicText = publicText;
    this.internalText = options.internal;
    this.details = options.details ?? {};
  }

  get status(): number {
    return FAULTS[this.code].status;
  }
}

/** Where a code is explained: relative, since every installation serves its own documentation. */
export const faultPage = (code: FaultCode): string => `/docs/faults/${code}`;

/** RFC 9457 problem document of a fault; internal text never gets in. `instance` is the request id. */
export function problemOf(fault: Fault, instance?: string): JsonRecord {
  const { status, title } = FAULTS[fault.code];
  return {
    ...fault.details,
    type: faultPage(fault.code),
    title,
    status,
    detail: fault.publicText,
    code: fault.code,
    ...(instance === undefined ? {} : { instance }),
  };
}

/** Any thrown value as a Fault: what is not one of ours says nothing to the caller. */
export function asFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const internal = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'a non-error was thrown';
  return new Fault('internal.fault', 'Something went wrong on our side; the request id finds it in our log.', {
    internal,
    cause: thrown,
  });
}
