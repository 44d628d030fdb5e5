/** Who calls: a person by a static key of theirs, or an agent, which the road identifies. */
import { Fault, FAULTS, type FaultCode } from '@countersign/kernel/fault';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { provenPerson } from '../../govern/person-key.ts';
import { parseKey, type ParsedKey } from '../../ports/key-format.ts';
import type { ApiDeps, Person } from '../deps.ts';
import type { ApiCaller, ApiEnv } from './env.ts';

export type AuthDeps = Pick<ApiDeps, 'org' | 'live' | 'snapshots' | 'clock' | 'road'>;

/** The person behind a credential that was proven before. @throws Fault identity.*, store.unavailable, bundle.missing */
export async function personOfCredential(deps: AuthDeps, id: string, secret?: string): Promise<Person> {
  const { person, credential } = await provenPerson(deps, id, secret);
  return { id: person.id, credential, groups: person.groups, admin: person.admin };
}

/** The person who presents this key. Faults as above. */
export const personOf = (deps: AuthDeps, key: ParsedKey): Promise<Person> => personOfCredential(deps, key.id, key.secret);

const asCode = (code: string): FaultCode => (code in FAULTS ? (code as FaultCode) : 'identity.invalid');

async function identify(deps: AuthDeps, bearer: string, c: Context<ApiEnv>): Promise<ApiCaller> {
  const key = parseKey(bearer);
  if (key?.kind === 'person') {
    const person = await personOf(deps, key);
    return { kind: 'person', id: person.id, person };
  }
  const mandate = c.req.header('x-countersign-mandate');
  const presented = { bearer, ...(mandate === undefined ? {} : { mandate }) };
  const found = await deps.road.identify(presented, { door: 'api', trace: c.get('trace') });
  if (!found.ok) throw new Fault(asCode(found.denial.code), found.denial.message);
  return { kind: 'agent', id: found.caller.agent.id, agent: found.caller };
}

/** @throws Fault identity.missing for anything but one bearer token */
function bearerOf(header: string | undefined): string {
  const [, token] = /^Bearer +([\x21-\x7e]{1,16384})$/i.exec(header ?? '') ?? [];
  if (token === undefined) throw new Fault('identity.missing', 'Present a key: `Authorization: Bearer csk_...`.');
  return token;
}

export const authenticated = (deps: AuthDeps) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    c.set('caller', await identify(deps, bearerOf(c.req.header('authorization')), c));
    await next();
  });

/** @throws Fault identity.forbidden for agents */
export function personCaller(c: Context<ApiEnv>): Person {
  const caller = c.get('caller');
  if (caller.kind !== 'person') throw new Fault('identity.forbidden', 'Only people may do this.');
  return caller.person;
}

/** @throws Fault identity.forbidden for agents and for people who are not administrators */
export function adminCaller(c: Context<ApiEnv>): Person {
  const person = personCaller(c);
  if (!person.admin) throw new Fault('identity.forbidden', 'Only an administrator may do this.');
  return person;
}

/** An administrator, or a member of the group. @throws Fault identity.forbidden */
export function groupCaller(c: Context<ApiEnv>, group: string | undefined): Person {
  const person = personCaller(c);
  if (!person.admin && (group === undefined || !person.groups.includes(group)))
    throw new Fault(
      'identity.forbidden',
      group === undefined
        ? 'Only an administrator may do this.'
        : `Only an administrator or a member of \`${group}\` may do this.`,
    );
  return person;
}

/** Agents see what is theirs and nothing else: the agent id that a listing must be narrowed to, or undefined for people. */
export function ownAgent(c: Context<ApiEnv>): string | undefined {
  const caller = c.get('caller');
  return caller.kind === 'agent' ? caller.id : undefined;
}
