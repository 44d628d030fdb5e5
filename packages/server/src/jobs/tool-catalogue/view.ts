/** The view that doors hold: of all that servers offer, what was approved. Pure, and built anew from the pins whenever one of them changes. */
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

function knownOf({ record, offer, checkedAt }: Sight, book: PinBook): Known {
  const base = offer === undefined ? remembered(record, book) : offered(offer);
  if (base === undefined) {
    const server: CatalogueServer = { record, state: 'absent', era: 'none', ...NO_TEXTS, checkedAt };
    return { identityPin: undefined, approved: false, tools: [], server };
  }
  const state = book.find(record.id, SERVER_ITSELF, base.pin)?.state;
  const approved = isApproved(state, bundleVouchesServer(record, base.findings));
  // Its own texts are kept back until they are approved, also where single tools of it may be called.
  const texts = approved ? textsOf(base) : NO_TEXTS;
  const server: CatalogueServer = { record, state: approved ? 'pinned' : 'quarantined', era: base.era, ...texts, checkedAt };
  return { identityPin: base.pin, approved, tools: base.tools, server };
}

type Texts = Pick<CatalogueServer, 'instructions' | 'prompts' | 'resources' | 'resourceTemplates' | 'capabilities'>;

const NO_TEXTS: Texts = { instructions: null, prompts: [], resources: [], resourceTemplates: [], capabilities: {} };

const textsOf = ({ instructions, prompts, resources, resourceTemplates, capabilities }: Base): Texts => ({
  instructions,
  prompts,
  resources,
  resourceTemplates,
  capabilities,
});

interface Base extends Texts {
  readonly pin: string;
  readonly findings: readonly DefinitionFinding[];
  readonly era: CatalogueServer['era'];
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
  // What is stored is read as carefully as anything: an older release may have written less.
  const texts = withoutUndefined({ instructions, prompts, resourceTemplates, capabilities });
  return {
    ...NO_TEXTS,
    ...texts,
    pin: own.pin,
    findings: own.findings,
    era: era ?? 'none',
    tools: rows.filter(({ name }) => name !== SERVER_ITSELF),
  };
}

const withoutUndefined = (texts: { readonly [K in keyof Texts]?: Texts[K] | undefined }): Partial<Texts> =>
  Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined));

const isKept = (state: string): boolean => state === 'pinned' || state === 'bundle';

/** Whatever an agent could see: another text for another view, on every node. */
function versionOf(tools: readonly CatalogueTool[], known: readonly Known[]): string {
  const parts = [
    tools.map(({ exposed, pin, class: name }) => [exposed, pin, name]),
    known.map(({ server, approved, identityPin }) => [server.record.id, approved, identityPin ?? null, server.resources]),
  ];
  return sha256Hex(canonicalize(parts)).slice(0, 32);
}
