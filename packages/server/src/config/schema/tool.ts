/** tools/*.yaml: one file per tool server, with the operations that agents may call. */
import { z } from 'zod';
import { ACTION_CLASSES } from '@countersign/kernel/action';
import { SERVER_ID_LENGTH_MAX } from '@countersign/kernel/tool';
import { TAINTS } from '../../ports/registry.ts';
import { ByteSize, DataClassName, Duration, Environment, GroupRef, SecretRef, Sentence, Slug } from './common.ts';

const Json: z.ZodType = z.json();
const SchemaObject = z.record(z.string().max(1_000), Json);

const ToolUrl = z
  .string()
  .max(500)
  .refine(isPlainUrl, 'must be an http or https URL without credentials, query, fragment or trailing slash');

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text) || text.endsWith('/')) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && `${url.username}${url.password}${url.search}${url.hash}` === '';
}

const PrivateAddresses = z
  .boolean()
  .default(false)
  .describe('Whether the name may lead to private addresses of this network; metadata addresses stay out of reach.');
const DIGEST = /^sha256:[0-9a-f]{64}$/;

const Transport = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('stdio'),
    command: z
      .string()
      .regex(/^(?!-)[A-Za-z0-9._/+-]{1,300}$/, 'must be one program, by name or absolute path; arguments stand in `args`'),
    args: z.array(z.string().max(2_000)).max(64).default([]),
    cwd: z
      .string()
      .regex(/^\/[^\0]{0,300}$/, 'must be an absolute path')
      .nullable()
      .default(null),
    env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/), z.string().max(4_000)).default({}),
    digest: z
      .string()
      .regex(DIGEST, 'must be sha256: and 64 hex digits')
      .nullable()
      .default(null)
      .describe('Of the file that is run, checked before each start.'),
  }),
  z.strictObject({ kind: z.literal('http'), url: ToolUrl, privateAddresses: PrivateAddresses }),
  z.strictObject({
    kind: z.literal('openapi'),
    document: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.openapi\.(?:yaml|json)$/,
        'must be a file below tools/ whose name ends in .openapi.yaml',
      )
      .describe('File below tools/. Its own `servers` do not count.'),
    url: ToolUrl,
    privateAddresses: PrivateAddresses,
  }),
  z.strictObject({ kind: z.literal('operations'), url: ToolUrl, privateAddresses: PrivateAddresses }),
  z.strictObject({ kind: z.literal('memory') }),
]);

const Credential = z.strictObject({
  in: z.enum(['env', 'header', 'query']),
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/, 'must be the name of a variable, header or parameter'),
  reference: SecretRef,
  prefix: z.string().max(40).default('').describe('Put before the value, such as `Bearer `.'),
});

const Pointer = z
  .string()
  .max(500)
  .regex(/^(?:\/(?:[^~/]|~[01])*)+$/, 'must be a JSON pointer, such as `/user/email`');

const Http = z.strictObject({
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: z
    .string()
    .max(500)
    .regex(/^\/(?!\/)[^\s?#\\]*$/, 'must be a path below the server’s URL, such as `/issues/{number}`'),
  description: Sentence,
  input: SchemaObject.describe('JSON Schema 2020-12 of the arguments.'),
  output: SchemaObject.optional(),
  place: z
    .record(z.string().min(1).max(200), z.enum(['path', 'query', 'header', 'body']))
    .default({})
    .describe('Where arguments go that do not go where they would by themselves.'),
});

const Taints = z
  .array(z.enum(TAINTS))
  .max(TAINTS.length)
  .describe('What it brings into a task: `private` data, `untrusted` text of strangers, a way out (`egress`).');
const Rate = z.int().min(1).max(1_000_000);

const Operation = z.strictObject({
  name: z.string().min(1).max(128).describe('The server’s own name of the tool, or the operationId.'),
  alias: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be at most 64 of A-Z, a-z, 0-9, _ and -')
    .nullable()
    .default(null)
    .describe('The name that agents see, instead of server__name.'),
  class: z.enum(ACTION_CLASSES).nullable().default(null).describe('Absent: the strictest of annotations and name counts.'),
  reason: Sentence.nullable().default(null).describe('Why the class is lower than the name suggests.'),
  environments: z.array(Environment).min(1).nullable().default(null),
  approval: z.boolean().default(false).describe('A person is asked for each call, whatever the class.'),
  arguments: SchemaObject.nullable().default(null).describe('JSON Schema laid over the tool’s own: both must hold.'),
  argumentsMax: ByteSize.nullable().default(null),
  resultMax: ByteSize.nullable().default(null),
  timeout: Duration.nullable().default(null),
  ratePerMinute: Rate.nullable().default(null),
  idempotent: z.boolean().default(false),
  retries: z.int().min(0).max(5).default(0),
  idempotencyKey: z
    .strictObject({ in: z.enum(['argument', 'header']), name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/) })
    .nullable()
    .default(null),
  redact: z.array(Pointer).max(100).default([]).describe('JSON pointers into the result whose values are withheld.'),
  secretArguments: z.array(Pointer).max(100).default([]).describe('JSON pointers into the arguments that may hold a secret.'),
  taints: Taints.nullable().default(null),
  dataClass: DataClassName.nullable().default(null),
  pin: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits, as `countersign tool show` prints them')
    .nullable()
    .default(null)
    .describe('Definition that this bundle approves.'),
  http: Http.optional(),
});

export const ToolFile = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, 'must be lower case words joined by dashes, such as `issue-tracker`')
      .max(SERVER_ID_LENGTH_MAX),
    title: z.string().min(3).max(200),
    owner: GroupRef.describe('Who answers for it, and says which definitions agents may see.'),
    environment: Environment,
    transport: Transport,
    credentials: z.array(Credential).max(20).default([]),
    teams: z.array(Slug).min(1),
    environments: z.array(Environment).min(1),
    useCases: z.array(Slug).min(1),
    dataClass: DataClassName.describe('What its results are at least.'),
    maxDataClass: DataClassName.describe('What may be sent to it at most.'),
    taints: Taints.default(['untrusted']),
    expose: z
      .enum(['declared', 'all'])
      .default('declared')
      .describe('`declared`: only operations that stand here. `all`: every tool that was approved.'),
    operations: z.array(Operation).max(500).default([]),
    concurrency: z.int().min(1).max(1_000).default(8).describe('Calls in flight at most.'),
    queue: Duration.default('5s').describe('How long a call may wait for a free place.'),
    timeout: Duration.default('30s'),
    argumentsMax: ByteSize.default('256KiB'),
    resultMax: ByteSize.default('4MiB'),
    ratePerMinute: Rate.nullable().default(null),
    elicitation: z.boolean().default(false).describe('Whether questions of the server may reach the agent’s user.'),
    elicitationHosts: z
      .array(z.string().regex(/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$/, 'must be a host name'))
      .max(50)
      .default([]),
    sampling: z.boolean().default(false).describe('Whether the server may ask the agent’s client for answers of its model.'),
    roots: z.boolean().default(false).describe('Whether the server may ask the agent’s client which paths it works in.'),
    enabled: z.boolean().default(true),
  })
  .describe('Countersign: one tool server');

export type ToolFile = z.infer<typeof ToolFile>;
