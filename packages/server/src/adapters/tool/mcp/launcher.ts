/** Starts children: checks what is run, gives it a home of its own, and listens to what it says besides the protocol. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolServerRecord } from '../../../ports/registry.ts';
import type { ToolUpstreamsDeps } from '../deps.ts';
import { Failed } from '../failed.ts';
import type { Limits } from '../parts/limits.ts';
import { NO_SECRETS, redactText, type Secrets } from '../parts/secrets.ts';
import { checkDigest, childEnvironment, findCommand, type StdioTransport } from '../wire/stdio/launch.ts';
import { StdioWire } from '../wire/stdio/wire.ts';
import type { Hear, Wire } from '../wire/wire.ts';

/** A log line of every stray line would be the server's to write. */
const STRAYS_LOGGED = 3;

/** A folder that is the child's `HOME`; kept over restarts. */
export class Home {
  #path: Promise<string> | undefined;

  path(): Promise<string> {
    this.#path ??= mkdtemp(join(tmpdir(), 'countersign-tool-')).catch(() => {
      throw new Failed('refused', 'no home folder can be made for the child', { sent: false });
    });
    return this.#path;
  }

  async remove(): Promise<void> {
    const path = await this.#path?.catch(() => undefined);
    if (path !== undefined) await rm(path, { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined);
  }
}

interface Launch {
  readonly record: ToolServerRecord;
  readonly transport: StdioTransport;
  readonly home: Home;
  readonly secrets?: Secrets;
  readonly ended: (failed: Failed) => void;
}

/** @returns what starts the child once somebody listens; @throws Failed refused */
export async function prepareChild(
  deps: ToolUpstreamsDeps,
  limits: Limits,
  { record, transport, home, secrets = NO_SECRETS, ended }: Launch,
): Promise<(hear: Hear) => Wire> {
  const program = await findCommand(transport, deps.environment);
  await checkDigest(transport, program);
  const path = await home.path();
  const fields = { server: record.id };
  let strays = 0;
  return (hear) =>
    new StdioWire({
      program,
      args: transport.args,
      cwd: transport.cwd ?? path,
      env: childEnvironment(transport, { environment: deps.environment, home: path, secrets: secrets.env }),
      graceMs: limits.graceMs,
      hear,
      said: (line) => deps.log.info('tool.stderr', { ...fields, line: redactText(line, secrets.values) }),
      stray: (bytes) => {
        strays += 1;
        if (strays <= STRAYS_LOGGED) deps.log.warn('tool.stray', { ...fields, bytes });
      },
      ended,
    });
}
