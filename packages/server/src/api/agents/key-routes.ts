/** Listing, replacing and revoking static keys: the same for agents and people, but for who may. */
import type { Context } from 'hono';
import type { KeyKind } from '../../ports/key-format.ts';
import type { ApiDeps, Person } from '../deps.ts';
import type { ApiEnv } from '../http/env.ts';
import { changes, creates, dry, idParams, json, Name, pageOf, type newGroup, reads, reasonBody } from '../http/group.ts';
import { liveCredential, rotateKey } from './credentials.ts';
import { Credential, credentialView, IssuedCredential } from './schema.ts';

/** Each rule throws for callers who may not, and where there is no such holder. */
export interface KeyHolders {
  readonly kind: KeyKind;
  /** Path of the holders, such as `/agents`. */
  readonly path: string;
  /** In summaries: `an agent`. */
  readonly of: string;
  readonly mayList: (c: Context<ApiEnv>, id: string) => void;
  readonly mayRotate: (c: Context<ApiEnv>, id: string) => Person;
  readonly mayRevoke: (c: Context<ApiEnv>, id: string) => Person;
  /** Who `mayRotate` and `mayRevoke` let through, in a sentence each. */
  readonly rotators: string;
  readonly revokers: string;
}

const params = idParams.extend({ credential: Name });

export function addKeyRoutes(group: ReturnType<typeof newGroup>, deps: ApiDeps, holders: KeyHolders): void {
  const { kind, of, mayList, mayRotate, mayRevoke } = holders;
  const path = `${holders.path}/{id}/credentials`;
  const list = reads(
    path,
    { summary: `List the keys of ${of}` },
    { params: idParams },
    json(pageOf(Credential), 'Credentials, without secrets'),
  );
  const rotate = creates(
    `${path}/{credential}/rotate`,
    {
      summary: `Replace a key of ${of}`,
      description: `Issues a key with the same terms and revokes the old one. ${holders.rotators}`,
    },
    { params },
    json(IssuedCredential, 'The new key'),
  );
  const revoke = changes(
    `${path}/{credential}/revoke`,
    { summary: `Revoke a key of ${of}`, description: `In force on every node within two seconds. ${holders.revokers}` },
    { params, body: reasonBody },
    json(Credential, 'The credential, revoked'),
  );
  group.openapi(list, async (c) => {
    const { id } = c.req.valid('param');
    mayList(c, id);
    const records = await deps.identity.credentials(deps.org, id);
    return c.json({ data: records.filter((record) => record.kind === kind).map(credentialView) }, 200);
  });
  group.openapi(rotate, async (c) => {
    const { id, credential } = c.req.valid('param');
    const by = mayRotate(c, id);
    const old = await liveCredential(deps, kind, id, credential);
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`replace key ${old.id} of ${id}`), 200);
    return c.json(await rotateKey(deps, c, old, by.id), 201);
  });
  group.openapi(revoke, async (c) => {
    const { id, credential } = c.req.valid('param');
    const by = mayRevoke(c, id);
    const old = await liveCredential(deps, kind, id, credential);
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`revoke key ${old.id} of ${id}`), 200);
    return c.json(credentialView(await deps.identity.revoke(deps.org, old.id, by.id, c.req.valid('json').reason)), 200);
  });
}
