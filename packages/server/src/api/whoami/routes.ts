/** Who the caller is to Countersign, and under which revision. */
import type { ApiDeps } from '../deps.ts';
import { json, newGroup, reads, z } from '../http/group.ts';

const WhoAmI = z
  .object({
    kind: z.enum(['person', 'agent']),
    id: z.string(),
    org: z.string(),
    credential: z.string(),
    admin: z.boolean(),
    groups: z.array(z.string()),
    onBehalfOf: z.string().nullable(),
    mandate: z.string().nullable(),
    revision: z.string().nullable(),
    version: z.string(),
  })
  .openapi('WhoAmI');

const whoami = reads('/whoami', { summary: 'Who am I' }, {}, json(WhoAmI, 'The caller'));

export function whoamiRoutes(deps: ApiDeps) {
  const group = newGroup();
  group.openapi(whoami, async (c) => {
    const caller = c.get('caller');
    const common = { org: deps.org, revision: deps.snapshots.current()?.revision ?? null, version: deps.version };
    if (caller.kind === 'person') {
      const { id, credential, admin, groups } = caller.person;
      return c.json(
        { kind: 'person' as const, id, credential, admin, groups: [...groups], onBehalfOf: null, mandate: null, ...common },
        200,
      );
    }
    const { agent } = caller;
    const own = { credential: agent.credential, onBehalfOf: agent.onBehalfOf, mandate: agent.mandate?.id ?? null };
    return c.json({ kind: 'agent' as const, id: caller.id, admin: false, groups: [], ...own, ...common }, 200);
  });
  return group;
}
