/** What clients say of themselves, joined to what they asked. Specified by ports/client-evidence.ts. */
import { type EntryDraft, ledgerId } from '@countersign/kernel/ledger';
import type {
  ClientEvent,
  ClientEvidence,
  ClientFinding,
  EvidenceBatch,
  FindingQuery,
  JoinRate,
  Joined,
} from '../../ports/client-evidence.ts';
import type { ClientName } from '../../ports/hook-calls.ts';
import type { NewId } from '../../ports/clock.ts';
import { statement, type Tx } from '../postgres/index.ts';
import { envelope } from '../record/author.ts';
import type { StateParts } from '../record/parts.ts';

/** Rows outlive their attributes: how much of what ran was asked about is a matter of months. */
const ROW_DAYS = 90;

const ASKED = statement(`
select call, bool_or(word = 'allow') as allowed, max(decision) filter (where word = 'allow') as decision
from hook_call where org = $1 and agent = $2 and client = $3 and session = $4 and call = any($5) group by call`);

const REFUSED = statement(`
select distinct call from client_event where org = $1 and agent = $2 and client = $3 and session = $4 and call = any($5) and refused`);

const EVENTS = statement(`
insert into client_event (org, agent, mandate, client, session, name, call, tool, said_at, ran, refused, outside, joined, decision, attributes, keep_until)
select $1, $2, $3, e.client, e.session, e.name, e.call, e.tool, e.said_at, e.ran, e.refused, e.outside, e.joined, e.decision,
  case when $4::integer > 0 then e.attributes end, clock_timestamp() + make_interval(days => $4::integer)
from json_to_recordset($5::json) as e(client text, session text, name text, call text, tool text, said_at timestamptz, ran boolean, refused boolean, outside boolean,
  joined text, decision text, attributes text)
on conflict do nothing
returning client, session, call, tool, joined, ran, outside, attributes`);

const FINDING = statement(`
insert into client_finding (org, id, agent, mandate, client, session, call, tool, code, said, keep_until)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp() + make_interval(days => $11::integer))`);

const LIST = statement(`
select id, agent, mandate, client, session, call, tool, code, said, found_at from client_finding
where org = $1 and ($2::text is null or agent = $2) and ($3::text is null or session = $3) and ($4::text is null or id < $4)
order by id desc limit $5`);

const RATES = statement(`
select client, count(*)::integer as ran,
  count(*) filter (where joined = 'allowed')::integer as allowed,
  count(*) filter (where joined = 'denied')::integer as denied,
  count(*) filter (where joined = 'missing')::integer as missing
from client_event where org = $1 and ran and ($2::text is null or agent = $2) group by client order by client`);

const SWEEP = [
  statement('update client_event set attributes = null where attributes is not null and keep_until < clock_timestamp()'),
  statement('update client_finding set said = null where said is not null and keep_until < clock_timestamp()'),
  statement(`delete from client_event where received_at < clock_timestamp() - make_interval(days => ${ROW_DAYS})`),
];

interface EventRow {
  readonly client: ClientName;
  readonly session: string;
  readonly call: string | null;
  readonly tool: string | null;
  readonly joined: Joined | null;
  readonly ran: boolean;
  readonly outside: boolean;
  readonly attributes: string | null;
}

interface FindingRow extends Omit<EventRow, 'joined' | 'ran' | 'outside' | 'attributes'> {
  readonly id: string;
  readonly agent: string;
  readonly mandate: string | null;
  readonly code: string;
  readonly said: string | null;
  readonly found_at: Date;
}

const CODES: Readonly<Partial<Record<Joined, string>>> = { denied: 'ran.denied', missing: 'ran.unasked' };

function codesOf({ ran, joined, outside }: EventRow): readonly string[] {
  if (!ran) return [];
  const code = joined === null ? undefined : CODES[joined];
  return [...(code === undefined ? [] : [code]), ...(outside ? ['ran.unsandboxed'] : [])];
}

export class PostgresEvidence implements ClientEvidence {
  readonly #parts: StateParts;
  readonly #newId: NewId;

  constructor(parts: StateParts, newId: NewId) {
    this.#parts = parts;
    this.#newId = newId;
  }

  add(batch: EvidenceBatch): Promise<number> {
    if (batch.events.length === 0) return Promise.resolve(0);
    return this.#parts.store.tx((tx) => this.#add(tx, batch));
  }

  async findings(org: string, { limit, cursor, agent, session }: FindingQuery): ReturnType<ClientEvidence['findings']> {
    const values = [org, agent ?? null, session ?? null, cursor ?? null, limit + 1];
    const rows = await this.#parts.store.query<FindingRow>(LIST, values);
    const data = rows.slice(0, limit).map(findingOf);
    const last = data.at(-1);
    return rows.length > limit && last !== undefined ? { data, nextCursor: last.id } : { data };
  }

  rates(org: string, agent?: string): Promise<readonly JoinRate[]> {
    return this.#parts.store.query<{ client: ClientName; ran: number; allowed: number; denied: number; missing: number }>(RATES, [
      org,
      agent ?? null,
    ]);
  }

  async sweep(): Promise<void> {
    for (const one of SWEEP) await this.#parts.store.query(one, []);
  }

  async #add(tx: Tx, batch: EvidenceBatch): Promise<number> {
    const { org, agent, mandate, days } = batch;
    const rows = await joinedRows(tx, batch);
    const stored = await tx.query<EventRow>(EVENTS, [org, agent, mandate, days, JSON.stringify(rows)]);
    const entries: EntryDraft[] = [];
    for (const row of stored) for (const code of codesOf(row)) entries.push(await this.#find(tx, batch, row, code));
    // At once: a second append within one transaction would wait for the first one's end.
    if (entries.length > 0) await this.#parts.ledger.appendInTx(tx, org, entries);
    return entries.length;
  }

  async #find(tx: Tx, { org, agent, mandate, task, days }: EvidenceBatch, row: EventRow, code: string): Promise<EntryDraft> {
    const { client, session, call, tool, attributes } = row;
    const id = this.#newId('fnd');
    await tx.run(FINDING, [org, id, agent, mandate, client, session, call, tool, code, attributes, days]);
    return {
      ...envelope(this.#parts.author, org),
      type: 'client.finding',
      principal: agent,
      ...(mandate === null ? {} : { mandate }),
      ...(task === null ? {} : { task }),
      detail: {
        finding: id,
        client,
        code,
        session: ledgerId(session),
        ...(call === null ? {} : { call: ledgerId(call) }),
        ...(tool === null ? {} : { tool: ledgerId(tool) }),
      },
    };
  }
}

interface JoinedRow extends Omit<ClientEvent, 'at'> {
  readonly said_at: string;
  readonly joined: Joined | null;
  readonly decision: string | null;
}

/**
 * What ran is looked up by the client's own id of the call, within the agent that its credential names and the session that it says. A call that the
 * client refused has a result, too, and did not run.
 */
async function joinedRows(tx: Tx, { org, agent, events }: EvidenceBatch): Promise<readonly JoinedRow[]> {
  const asked = new Map<string, { readonly allowed: boolean; readonly decision: string | null }>();
  const refused = new Set(events.filter((event) => event.refused).map(keyOf));
  for (const [{ client, session }, calls] of bySession(events)) {
    const values = [org, agent, client, session, calls];
    for (const { call, ...rest } of await tx.query<AskedRow>(ASKED, values)) asked.set(keyOf({ client, session, call }), rest);
    for (const { call } of await tx.query<{ call: string }>(REFUSED, values)) refused.add(keyOf({ client, session, call }));
  }
  return events.map((event) => {
    const { at, ...rest } = event;
    const key = keyOf(event);
    const ran = event.ran && !refused.has(key);
    return { ...rest, ran, said_at: at, joined: ran ? joinOf(asked.get(key)) : null, decision: asked.get(key)?.decision ?? null };
  });
}

interface AskedRow {
  readonly call: string;
  readonly allowed: boolean;
  readonly decision: string | null;
}

const keyOf = ({ client, session, call }: Pick<ClientEvent, 'client' | 'session' | 'call'>): string =>
  `${client} ${session} ${call ?? ''}`;

const joinOf = (asked: { readonly allowed: boolean } | undefined): Joined =>
  asked === undefined ? 'missing' : asked.allowed ? 'allowed' : 'denied';

function bySession(events: readonly ClientEvent[]): ReadonlyMap<Pick<ClientEvent, 'client' | 'session'>, readonly string[]> {
  const groups = new Map<string, { readonly where: Pick<ClientEvent, 'client' | 'session'>; readonly calls: string[] }>();
  for (const { client, session, call } of events) {
    if (call === null) continue;
    const key = `${client} ${session}`;
    const group = groups.get(key) ?? { where: { client, session }, calls: [] };
    group.calls.push(call);
    groups.set(key, group);
  }
  return new Map([...groups.values()].map(({ where, calls }) => [where, calls]));
}

const findingOf = ({ found_at, ...row }: FindingRow): ClientFinding => ({ ...row, foundAt: found_at.toISOString() });
