/** Tool servers as the API sees them, and what people say about definitions: each word of theirs takes the road. */
import { Fault } from '@countersign/kernel/fault';
import { canonicalize } from '@countersign/kernel/ledger';
import type { Person, ToolDesk, ToolVerdict } from '../../api/deps.ts';
import { sha256Hex } from '../../govern/hash.ts';
import type { Catalogue } from '../../jobs/tool-catalogue/catalogue.ts';
import { pinReport, serverReport, waitingPins } from '../../jobs/tool-catalogue/report.ts';
import { toolServerRef } from '../../ports/tool-entity.ts';
import type { ToolServerRecord } from '../../ports/registry.ts';
import { SERVER_ITSELF, type ToolPins } from '../../ports/tool-pins.ts';
import type { ServerReport } from '../../ports/tool-report.ts';
import { onRoad, type PersonTerms } from './person-road.ts';

export interface ToolDeskTerms extends PersonTerms {
  readonly catalogue: Catalogue;
  readonly pins: ToolPins;
}

type Pins = readonly { readonly name: string; readonly pin: string }[];

const stale = (): Fault => new Fault('approval.stale', 'What was shown is not what the server offers now. Look again.');

export function openToolDesk(terms: ToolDeskTerms): ToolDesk {
  const { catalogue, snapshots } = terms;
  const recordOf = (id: string): ToolServerRecord => {
    const record = snapshots.current()?.toolServers.get(id);
    if (record === undefined) throw new Fault('request.not-found', 'The bundle in force has no such tool server.');
    return record;
  };
  return {
    servers: () =>
      [...(snapshots.current()?.toolServers.values() ?? [])]
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .map((record) => serverReport(catalogue, record)),
    server: (id) => serverReport(catalogue, recordOf(id)),
    definition(id, tool) {
      const report = pinReport(catalogue, recordOf(id).id, tool);
      if (report === undefined) throw new Fault('request.not-found', 'This server never offered such a tool.');
      return report;
    },
    waiting: () => waitingPins(catalogue),
    preview: (verdict) => pinsOf(serverReport(catalogue, recordOf(verdict.server)), verdict).map(({ name }) => name),
    decide: (by, verdict) => decide(terms, by, recordOf(verdict.server), verdict),
    async refresh(id) {
      const record = recordOf(id);
      if (!record.enabled) throw new Fault('request.conflict', 'The server is switched off, so it is not asked.');
      await catalogue.refresh(id);
      return serverReport(catalogue, record);
    },
  };
}

/**
 * What a verdict is about. Of one tool: its definition. Of a whole server: its own texts, and to approve it also every tool that is offered
 * to agents and in which nothing was found; whatever was found is looked at by itself.
 * @throws Fault approval.stale when the pin is not that of what is offered now
 */
function pinsOf(server: ServerReport, { tool, pin, answer, identity }: ToolVerdict & { readonly identity?: string }): Pins {
  if (tool !== null) {
    if (server.tools.every((each) => each.name !== tool || each.pin !== pin)) throw stale();
    return [{ name: tool, pin }];
  }
  if (server.pin !== pin) throw stale();
  const own = [{ name: SERVER_ITSELF, pin: identity ?? pin }];
  if (answer === 'reject') return own;
  const clean = server.tools.filter(({ state, findings }) => state === 'quarantined' && findings.length === 0);
  return [...own, ...clean.flatMap(({ name, pin: each }) => (each === null ? [] : [{ name, pin: each }]))];
}

async function decide(
  terms: ToolDeskTerms,
  by: Person,
  record: ToolServerRecord,
  verdict: ToolVerdict,
): Promise<readonly string[]> {
  const { catalogue, pins, org, snapshots } = terms;
  const { tool, pin, answer, reason } = verdict;
  const identity = catalogue.keeper(record.id)?.offer?.pins.identity;
  const decided = pinsOf(serverReport(catalogue, record), { ...verdict, ...(identity === undefined ? {} : { identity }) });
  const namespace = snapshots.current()?.compiled.namespace ?? '';
  const ask = {
    action: 'tool.pin',
    reason,
    resource: toolServerRef(namespace, record.id),
    contentDigest: sha256Hex(canonicalize({ answer, pins: decided })),
    shown: { server: record.id, tool, pin, answer, definitions: decided.length },
  } as const;
  await onRoad(terms, by, ask, (decision) =>
    pins.decide({ org, server: record.id, pins: decided, answer, by: by.id, reason, decision }),
  );
  await catalogue.pull();
  return decided.map(({ name }) => name);
}
