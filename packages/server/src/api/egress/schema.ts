/** Hosts, grants and checks as documents. */
import { GRANT_SCOPES } from '../../ports/egress-settings.ts';
import type { HostHistory, TemporaryGrant } from '../../ports/familiarity.ts';
import { Name, Sentence, Time, z } from '../http/group.ts';

/** A grant has an end, and none is farther away. What should hold longer is a rule. */
const GRANT_MINUTES_MAX = 7 * 24 * 60;

const Method = z.string().regex(/^[A-Z]{3,20}$/, 'must be a method such as GET');

export const Grant = z
  .object({
    id: z.string(),
    host: z.string(),
    scope: z.enum(GRANT_SCOPES),
    of: z.string().openapi({ description: 'Id of the run, the task or the repository' }),
    methods: z.array(z.string()).openapi({ description: 'Empty: any' }),
    by: z.string(),
    reason: z.string(),
    approval: z.string().nullable().openapi({ description: 'The approval request that it came from' }),
    decision: z.string(),
    createdAt: Time,
    expiresAt: Time,
    revokedAt: Time.nullable(),
    revokedBy: z.string().nullable(),
  })
  .openapi('EgressGrant');

const hostMembers = {
  host: z.string(),
  domain: z.string(),
  firstSeen: Time.nullable(),
  lastSeen: Time.nullable(),
  runs: z.int(),
  denials: z.int(),
  connections: z.int(),
  uploadBytes: z.int(),
  downloadBytes: z.int(),
  repositories: z.array(z.string()).openapi({ description: 'The first twenty by name' }),
  repositoryCount: z.int(),
  agentKinds: z.array(z.string()),
  lastVerdict: z.enum(['allowed', 'denied', 'never']),
  approver: z.string().nullable(),
  approvedUntil: Time.nullable(),
};
export const Host = z.object(hostMembers).openapi('EgressHost');
export const HostWithGrants = z.object({ ...hostMembers, says: z.string(), grants: z.array(Grant) }).openapi('EgressHostReport');

export const checkQuery = z.object({
  url: z.string().min(1).max(2_000),
  method: Method.default('GET'),
  environment: Name.optional(),
  repository: Name.optional(),
  useCase: Name.optional(),
  profile: Name.optional(),
});

export const Checked = z
  .object({
    host: z.string(),
    port: z.int(),
    method: z.string(),
    path: z.string(),
    environment: z.string(),
    verdict: z.enum(['allow', 'ask', 'deny', 'unfamiliar', 'report']),
    rule: z.string(),
    zone: z.string(),
    why: z.string(),
    action: z.string(),
    methods: z.array(z.string()),
    enforcement: z.string(),
    credential: z.string().nullable(),
    taints: z.array(z.string()),
    known: z.string(),
  })
  .openapi('EgressCheck');

export const GrantAskBody = z.strictObject({
  host: z.string().min(1).max(300),
  scope: z.enum(GRANT_SCOPES),
  of: Name,
  methods: z.array(Method).max(20).default(['GET', 'HEAD']).openapi({ description: 'Empty: any' }),
  minutes: z.int().min(1).max(GRANT_MINUTES_MAX),
  reason: Sentence,
});

/** Mutable copies, as the response types want them. */
export const grantView = ({ org: _, methods, ...rest }: TemporaryGrant): z.infer<typeof Grant> => ({
  ...rest,
  methods: [...methods],
});

export const hostView = ({ repositories, agentKinds, ...rest }: HostHistory): z.infer<typeof Host> => ({
  ...rest,
  repositories: [...repositories],
  agentKinds: [...agentKinds],
});
