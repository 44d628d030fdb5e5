/** What a tool server offers is approved by a person of the team that answers for it. */
import { vi } from 'vitest';
import { type Client, pathOf } from '../../packages/server/src/client/index.ts';
import type { Installation } from '../support/installation.ts';

export interface OfferedTool {
  readonly name: string;
  readonly exposed: string | null;
  readonly pin: string | null;
  readonly class: string | null;
  readonly state: 'listed' | 'quarantined' | 'held' | 'rejected' | 'refused' | 'undeclared';
  readonly reason: string | null;
  readonly findings: readonly { readonly rule: string; readonly kind: string; readonly path: string }[];
}

export interface OfferedServer {
  readonly id: string;
  readonly status: string;
  readonly state: string;
  readonly pin: string | null;
  readonly tools: readonly OfferedTool[];
}

/** A server is a child that has to start, and the machine may be busy. */
const SEEN_MS_MAX = 60_000;
const REASON = 'A test server holds nothing of anybody.';

/** What the server offers, once it was seen. */
export async function offerOf(admin: Client, server: string): Promise<OfferedServer> {
  return vi.waitFor(
    async () => {
      const seen = (await admin.get(pathOf`/api/v1/tools/servers/${server}`)).json as unknown as OfferedServer;
      if (seen.pin === null) throw new Error(`the tool server ${server} offers nothing: ${JSON.stringify(seen)}`);
      return seen;
    },
    { timeout: SEEN_MS_MAX, interval: 100 },
  );
}

export async function refresh(admin: Client, server: string): Promise<OfferedServer> {
  return (await admin.post(pathOf`/api/v1/tools/servers/${server}/refresh`, {})).json as unknown as OfferedServer;
}

/** The server as a whole, with every tool in which nothing was found. */
export async function approveAll({ admin }: Pick<Installation, 'admin'>, server: string): Promise<void> {
  const { pin } = await offerOf(admin, server);
  await admin.post(pathOf`/api/v1/tools/servers/${server}/verdict`, { pin: String(pin), answer: 'approve', reason: REASON });
}
