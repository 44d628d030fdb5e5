/** Who asks: an agent's own key, or a token of an issuer that the bundle names. Never a claim in a header or a body. */
import type { FaultCode } from '@countersign/kernel/fault';
import { asFault } from '@countersign/kernel/fault';
import type { MandateAnswer } from '../ports/identity.ts';
import { parseKey } from '../ports/key-format.ts';
import type { Mutable } from '../ports/mutable.ts';
import type { AgentRecord, BundleSnapshot, OidcLogin } from '../ports/registry.ts';
import type { Caller, Presented } from '../ports/road.ts';
import { type CoveredClient, coveredClient } from './coverage.ts';
import { checkCredential, isProblem } from './credential.ts';
import type { RoadDeps } from './deps.ts';

interface Refused {
  readonly ok: false;
  readonly code: FaultCode;
  readonly message: string;
  readonly credential?: string;
}
export type Identity = { readonly ok: true; readonly caller: Caller } | Refused;

const refused = (code: FaultCode, message: string, credential?: string): Refused => ({
  ok: false,
  code,
  message,
  ...(credential === undefined ? {} : { credential }),
});

const MANDATE_FAULTS = {
  missing: 'mandate.missing',
  invalid: 'mandate.invalid',
  expired: 'mandate.expired',
  revoked: 'mandate.revoked',
} as const;

interface Login {
  readonly agent: AgentRecord;
  readonly credential: string;
  readonly mandate: string | null;
  readonly onBehalfOf: string | null;
  readonly device?: string;
  readonly client?: CoveredClient;
}

type LoginAnswer = { readonly ok: true; readonly login: Login } | Refused;

export async function identify(deps: RoadDeps, presented: Presented): Promise<Identity> {
  const { bearer, apiKey } = presented;
  if (bearer !== undefined && apiKey !== undefined && bearer !== apiKey)
    return refused('identity.invalid', 'Two different credentials were presented.');
  const credential = bearer ?? apiKey;
  if (credential === undefined || credential === '')
    return refused('identity.missing', 'Present an agent key, or a token of a registered issuer.');
  const snapshot = deps.snapshots.current();
  if (snapshot === undefined) return refused('bundle.missing', 'No bundle is in force, so nothing is allowed.');
  if (!deps.live.fresh() && !(await deps.live.refresh()))
    return refused('store.unavailable', 'Revocations cannot be checked at this moment, so nothing is allowed.');
  const answer = credential.startsWith('csk_')
    ? await byKey(deps, snapshot, credential)
    : await byToken(deps, snapshot, credential);
  return answer.ok ? withMandate(deps, answer.login, presented) : answer;
}

async function byKey(deps: RoadDeps, snapshot: BundleSnapshot, text: string): Promise<LoginAnswer> {
  const key = parseKey(text);
  if (key === undefined) return refused('identity.invalid', 'The key is not known here.');
  const presented = { org: deps.org, kind: key.kind, secret: key.secret, nowMs: deps.clock.now() };
  const checked = checkCredential(await deps.live.credential(key.id), presented);
  if (isProblem(checked)) return { ok: false, ...checked };
  const { id, mandate, onBehalfOf } = checked;
  if (checked.kind !== 'agent')
    return refused('identity.forbidden', "A person's key is for the management API; doors are for agents.", id);
  const agent = snapshot.agents.get(checked.subject);
  if (agent === undefined || agent.disabled)
    return refused('identity.forbidden', 'The agent of this key is not registered, or is disabled.', id);
  const { device } = checked;
  const client = coveredClient(snapshot.settings.clients, checked.client);
  const login: Mutable<Login> = { agent, credential: id, mandate, onBehalfOf };
  if (device !== undefined) login.device = device;
  if (client !== undefined) login.client = client;
  return { ok: true, login };
}

async function byToken(deps: RoadDeps, snapshot: BundleSnapshot, token: string): Promise<LoginAnswer> {
  if (token.split('.').length !== 3) return refused('identity.invalid', 'The credential is neither one of our keys nor a token.');
  try {
    const verified = await deps.tokens.verify(token);
    const matches = (login: OidcLogin) =>
      login.issuer === verified.issuer &&
      verified.audience.includes(login.audience) &&
      Object.entries(login.claims).every(([name, value]) => verified.claims[name] === value);
    const agents = [...snapshot.agents.values()].filter((agent) => !agent.disabled && agent.logins.some(matches));
    const [agent] = agents;
    // Two agents that one token could be: nobody can say who acted.
    if (agent === undefined || agents.length > 1)
      return refused('identity.forbidden', 'The token is valid, but it is not the login of exactly one agent.');
    return { ok: true, login: { agent, credential: `oidc:${verified.issuer}`, mandate: null, onBehalfOf: null } };
  } catch (thrown) {
    const fault = asFault(thrown);
    const code = fault.code.startsWith('identity.') ? fault.code : 'identity.invalid';
    return refused(code, fault.code.startsWith('identity.') ? fault.publicText : 'The token could not be verified.');
  }
}

async function withMandate(deps: RoadDeps, login: Login, presented: Presented): Promise<Identity> {
  const { agent, credential, device, client } = login;
  const onBehalfOf = login.onBehalfOf ?? presented.onBehalfOf ?? agent.owner;
  const caller: Mutable<Caller> = {
    org: deps.org,
    agent,
    credential,
    onBehalfOf,
    mandate: undefined,
  };
  if (device !== undefined) caller.device = device;
  if (client !== undefined) caller.client = client;
  const named = login.mandate ?? presented.mandate ?? '';
  if (named === '') return { ok: true, caller };
  // A key that carries its mandate cannot be used under another one.
  const conflict = login.mandate !== null && presented.mandate !== undefined && presented.mandate !== login.mandate;
  const answer = conflict ? ({ ok: false, why: 'invalid' } as const) : fits(deps, agent, await deps.live.mandate(named));
  if (answer.ok) {
    caller.onBehalfOf = answer.mandate.onBehalfOf;
    caller.mandate = answer.mandate;
  } else caller.mandateProblem = MANDATE_FAULTS[answer.why];
  return { ok: true, caller };
}

/** A mandate counts for the agent and the role that it was issued for, here, and until it expires. */
function fits(deps: RoadDeps, agent: AgentRecord, answer: MandateAnswer): MandateAnswer {
  if (!answer.ok) return answer;
  const { org, agent: holder, role, expiresAt } = answer.mandate;
  if (org !== deps.org || holder !== agent.id || role !== agent.role) return { ok: false, why: 'invalid' };
  return deps.clock.now() >= Date.parse(expiresAt) ? { ok: false, why: 'expired' } : answer;
}
