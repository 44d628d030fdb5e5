/** What a runner stands on. */
import type { NewId } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { SandboxBackend } from '../../ports/sandbox.ts';

/** Packing is the system's business, so it is handed in. */
export interface Packing {
  pack(folder: string, file: string): Promise<{ readonly sha256: string; readonly bytes: number }>;
  unpack(file: string, folder: string): Promise<void>;
  /** @throws Fault request.invalid for another digest than the one that was named */
  receive(
    from: AsyncIterable<Uint8Array>,
    file: string,
    sha256: string,
  ): Promise<{ readonly sha256: string; readonly bytes: number }>;
}

export interface RunnerDeps {
  readonly backend: SandboxBackend;
  readonly secret: string;
  /** A folder of our own: workspaces lie below it while they are needed. */
  readonly folder: string;
  readonly packing: Packing;
  readonly newId: NewId;
  readonly log: Log;
}
