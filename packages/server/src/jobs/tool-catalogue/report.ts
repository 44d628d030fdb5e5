/** What people are shown of the catalogue: how servers fare, why a tool is not listed, and what a changed definition says that the approved one did not. */
import { diffDefinitions, effectiveToolClass, likeness, LIKENESS_MIN } from '@countersign/kernel/tool';
import { isoTime } from '../../ports/clock.ts';
import type { ToolServerRecord } from '../../ports/registry.ts';
import type { PinReport, ServerReport, SimilarTool, ToolReport, ToolState } from '../../ports/tool-report.ts';
import { type PinRecord, SERVER_ITSELF, type StoredPinState } from '../../ports/tool-pins.ts';
import { bundleVouches, bundleVouchesServer, isApproved, isExposed, operationOf } from './approval.ts';
import type { Catalogue } from './catalogue.ts';
import type { ReadOffer, ReadTool } from './offer.ts';

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
