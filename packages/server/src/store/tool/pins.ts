/** Pins of tools. Specified by ports/tool-pins.ts. */
import { Fault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import { type EntryDraft, ledgerId } from '@countersign/kernel/ledger';
import type { DefinitionFinding } from '@countersign/kernel/tool';
import {
  type PinRecord,
  type PinVerdict,
  SERVER_ITSELF,
  type SightedPin,
  type Sighting,
  type StoredPinState,
  type ToolPins,
} from '../../ports/tool-pins.ts';
import { insertOutbox } from '../outbox/index.ts';
import { statement, type Tx } from '../postgres/index.ts';
import { envelope, pseudonymOf } from '../record/author.ts';
import { REPEATABLE, type StateParts } from '../record/parts.ts';

interface PinRow {
  readonly server: string;
  readonly tool: string;
  readonly pin: string;
  readonly state: StoredPinState;
  readonly definition: string;
  readonly findings: string;
  readonly seen_at: Date;
  readonly missing_since: Date | null;
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
  readonly reason: string | null;
}

const COLUMNS = 'server, tool, pin, state, definition, findings, seen_at, missing_since, decided_by, decided_at, reason';

const VERSION = statement('select coalesce((select version from tool_version where org = $1), 0) as version');
/** Locks the organisation's pins until the end of the transaction: versions become visible in their order. */
const RAISE = statement(`
insert into tool_version (org, version) values ($1, 1)
on conflict (org) do update set version = tool_version.version + 1 returning version`);
const CHANGES = statement(`select ${COLUMNS} from tool_pin where org = $1 and changed > $2 and changed <= $3`);
const OF_SERVER = statement('select tool, pin, state, missing_since from tool_pin where org = $1 and server = $2');
const WRITE = statement(`
insert into tool_pin (org, server, tool, pin, state, definition, findings, seen_at, changed)
select $1, $2, u.tool, u.pin, u.state, u.definition, u.findings, clock_timestamp(), $3
from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) u(tool, pin, state, definition, findings)
on conflict (org, server, tool, pin) do update set state = excluded.state, missing_since = null, changed = excluded.changed`);
const BACK = statement(`
update tool_pin set missing_since = null, changed = $3 from unnest($4::text[], $5::text[]) u(t, p)
where org = $1 and server = $2 and tool = u.t and pin = u.p`);
const GONE = statement(`
update tool_pin set missing_since = clock_timestamp(), changed = $3 from unnest($4::text[], $5::text[]) u(t, p)
where org = $1 and server = $2 and tool = u.t and pin = u.p`);
const DECIDE = statement(`
update tool_pin set state = $4, decided_by = $5, decided_at = clock_timestamp(), reason = $6, changed = $3
from unnest($7::text[], $8::text[]) u(t, p) where org = $1 and server = $2 and tool = u.t and pin = u.p`);
const REPLACE = statement(`
update tool_pin set state = 'replaced', changed = $3 from unnest($4::text[], $5::text[]) u(t, p)
where org = $1 and server = $2 and tool = u.t and pin <> u.p and state = 'pinned'`);

const recordOf = (row: PinRow): PinRecord => ({
  server: row.server,
  name: row.tool,
  pin: row.pin,
  state: row.state,
  definition: JSON.parse(row.definition) as JsonRecord,
  findings: JSON.parse(row.findings) as readonly DefinitionFinding[],
  seenAt: row.seen_at.toISOString(),
  missingSince: row.missing_since?.toISOString() ?? null,
  decidedBy: row.decided_by,
  decidedAt: row.decided_at?.toISOString() ?? null,
  reason: row.reason === null ? null : (JSON.parse(row.reason) as string),
});

type Known = Pick<PinRow, 'tool' | 'pin' | 'state' | 'missing_since'>;

interface Change {
  /** Rows to write, with their new state. */
  readonly write: readonly (SightedPin & { readonly state: 'quarantined' | 'bundle'; readonly code: string })[];
  readonly back: readonly Known[];
  readonly gone: readonly Known[];
}

const keyOf = (tool: string, pin: string): string => `${pin}${tool}`;

/** What a sighting changes in what is known. Pure, so that it is seen before anything is locked whether there is anything to do. */
function changeOf({ pins, refused }: Sighting, known: readonly Known[]): Change {
  const rows = new Map(known.map((row) => [keyOf(row.tool, row.pin), row]));
  const names = new Set([...pins.map(({ name }) => name), ...refused]);
  const write = pins.flatMap((pin) => {
    const row = rows.get(keyOf(pin.name, pin.pin));
    const state = stateAfter(row?.state, pin.vouched);
    if (state === undefined) return [];
    const others = known.some(({ tool, state: other }) => tool === pin.name && (other === 'pinned' || other === 'bundle'));
    return [{ ...pin, state, code: row?.state === 'replaced' ? 'replaced' : others ? 'changed' : 'new' }];
  });
  const written = new Set(write.map(({ name, pin }) => keyOf(name, pin)));
  const offered = new Set(pins.map(({ name, pin }) => keyOf(name, pin)));
  const back = known.filter(
    ({ tool, pin, missing_since }) => missing_since !== null && offered.has(keyOf(tool, pin)) && !written.has(keyOf(tool, pin)),
  );
  const gone = known.filter(
    ({ tool, state, missing_since }) => missing_since === null && state !== 'replaced' && !names.has(tool),
  );
  return { write, back, gone };
}

/** Undefined where nothing changes. What a person said stands, whatever a bundle says; what a bundle said stands as long as it says so. */
function stateAfter(state: StoredPinState | undefined, vouched: boolean): 'quarantined' | 'bundle' | undefined {
  if (state === 'pinned' || state === 'rejected') return undefined;
  const next = vouched ? 'bundle' : 'quarantined';
  return next === state ? undefined : next;
}

const isEmpty = ({ write, back, gone }: Change): boolean => write.length + back.length + gone.length === 0;

/** Findings of one entry; the rest is in the row. */
const CODES_MAX = 64;

export class PostgresToolPins implements ToolPins {
  readonly #parts: StateParts;

  constructor(parts: StateParts) {
    this.#parts = parts;
  }

  async version(org: string): Promise<number> {
    const [row] = await this.#parts.store.query<{ version: number }>(VERSION, [org]);
    return Number(row?.version ?? 0);
  }

  async changes(org: string, since: number): Promise<{ version: number; records: readonly PinRecord[] }> {
    // The version first: what is committed in between has a higher one, and comes next time.
    const version = await this.version(org);
    if (version <= since) return { version: since, records: [] };
    const rows = await this.#parts.store.query<PinRow>(CHANGES, [org, since, version]);
    return { version, records: rows.map(recordOf) };
  }

  async observe(sighting: Sighting): Promise<boolean> {
    const { org, server } = sighting;
    const known = await this.#parts.store.query<Known>(OF_SERVER, [org, server]);
    if (isEmpty(changeOf(sighting, known))) return false;
    return this.#parts.store.tx(async (tx) => {
      const version = await raise(tx, org);
      // Under the lock: another node may have seen the same meanwhile.
      const rows = await tx.query<Known>(OF_SERVER, [org, server]);
      const change = changeOf(sighting, rows);
      if (isEmpty(change)) return false;
      await write(tx, { org, server, version }, change);
      await this.#tell(tx, sighting, { change, known: rows });
      return true;
    }, REPEATABLE);
  }

  async #tell(tx: Tx, { org, server }: Sighting, { change, known }: { change: Change; known: readonly Known[] }): Promise<void> {
    const entries: EntryDraft[] = [];
    const news: string[] = [];
    for (const { name, pin, state, code, findings } of change.write) {
      const detail = { server: ledgerId(server), pin, ...toolOf(name) };
      if (state === 'bundle') entries.push({ ...this.#base(org), type: 'tool.pinned', detail: { ...detail, code: 'bundle' } });
      else {
        const previous = known.find((row) => row.tool === name && row.pin !== pin && row.state === 'pinned')?.pin;
        const rules = [...new Set(findings.map(({ rule }) => rule))].slice(0, CODES_MAX);
        const more = { ...(previous === undefined ? {} : { previous }), ...(rules.length === 0 ? {} : { findings: rules }) };
        entries.push({ ...this.#base(org), type: 'tool.quarantined', detail: { ...detail, code, ...more } });
        news.push(name);
      }
    }
    for (const { tool, pin, state } of change.gone) {
      if (state !== 'pinned' && state !== 'bundle') continue;
      entries.push({ ...this.#base(org), type: 'tool.removed', detail: { server: ledgerId(server), pin, ...toolOf(tool) } });
    }
    const id = entries.find(({ type }) => type === 'tool.quarantined')?.id;
    // One message for all of it: a new server has dozens of tools.
    if (id !== undefined) await insertOutbox(tx, [{ org, id, kind: 'tool.quarantined', body: { server, tools: news } }]);
    if (entries.length > 0) await this.#parts.ledger.appendInTx(tx, org, entries);
  }

  #base(org: string) {
    return envelope(this.#parts.author, org);
  }

  async decide(verdict: PinVerdict): Promise<void> {
    const { org, server, pins, answer, by, reason, decision } = verdict;
    const state: StoredPinState = answer === 'approve' ? 'pinned' : 'rejected';
    await this.#parts.store.tx(async (tx) => {
      const version = await raise(tx, org);
      const rows = new Map((await tx.query<Known>(OF_SERVER, [org, server])).map((row) => [keyOf(row.tool, row.pin), row]));
      for (const { name, pin } of pins) {
        const row = rows.get(keyOf(name, pin));
        if (row === undefined || row.state === 'replaced' || row.missing_since !== null)
          throw new Fault('approval.stale', 'What was shown is not what the server offers now. Look again.');
      }
      const open = pins.filter(({ name, pin }) => rows.get(keyOf(name, pin))?.state !== state);
      if (open.length === 0) return;
      const lists = [open.map(({ name }) => name), open.map(({ pin }) => pin)];
      await tx.run(DECIDE, [org, server, version, state, by, JSON.stringify(reason), ...lists]);
      if (answer === 'approve') await tx.run(REPLACE, [org, server, version, ...lists]);
      const entries = open.map(({ name, pin }): EntryDraft => {
        const detail = { server: ledgerId(server), pin, ...toolOf(name), by: pseudonymOf(by), decision: ledgerId(decision) };
        return answer === 'approve'
          ? { ...this.#base(org), type: 'tool.pinned', detail: { ...detail, code: 'person' } }
          : { ...this.#base(org), type: 'tool.rejected', detail };
      });
      await this.#parts.ledger.appendInTx(tx, org, entries);
    }, REPEATABLE);
  }
}

const toolOf = (name: string): { tool?: string } => (name === SERVER_ITSELF ? {} : { tool: ledgerId(name) });

async function raise(tx: Tx, org: string): Promise<number> {
  const [row] = await tx.query<{ version: number }>(RAISE, [org]);
  return Number(row?.version ?? 0);
}

interface Place {
  readonly org: string;
  readonly server: string;
  readonly version: number;
}

async function write(tx: Tx, { org, server, version }: Place, { write: rows, back, gone }: Change): Promise<void> {
  if (rows.length > 0) {
    await tx.run(WRITE, [
      org,
      server,
      version,
      rows.map(({ name }) => name),
      rows.map(({ pin }) => pin),
      rows.map(({ state }) => state),
      rows.map(({ definition }) => JSON.stringify(definition)),
      rows.map(({ findings }) => JSON.stringify(findings)),
    ]);
  }
  for (const [sql, list] of [
    [BACK, back],
    [GONE, gone],
  ] as const) {
    if (list.length > 0) await tx.run(sql, [org, server, version, list.map(({ tool }) => tool), list.map(({ pin }) => pin)]);
  }
}
