/** egress.yaml: what sandboxes may reach. The rule of a set is also what a sandbox profile may hold itself. */
import { z } from 'zod';
import { GRANT_SCOPES, UNFAMILIAR_MODES } from '../../ports/egress-settings.ts';
import { TAINTS } from '../../ports/registry.ts';
import { Duration, SecretRef, Sentence, Slug } from './common.ts';

/** What a client may ask with. CONNECT and TRACE are the door's own business. */
export const EGRESS_METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'REPORT'] as const;

const TRANSFER = /^([1-9][0-9]{0,5})(B|KiB|MiB|GiB)$/;
const TRANSFER_UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 };

/** Bytes of a `TransferSize`. */
export function transferBytes(text: string): number {
  const [, amount, unit] = TRANSFER.exec(text) ?? [];
  return Number(amount) * (TRANSFER_UNITS[unit ?? ''] ?? Number.NaN);
}

const TransferSize = z
  .string()
  .regex(TRANSFER, 'must be a whole number with B, KiB, MiB or GiB, such as `5MiB`')
  .describe('Size such as 900B, 256KiB, 5MiB or 2GiB.');

/** Which hosts are meant is checked with the rest of the directory: a canonical name, `*.` and a name, or an address. */
const HostPattern = z.string().min(1).max(253);
const PathPrefix = z
  .string()
  .regex(/^\/[!-~]*$/, 'must be a path that begins with a slash, such as `/simple/`')
  .max(1_000);
const Port = z.int().min(1).max(65_535);

export const EgressRuleShape = z.strictObject({
  id: Slug,
  hosts: z.array(HostPattern).min(1).max(500).describe('Names, `*.name` for what is below it and never itself, or addresses.'),
  ports: z.array(Port).min(1).max(50).optional().describe('Absent: 80 and 443; with a credential 443 only.'),
  methods: z
    .array(z.enum(EGRESS_METHODS))
    .min(1)
    .optional()
    .describe('Absent: any. With methods or paths the door looks inside.'),
  paths: z.array(PathPrefix).min(1).max(200).optional().describe('What begins so, up to a slash or the end. Absent: any.'),
  decision: z.enum(['allow', 'ask', 'deny']).default('allow'),
  tls: z
    .enum(['auto', 'inspect', 'opaque'])
    .default('auto')
    .describe('auto: inspected where methods, paths or a credential need it.'),
  private: z.boolean().default(false).describe('The name may resolve to private addresses.'),
  websocket: z.boolean().default(false),
  raw: z.boolean().default(false).describe('Bytes that are not TLS may pass. Nothing of them is seen.'),
  upload: TransferSize.optional().describe('What one run may send under this rule.'),
  download: TransferSize.optional(),
  requestsPerSecond: z.int().min(1).max(10_000).optional(),
  credential: Slug.optional().describe('Put in by the door, so that the agent never has it.'),
  why: Sentence,
});
export type EgressRuleShape = z.infer<typeof EgressRuleShape>;

/** A rule within the profile of a sandbox: it needs no name, and its reason is the profile's. */
export const InlineEgressRule = EgressRuleShape.extend({ id: Slug.optional(), why: Sentence.optional() });
export type InlineEgressRule = z.infer<typeof InlineEgressRule>;

const Denied = z.strictObject({ id: Slug, hosts: z.array(HostPattern).min(1).max(2_000), why: Sentence });

const RuleSet = z.strictObject({
  why: Sentence,
  taints: z.array(z.enum(TAINTS)).default([]).describe('What a connection to one of its hosts brings into the task.'),
  rules: z.array(EgressRuleShape).min(1).max(500),
});

const Sets = z.array(Slug).max(100);
const HeaderName = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'must be the name of a header');

const Credential = z
  .strictObject({
    hosts: z.array(HostPattern).min(1).max(100).describe('Where it may be sent: names, no wildcards.'),
    paths: z.array(PathPrefix).min(1).max(100).optional(),
    secret: SecretRef.describe('Where the value is found when a request is sent.'),
    header: HeaderName.optional(),
    prefix: z
      .string()
      .max(60)
      .regex(/^[ -~]*$/, 'must be printable')
      .default('')
      .describe('Before the value, such as `Bearer `.'),
    basicUser: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[!-9;-~]+$/, 'must be printable, without a colon')
      .optional(),
    aws: z
      .strictObject({
        accessKey: z.string().regex(/^[A-Z0-9]{16,128}$/, 'must be an access key id'),
        region: Slug,
        service: Slug,
      })
      .optional()
      .describe('Requests are signed again with Signature Version 4; `secret` is the secret key.'),
  })
  .refine(
    ({ header, basicUser, aws }) => [header, basicUser, aws].filter((each) => each !== undefined).length === 1,
    'must have exactly one of header, basicUser and aws',
  );

export const UnfamiliarMode = z.enum(UNFAMILIAR_MODES);

export const EgressFile = z
  .strictObject({
    deny: z.array(Denied).max(500).default([]).describe('Never, whatever a rule says.'),
    sets: z.record(Slug, RuleSet).default({}),
    profiles: z
      .record(Slug, z.strictObject({ sets: Sets.default([]), unfamiliar: UnfamiliarMode.optional() }))
      .default({})
      .describe('What profiles of sandboxes name: sets beside those of `use`.'),
    use: z
      .strictObject({
        always: Sets.default([]),
        environments: z.record(Slug, Sets).default({}),
        repositories: z.record(Slug, Sets).default({}),
        useCases: z.record(Slug, Sets).default({}),
      })
      .prefault({})
      .describe('Who has which sets.'),
    unfamiliar: z
      .record(Slug, UnfamiliarMode)
      .default({})
      .describe('Hosts that nobody listed, by environment: deny, ask a person, or report and let pass. Absent: deny.'),
    grant: z
      .strictObject({ scope: z.enum(GRANT_SCOPES).default('task'), ttl: Duration.default('8h') })
      .prefault({})
      .describe('How far and how long an approval of an unfamiliar host reaches.'),
    limits: z
      .strictObject({
        upload: TransferSize.default('5MiB'),
        download: TransferSize.default('2GiB'),
        connections: z.int().min(1).max(10_000).default(256),
        names: z.int().min(1).max(10_000).default(50).describe('Different names below one wildcard in one run.'),
        unfamiliarUpload: TransferSize.default('64KiB'),
      })
      .prefault({}),
    credentials: z.record(Slug, Credential).default({}),
  })
  .describe('Countersign: what sandboxes may reach');

export type EgressFile = z.infer<typeof EgressFile>;
