/** The view that doors hold: of all that servers offer, what was approved. Pure, and built anew from the pins whenever one of them changes. */
import type { JsonRecord } from '@countersign/kernel/json';
import { canonicalize } from '@countersign/kernel/ledger';
import {
  type DefinitionFinding,
  effectiveToolClass,
  exposedDefinition,
  exposedNames,
  type NameVerdict,
} from '@countersign/kernel/tool';
import { sha256Hex } from '../../govern/hash.ts';
import type { ToolServerRecord } from '../../ports/registry.ts';
import { SERVER_ITSELF } from '../../ports/tool-pins.ts';
import type { CatalogueServer, CatalogueTool, CatalogueView } from '../../ports/tool.ts';
import { bundleVouchesServer, isApproved, isListed, operationOf } from './approval.ts';
import type { PinBook } from './book.ts';
import { type ReadOffer, type ReadTool, sha256 } from './offer.ts';

/** One server as this process knows it. */
export interface Sight {
  readonly record: ToolServerRecord;
  /** Undefined where it was not reached yet: then what was pinned before is what it has. */
  readonly offer: ReadOffer | undefined;
  readonly checkedAt: number;
}

export interface BuiltView {
  readonly view: CatalogueView;
  /** Names of approved tools, and why some have none. */
  readonly names: readonly NameVerdict[];
}

interface Known {
  readonly identityPin: string | undefined;
  readonly approved: boolean;
  readonly server: CatalogueServer;
  readonly tools: readonly ReadTool[];
}

export function buildView(sights: readonly Sight[], book: PinBook): BuiltView {
  const known = sights.filter(({ record }) => record.enabled).map((sight) => knownOf(sight, book));
  const listed = known.flatMap(({ server, approved, tools }) =>
    tools
      .filter((tool) =>
        isListed({ server: server.record, serverApproved: approved, state: stateOf(book, server.record.id, tool), tool }),
      )
      .map((tool) => ({ server: server.record, tool })),
  );
  const names = exposedNames(
    listed.map(({ server, tool }) => ({
      server: server.id,
      name: tool.name,
      alias: operationOf(server, tool.name)?.alias ?? null,
    })),
    sha256,
  );
  const tools = listed.flatMap(({ server, tool }, index): CatalogueTool[] => {
    const exposed = names[index]?.exposed ?? null;
    return exposed === null ? [] : [toolOf(server, tool, exposed)];
  });
  tools.sort((a, b) => (a.exposed < b.exposed ? -1 : 1));
  const servers = known.map(({ server }) => server).sort((a, b) => (a.record.id < b.record.id ? -1 : 1));
  return {
    names,
    view: {
      version: versionOf(tools, known),
      tools: new Map(tools.map((tool) => [tool.exposed, tool])),
      servers: new Map(servers.map((server) => [server.record.id, server])),
    },
  };
}

const stateOf = (book: PinBook, server: string, { name, pin }: { readonly name: string; readonly pin: string }) =>
  book.find(server, name, pin)?.state;

function toolOf(server: ToolServerRecord, { name, pin, definition }: ReadTool, exposed: string): CatalogueTool {
  const operation = operationOf(server, name);
  return {
    server: server.id,
    name,
    exposed,
    class: effectiveToolClass(definition, { class: operation?.class ?? null, reason: operation?.reason ?? null }),
    pin,
    definition: exposedDefinition(definition, exposed),
  };
}

function knownOf(sight: Sight, book: PinBook): Known {
  const { record, checkedAt } = sight;
  const base = sight.offer === undefined ? remembered(record, book) : offered(sight.offer);
  const state = base === undefined ? undefined : book.find(record.id, SERVER_ITSELF, base.pin)?.state;
  const approved = base !== undefined && isApproved(state, bundleVouchesServer(record, base.findings));
  const shown = approved ? base : undefined;
  return {
    identityPin: base?.pin,
    approved,
    tools: base?.tools ?? [],
    server: {
      record,
      state: base === undefined ? 'absent' : approved ? 'pinned' : 'quarantined',
      era: base?.era ?? 'none',
      // Its own texts are kept back until they are approved, also where single tools of it may be called.
      instructions: shown?.instructions ?? null,
      prompts: shown?.prompts ?? [],
      resources: shown?.resources ?? [],
      resourceTemplates: shown?.resourceTemplates ?? [],
      capabilities: shown?.capabilities ?? {},
      checkedAt,
    },
  };
}

interface Base {
  readonly pin: string;
  readonly findings: readonly DefinitionFinding[];
  readonly era: CatalogueServer['era'];
  readonly instructions: string | null;
  readonly prompts: readonly JsonRecord[];
  readonly resources: readonly JsonRecord[];
  readonly resourceTemplates: readonly JsonRecord[];
  readonly capabilities: JsonRecord;
  readonly tools: readonly ReadTool[];
}

const offered = ({ identity, pins, identityFindings, era, resources, capabilities, tools }: ReadOffer): Base => ({
  ...identity,
  pin: pins.identity,
  findings: identityFindings,
  era,
  resources,
  capabilities,
  tools,
});

/** A server that was not reached since this process began: what of it is approved, as far as it was there when somebody last looked. */
function remembered(record: ToolServerRecord, book: PinBook): Base | undefined {
  const rows = book.ofServer(record.id).filter(({ missingSince, state }) => missingSince === null && isKept(state));
  const own = rows.find(({ name }) => name === SERVER_ITSELF);
  if (own === undefined) return undefined;
  const { era, instructions, prompts, resourceTemplates, capabilities } = own.definition as Partial<Base>;
  return {
    pin: own.pin,
    findings: own.findings,
    era: era ?? 'none',
    instructions: instructions ?? null,
    prompts: prompts ?? [],
    resources: [],
    resourceTemplates: resourceTemplates ?? [],
    capabilities: capabilities ?? {},
    tools: rows.filter(({ name }) => name !== SERVER_ITSELF),
  };
}

const isKept = (state: string): boolean => state === 'pinned' || state === 'bundle';

/** Whatever an agent could see: another text for another view, on every node. */
function versionOf(tools: readonly CatalogueTool[], known: readonly Known[]): string {
  const parts = [
    tools.map(({ exposed, pin, class: name }) => [exposed, pin, name]),
    known.map(({ server, approved, identityPin }) => [server.record.id, approved, identityPin ?? null, server.resources]),
  ];
  return sha256Hex(canonicalize(parts)).slice(0, 32);
}
