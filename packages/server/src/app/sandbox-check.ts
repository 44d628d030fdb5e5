/** What this machine can hold a sandbox to, for `countersign doctor`: tried out, and taken away again. */
import { createBwrapBackend } from '../adapters/sandbox/index.ts';
import type { SandboxCapability } from '../ports/sandbox.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export async function sandboxCapabilities(): Promise<readonly SandboxCapability[]> {
  const backend = createBwrapBackend({ log: silent, pool: { plain: 0, networked: 0 } });
  try {
    return await backend.capabilities();
  } finally {
    await backend.close();
  }
}
