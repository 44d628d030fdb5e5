/** What people are shown of the catalogue: how servers fare, why a tool is not listed, and what a changed definition says that the approved one did not. */
import type { ActionClass } from '@countersign/kernel/action';
import type { JsonRecord } from '@countersign/kernel/json';
import {
  type DefinitionChange,
  type DefinitionFinding,
  diffDefinitions,
  effectiveToolClass,
  likeness,
  LIKENESS_MIN,
} from '@countersign/kernel/tool';
import { isoTime } from '../../ports/clock.ts';
import type { ToolServerRecord } from '../../ports/registry.ts';
import { type PinRecord, SERVER_ITSELF, type StoredPinState } from '../../ports/tool-pins.ts';
import { bundleVouches, bundleVouchesServer, isApproved, isExposed, operationOf } from './approval.ts';
import type { Catalogue } from './catalogue.ts';
import type { ReadOffer, ReadTool } from './offer.ts';

/**
 * `listed`: agents may call it. `quarantined`: a person has to look. `held`: it is approved, and its server is not. `rejected`: a person
 * said no. `refused`: it can never be listed. `undeclared`: the operator does not offer it.
 */
export type ToolState = 'listed' | 'quarantined' | 'held' | 'rejected' | 'refused' | 'undeclared';

export interface ToolReport {
  /** The server's own name. */
  readonly name: string;
  readonly exposed: string | null;
  /** Null for what was refused before it had one. */
  readonly pin: string | null;
  readonly class: ActionClass | null;
  readonly state: ToolState;
  /** Why it is not listed; null where it is. */
  readonly reason: string | null;
  readonly findings: readonly DefinitionFinding[];
}

export interface ServerReport {
  readonly id: string;
  readonly title: string;
  readonly owner: string;
  readonly environment: string;
  readonly kind: string;
  readonly enabled: boolean;
  readonly status: 'unknown' | 'up' | 'down' | 'off';
  readonly error: string | null;
  readonly since: string | null;
  readonly checkedAt: string | null;
  readonly era: string;
  /** Of launch, instructions, prompts and resource templates. */
  readonly state: 'pinned' | 'quarantined' | 'rejected' | 'absent';
  /** What an approver of the whole server names; null while this node did not reach it. */
  readonly pin: string | null;
  readonly findings: readonly DefinitionFinding[];
  readonly tools: readonly ToolReport[];
}

export function serverReport(catalogue: Catalogue, record: ToolServerRecord): ServerReport {
  const { id, title, owner, environment, enabled, transport } = record;
  const keeper = catalogue.keeper(id);
  const named = { id, title, owner, environment, kind: transport.kind, enabled };
  if (keeper === undefined) return { ...named, ...NOT_ASKED, tools: toolReports(catalogue, record, undefined) };
  const { health, offer, checkedAt } = keeper;
  return {
    ...named,
    status: health.status,
    error: health.error,
    since: isoTime(health.since),
    checkedAt: checkedAt === 0 ? null : isoTime(checkedAt),
    ...standingOf(catalogue, id, offer),
    tools: toolReports(catalogue, record, offer),
  };
}

const NOT_ASKED = {
  status: 'off',
  error: null,
  since: null,
  checkedAt: null,
  era: 'none',
  state: 'absent',
  pin: null,
  findings: [],
} as const;

function standingOf(
  catalogue: Catalogue,
  id: string,
  offer: ReadOffer | undefined,
): Pick<ServerReport, 'era' | 'state' | 'pin' | 'findings'> {
  const seen = catalogue.current().servers.get(id);
  const state = seen === undefined || seen.state === 'refused' ? 'absent' : seen.state;
  if (offer === undefined) return { era: seen?.era ?? 'none', state, pin: null, findings: [] };
  const own = catalogue.book.find(id, SERVER_ITSELF, offer.pins.identity)?.state;
  return {
    era: offer.era,
    state: own === 'rejected' ? 'rejected' : state,
    pin: offer.pins.server,
    findings: offer.identityFindings,
  };
}

function toolReports(catalogue: Catalogue, record: ToolServerRecord, offer: ReadOffer | undefined): readonly ToolReport[] {
  const offered = offer?.tools ?? rememberedTools(catalogue, record.id);
  const refused = (offer?.refused ?? []).map(
    ({ name, reason }): ToolReport => ({
      name,
      exposed: null,
      pin: null,
      class: null,
      state: 'refused',
      reason,
      findings: [],
    }),
  );
  const tools = offered.map((tool) => toolReport(catalogue, record, tool));
  return [...tools, ...refused].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const rememberedTools = ({ book }: Catalogue, server: string): readonly ReadTool[] =>
  book
    .ofServer(server)
    .filter(({ name, missingSince, state }) => name !== SERVER_ITSELF && missingSince === null && state !== 'replaced');

function toolReport(catalogue: Catalogue, record: ToolServerRecord, tool: ReadTool): ToolReport {
  const operation = operationOf(record, tool.name);
  const listed = [...catalogue.current().tools.values()].find(
    ({ server, name, pin }) => server === record.id && name === tool.name && pin === tool.pin,
  );
  const base = {
    name: tool.name,
    exposed: listed?.exposed ?? null,
    pin: tool.pin,
    class: effectiveToolClass(tool.definition, { class: operation?.class ?? null, reason: operation?.reason ?? null }),
    findings: tool.findings,
  };
  if (listed !== undefined) return { ...base, state: 'listed', reason: null };
  return { ...base, ...whyNot(catalogue, record, tool) };
}

function whyNot(catalogue: Catalogue, record: ToolServerRecord, tool: ReadTool): { state: ToolState; reason: string } {
  if (!isExposed(record, tool.name)) return { state: 'undeclared', reason: 'It is no operation of this server in tools/.' };
  const verdict = catalogue.names().find(({ server, name }) => server === record.id && name === tool.name);
  if (verdict !== undefined && verdict.exposed === null) return { state: 'refused', reason: verdict.reason };
  const state = catalogue.book.find(record.id, tool.name, tool.pin)?.state;
  if (state === 'rejected') return { state, reason: 'A person refused this definition.' };
  if (!record.enabled) return { state: 'held', reason: 'The server is switched off.' };
  return isApproved(state, bundleVouches(record, tool))
    ? { state: 'held', reason: 'The server itself waits for approval.' }
    : { state: 'quarantined', reason: reasonOf(catalogue, record.id, tool) };
}

const reasonOf = ({ book }: Catalogue, server: string, { name, pin }: ReadTool): string =>
  book.ofTool(server, name).some((row) => row.pin !== pin && wasApproved(row.state))
    ? 'Its definition is not the one that was approved.'
    : 'Nobody has approved its definition yet.';

const wasApproved = (state: StoredPinState): boolean => state === 'pinned' || state === 'bundle' || state === 'replaced';

/** A tool that went away and looks like this one. */
export interface SimilarTool {
  readonly server: string;
  readonly name: string;
  readonly pin: string;
  /** 0 to 1. */
  readonly likeness: number;
  readonly changes: readonly DefinitionChange[];
}

export interface PinReport {
  readonly server: string;
  /** Null for the server itself. */
  readonly tool: string | null;
  readonly pin: string;
  readonly state: StoredPinState;
  readonly definition: JsonRecord;
  readonly findings: readonly DefinitionFinding[];
  readonly seenAt: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  /** The definition that was approved before, and what differs from it. */
  readonly previous: { readonly pin: string; readonly changes: readonly DefinitionChange[] } | null;
  readonly similar: readonly SimilarTool[];
}

const SIMILAR_MAX = 3;

/** What is known of one definition: of the one that is offered now, or of the newest that was ever seen. */
export function pinReport(catalogue: Catalogue, server: string, tool: string | null): PinReport | undefined {
  const name = tool ?? SERVER_ITSELF;
  const offer = catalogue.keeper(server)?.offer;
  const offered = tool === null ? offer?.pins.identity : offer?.tools.find((each) => each.name === tool)?.pin;
  const rows = catalogue.book.ofTool(server, name);
  const row = offered === undefined ? newest(rows) : catalogue.book.find(server, name, offered);
  if (row === undefined) return undefined;
  const before = newest(rows.filter(({ pin, state }) => pin !== row.pin && wasApproved(state)));
  return {
    server,
    tool,
    pin: row.pin,
    state: row.state,
    definition: row.definition,
    findings: row.findings,
    seenAt: row.seenAt,
    decidedBy: row.decidedBy,
    decidedAt: row.decidedAt,
    previous: before === undefined ? null : { pin: before.pin, changes: diffDefinitions(before.definition, row.definition) },
    similar: before === undefined && tool !== null ? similarTo(catalogue, row) : [],
  };
}

/** What stands comes before what was replaced. */
const newest = (rows: readonly PinRecord[]): PinRecord | undefined =>
  [...rows].sort((a, b) => standing(b) - standing(a) || (timeOf(a) < timeOf(b) ? 1 : -1))[0];
const standing = ({ state }: PinRecord): number => (state === 'pinned' || state === 'bundle' ? 1 : 0);
const timeOf = ({ decidedAt, seenAt }: PinRecord): string => decidedAt ?? seenAt;

function similarTo({ book }: Catalogue, row: PinRecord): readonly SimilarTool[] {
  return book
    .all()
    .filter(({ name, missingSince, state }) => name !== SERVER_ITSELF && missingSince !== null && wasApproved(state))
    .map((gone) => ({ gone, like: likeness(gone.definition, row.definition) }))
    .filter(({ like }) => like >= LIKENESS_MIN)
    .sort((a, b) => b.like - a.like)
    .slice(0, SIMILAR_MAX)
    .map(({ gone, like }) => ({
      server: gone.server,
      name: gone.name,
      pin: gone.pin,
      likeness: Math.round(like * 100) / 100,
      changes: diffDefinitions(gone.definition, row.definition),
    }));
}

/** Definitions that wait for a person, of servers that are switched on: each server before its tools. */
export function waitingPins(catalogue: Catalogue): readonly PinReport[] {
  return catalogue.records().flatMap((record) => {
    const offer = catalogue.keeper(record.id)?.offer;
    if (offer === undefined) return [];
    const own = catalogue.book.find(record.id, SERVER_ITSELF, offer.pins.identity)?.state;
    const server = isOpen(own, bundleVouchesServer(record, offer.identityFindings)) ? [null] : [];
    const tools = offer.tools
      .filter((tool) => isExposed(record, tool.name))
      .filter((tool) => isOpen(catalogue.book.find(record.id, tool.name, tool.pin)?.state, bundleVouches(record, tool)))
      .map(({ name }) => name)
      .sort();
    return [...server, ...tools].flatMap((tool) => pinReport(catalogue, record.id, tool) ?? []);
  });
}

const isOpen = (state: StoredPinState | undefined, vouched: boolean): boolean =>
  state !== 'rejected' && !isApproved(state, vouched);
