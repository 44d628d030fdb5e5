/** Who asks: an agent's own key, or a token of an issuer that the bundle names. Never a claim in a header or a body. */
import type { FaultCode } from '@countersign/kernel/fault';
import { asFault } from '@countersign/kernel/fault';
import type { CredentialRecord, MandateAnswer } from '../ports/identity.ts';
import { parseKey } from '../ports/key-format.ts';
import type { AgentRecord, BundleSnapshot, OidcLogin } from '../ports/registry.ts';
import type { Caller, Presented } from '../ports/road.ts';
import type { RoadDeps } from './deps.ts';
import { sameDigest, sha256Hex } from './hash.ts';

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
  const unknown = refused('identity.invalid', 'The key is not known here.');
  const key = parseKey(text);
  if (key === undefined) return unknown;
  const looked = deps.live.credential(key.id);
  const record: CredentialRecord | undefined = looked instanceof Promise ? await looked : looked;
  if (record === undefined || record.org !== deps.org || record.kind !== key.kind) return unknown;
  if (!sameDigest(sha256Hex(key.secret), record.secretHash)) return unknown;
  if (record.revokedAt !== null) return refused('identity.revoked', 'The key was revoked.', record.id);
  if (record.expiresAt !== null && deps.clock.now() >= Date.parse(record.expiresAt))
    return refused('identity.expired', 'The key has expired.', record.id);
  if (record.kind !== 'agent')
    return refused('identity.forbidden', "A person's key is for the management API; doors are for agents.", record.id);
  const agent = snapshot.agents.get(record.subject);
  if (agent === undefined || agent.disabled)
    return refused('identity.forbidden', 'The agent of this key is not registered, or is disabled.', record.id);
  return { ok: true, login: { agent, credential: record.id, mandate: record.mandate, onBehalfOf: record.onBehalfOf } };
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
  const { agent, credential } = login;
  const named = login.mandate ?? presented.mandate;
  const base = { org: deps.org, agent, credential };
  const asked = login.onBehalfOf ?? presented.onBehalfOf ?? agent.owner;
  if (named === undefined || named === '') return { ok: true, caller: { ...base, onBehalfOf: asked, mandate: undefined } };
  // A key that carries its mandate cannot be used under another one.
  const conflict = login.mandate !== null && presented.mandate !== undefined && presented.mandate !== login.mandate;
  const looked = deps.live.mandate(named);
  const answer: MandateAnswer = looked instanceof Promise ? await looked : looked;
  const problem = (code: FaultCode): Identity => ({
    ok: true,
    caller: { ...base, onBehalfOf: asked, mandate: undefined, mandateProblem: code },
  });
  if (conflict) return problem('mandate.invalid');
  if (!answer.ok) return problem(MANDATE_FAULTS[answer.why]);
  const { mandate } = answer;
  if (mandate.org !== deps.org || mandate.agent !== agent.id || mandate.role !== agent.role) return problem('mandate.invalid');
  if (deps.clock.now() >= Date.parse(mandate.expiresAt)) return problem('mandate.expired');
  return { ok: true, caller: { ...base, onBehalfOf: mandate.onBehalfOf, mandate } };
}
