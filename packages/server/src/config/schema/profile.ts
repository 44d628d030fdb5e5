/** profiles/*.yaml, and the file of `countersign exec --profile`: what a sandbox looks like. Everything has a safe default. */
import { z } from 'zod';
import { CLIENT_NAMES } from '../../ports/clients.ts';
import { STRENGTHS } from '../../ports/sandbox.ts';
import { UNFAMILIAR_MODES } from '../../ports/egress-settings.ts';
import { Duration, durationMs, RelativePath, Sentence, Slug } from './common.ts';
import { InlineEgressRule } from './egress.ts';

const SIZE = /^([1-9][0-9]{0,5})(B|KiB|MiB|GiB|TiB)$/;
const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
  TiB: 1_099_511_627_776,
};
const NONE = 'none';

/** Bytes of a size; `none` is 0. */
export function sizeBytes(text: string): number {
  const [, amount, unit] = SIZE.exec(text) ?? [];
  return text === NONE ? 0 : Number(amount) * (SIZE_UNITS[unit ?? ''] ?? Number.NaN);
}

/** 1024TiB: more than any machine has, and still a whole number to everything that counts. */
const SIZE_BYTES_MAX = 2 ** 50;
const TOO_MUCH = 'must be at most 1024TiB';
const isBounded = (text: string): boolean => !SIZE.test(text) || sizeBytes(text) <= SIZE_BYTES_MAX;

const Size = z
  .string()
  .regex(SIZE, 'must be a whole number with B, KiB, MiB, GiB or TiB, such as `512MiB`')
  .refine(isBounded, TOO_MUCH);
const SizeOrNone = z
  .string()
  .refine(
    (text) => text === NONE || SIZE.test(text),
    'must be a whole number with B, KiB, MiB, GiB or TiB, such as `2GiB`, or `none`',
  )
  .refine(isBounded, TOO_MUCH);

/** The system counts the size of a file in blocks: what is no multiple of them could not be held exactly. */
const FILE_BLOCK_BYTES = 512;
const FileSize = Size.refine((text) => sizeBytes(text) % FILE_BLOCK_BYTES === 0, 'must be a multiple of 512B');

const COUNT_MAX = 1_000_000;
const countOrNone = (min: number) =>
  z.union([z.int().min(min).max(COUNT_MAX), z.literal(NONE)], `must be a whole number from ${min} to ${COUNT_MAX}, or \`none\``);
/** A sandbox has two processes of its own, and one for the command. */
const PROCESSES_MIN = 3;

/** A timer cannot be set further ahead. */
const DAYS_MAX = 24;
const RunTime = Duration.refine((text) => !(durationMs(text) > DAYS_MAX * 86_400_000), `must be at most ${DAYS_MAX}d`);

const AbsolutePath = z
  .string()
  .max(1_000)
  .regex(/^(?:\/(?!\.{1,2}(?:\/|$))[^/\0\n]+)+$/, 'must be an absolute path without `.`, `..` and a slash at its end');

/** Names that the sandbox sets itself, and those that would lead around its network. */
const RESERVED =
  /^(?:HTTPS?_PROXY|https?_proxy|ALL_PROXY|all_proxy|NO_PROXY|no_proxy|HOME|PWD|COUNTERSIGN_.*|GIT_CONFIG_(?:COUNT|PARAMETERS|(?:KEY|VALUE)_\d+))$/;
const VariableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'must be the name of a variable')
  .refine((name) => !RESERVED.test(name), 'is a variable that the sandbox sets itself');
const VariableValue = z
  .string()
  .max(10_000)
  .refine((text) => !text.includes('\0'), 'must not have NUL bytes');

const Workspace = z
  .strictObject({
    mode: z.enum(['read', 'write']).default('write'),
    hidden: z
      .array(RelativePath)
      .max(200)
      .default(['.env', '.env.local', '.env.development', '.env.production', '.netrc', '.aws', '.ssh', '.kube', '.docker'])
      .describe('Files and folders that are seen as empty.'),
    protect: z
      .array(RelativePath)
      .max(200)
      .default([])
      .describe('Files and folders that cannot be written; those of version control, editors and agents never can.'),
    scratch: z
      .array(RelativePath)
      .max(200)
      .default([])
      .describe('Folders that stay writable where the paths of a mandate narrow what is; made where they are missing.'),
    linkedFiles: z
      .enum(['hold', 'leave'])
      .default('hold')
      .describe(
        'Files that have further names outside of the workspace: `hold` keeps them as they are, `leave` lets a run change them.',
      ),
  })
  .prefault({});

const Mount = z.strictObject({
  path: AbsolutePath.describe('On the host; it has to lie in what the mandate, or the operator, allows.'),
  at: AbsolutePath.optional().describe('Inside; absent: the same.'),
  mode: z.enum(['read', 'write']).default('read'),
});

const Limits = z
  .strictObject({
    memory: SizeOrNone.default('2GiB').describe('All processes together, with what lies in the private file systems; or `none`.'),
    processes: countOrNone(PROCESSES_MIN).default(256).describe('Processes and threads; or `none`.'),
    cpu: countOrNone(1).default(NONE).describe('Percent of one core: 150 is one and a half; or `none`.'),
    fileSize: FileSize.default('1GiB').describe('The largest file that may be written; a multiple of 512B.'),
    openFiles: z.int().min(16).max(1_048_576).default(4_096).describe('Of each process.'),
    workspace: SizeOrNone.default(NONE).describe(
      'All of the workspace; it is then a copy that goes back at the end, and counts as memory.',
    ),
    workspaceFiles: countOrNone(1).default(NONE).describe('Files and folders of the workspace; likewise.'),
    tmp: Size.default('256MiB').describe('/tmp, /dev/shm and the home together.'),
    output: Size.default('16MiB').describe('Both streams of all commands together.'),
    time: RunTime.default('15m').describe('From the first command on; at most 24d.'),
  })
  .prefault({});

const Egress = z.strictObject({
  rules: z.array(InlineEgressRule).max(500).default([]).describe('First match wins; denials first.'),
  sets: z.array(Slug).max(100).default([]).describe('Rule sets of egress.yaml.'),
  unfamiliar: z
    .enum(UNFAMILIAR_MODES)
    .default('deny')
    .describe('Hosts that no rule names; never weaker than egress.yaml has it for the environment.'),
  upload: Size.optional().describe('Bytes that all connections together may send; absent: as egress.yaml has it.'),
  download: Size.optional(),
  connections: z.int().min(1).max(10_000).optional(),
});

export const ProfileFile = z
  .strictObject({
    name: Slug.optional().describe('Absent: the name of the file.'),
    about: Sentence.optional(),
    least: z.enum(STRENGTHS).default('bwrap').describe('The weakest kind of sandbox that will do.'),
    workspace: Workspace,
    mounts: z.array(Mount).max(32).default([]),
    clients: z
      .array(z.enum(CLIENT_NAMES))
      .max(CLIENT_NAMES.length)
      .default([])
      .describe('Agent clients of the node, below /opt, under the settings that clients.yaml has for them.'),
    environment: z.record(VariableName, VariableValue).default({}),
    limits: Limits,
    network: z.enum(['none', 'door']).default('none').describe('door: through the network door only, by the rules of `egress`.'),
    egress: Egress.optional(),
    nested: z.boolean().default(false).describe('Programs may make a sandbox of their own inside, as Codex and Claude Code do.'),
    debug: z.boolean().default(false).describe('A debugger may attach to what runs inside.'),
  })
  .refine(({ network, egress }) => egress === undefined || network === 'door', 'must have `network: door` where it has `egress`')
  .refine(
    ({ network, clients }) => clients.length === 0 || network === 'door',
    'must have `network: door` where it has `clients`',
  )
  .describe('Countersign: the profile of a sandbox');

export type ProfileFile = z.infer<typeof ProfileFile>;
