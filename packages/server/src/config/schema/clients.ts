/** clients.yaml: which clients are under management, and what their own settings are. */
import { z } from 'zod';
import { CLIENT_NAMES } from '../../ports/clients.ts';
import { BaseUrl, Duration, Instant, RelativePath, Sentence, Slug, WireId } from './common.ts';

const Version = z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/, 'must be a version such as `1.2.3`');

/** The first versions that were seen to keep every setting that we rely on. */
export const CODEX_MINIMUM = '0.169.0';
export const CLAUDE_MINIMUM = '2.1.329';

const terms = (minimum: string) =>
  z.strictObject({
    minimumVersion: Version.default(minimum).describe('Older versions may only read: they ignore controls without a word.'),
    models: z.array(WireId).min(1).max(50).describe('Models that it is offered; the first one is preset.'),
    sandbox: z.enum(['read-only', 'workspace-write']).default('workspace-write'),
  });

const Host = z
  .string()
  .regex(
    /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/,
    'must be a host such as `artifacts.example.com` or `*.example.com`',
  )
  .max(253);

export const ClientsFile = z
  .strictObject({
    origin: BaseUrl.optional().describe('How machines reach this installation; without it, as the server knows itself.'),
    unmanaged: z
      .enum(['readOnly', 'report'])
      .default('readOnly')
      .describe('A client that shows none of our settings may only read, or is only reported.'),
    grace: Duration.default('24h').describe(
      'How long settings that were replaced still count: machines fetch them once an hour, or by hand.',
    ),
    telemetry: z.boolean().default(true).describe('Whether the clients report what they do to us.'),
    hosts: z.array(Host).max(500).default([]).describe('Hosts that commands in the clients’ own sandboxes may reach.'),
    readOnlyPaths: z
      .array(RelativePath)
      .max(200)
      .default([])
      .describe('Paths below the work tree that nothing in it may change.'),
    deniedPaths: z.array(RelativePath).max(200).default([]).describe('Paths below the work tree that nothing may even read.'),
    toolServers: z
      .array(z.strictObject({ id: Slug, url: BaseUrl }))
      .max(50)
      .default([])
      .describe('Tool servers that the clients may speak to without our door. Best none.'),
    deviceTtl: Duration.default('30d').describe('Life of a device’s registration.'),
    accepted: z
      .array(
        z.strictObject({
          client: z.enum(CLIENT_NAMES),
          bypass: z.string().regex(/^[a-z][a-z0-9.-]{1,63}$/, 'must be a row of `client probe`, such as `file.link`'),
          reason: Sentence,
          until: Instant.optional().describe('From then on it caps again.'),
        }),
      )
      .max(64)
      .default([])
      .describe(
        'Ways around a client’s controls that are known to be open and lived with: they are shown, and do not cap the agent.',
      ),
    codex: terms(CODEX_MINIMUM)
      .extend({
        leavesSandbox: z
          .boolean()
          .default(false)
          .describe(
            'Whether answers of models may ask that a command leave the sandbox; automatic review is about nothing else.',
          ),
      })
      .optional()
      .describe('Codex; absent when it is not under management.'),
    claude: terms(CLAUDE_MINIMUM).optional().describe('Claude Code; absent when it is not under management.'),
  })
  .describe('Countersign: the clients under management');

export type ClientsFile = z.infer<typeof ClientsFile>;
