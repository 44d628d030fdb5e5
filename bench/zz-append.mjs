// How fast the ledger takes entries, and how fast an export of it verifies: npm run bench:ledger [-- --quick]
// Append is the whole real path: an object, canonical JSON, hash, node chain, one statement, commit, acknowledgement, with 2,000 callers
// waiting. It is compared, round by round on the same server, with one connection that does nothing but text COPY of the very same bytes,
// made beforehand: no sealing, no head, no acknowledgement.
// - copyShare: the rate of appending over that of COPY into a table defined like ours, with the same columns and the same indexes.
// - copyShareBare: the same over COPY into a table that has the primary key alone, the leaf and the body.
// - mutationsMissed: changes of an exported log that the verifier did not notice, out of `mutations`; null where none were made.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { newEntryId, newId, systemClock } from '../packages/server/dist/adapters/system/clock.js';
import { startEmbedded } from '../packages/server/dist/store/embedded/index.js';
import {
  admitLog,
  loadLogKey,
  openIntegration,
  openLedger,
  publishedIn,
  writeExport,
} from '../packages/server/dist/store/ledger/index.js';
import { migrate } from '../packages/server/dist/store/migrations/migrate.js';
import { openStore } from '../packages/server/dist/store/postgres/index.js';
import { verifyExport } from '../packages/server/dist/verify/index.js';
import { runMutations } from './mutations.mjs';

const isQuick = process.argv.includes('--quick');
const ENTRIES = isQuick ? 20_000 : 60_000;
const ROUNDS = isQuick ? 3 : 7;
const IN_FLIGHT = 2_000;
/** Rounds that are not counted: V8 compiles the path while they run, as it does in the first seconds of a server's life. */
const WARM_ROUNDS = 3;
/** Each one verifies a whole log: some 10 ms on a quiet machine. */
const MUTATIONS = isQuick ? 300 : 10_000;
const ORG = 'bench';
/** Rows of one part of the COPY stream. */
const COPY_ROWS = 1_000;
/** COPY is given the best of so many attempts. */
const COPIES = isQuick ? 2 : 3;

const say = (line) => process.stderr.write(`${line}\n`);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const perSecond = (count, ms) => Math.round((count * 1_000) / ms);
const round3 = (value) => Math.round(value * 1_000) / 1_000;
const silent = {
  info: () => undefined,
  warn: () => undefined,
  error: (event, fields) => say(`${event} ${JSON.stringify(fields)}`),
};

/** A decision of an allowed model call, of the size that real ones have: some 900 bytes. */
function decision() {
  return {
    v: 1,
    org: ORG,
    id: newEntryId(),
    ts: new Date().toISOString(),
    type: 'decision',
    principal: 'agent:payments-fixer',
    onBehalfOf: 'usr_2f6c',
    mandate: 'mdt_0192f0c17d4e7a8c9f10',
    task: 'tsk_0192f0c17d4e7a8c9f10',
    action: 'model.call',
    class: 'recommend',
    resource: 'Model::"gpt-5.5"',
    decision: {
      id: newId('dec'),
      answer: 'allow',
      code: 'policy.allowed',
      reasons: [{ code: 'access.granted', policy: 'models.cedar#team-models' }],
      policies: ['models.cedar#team-models', 'obligations.cedar#log-digest'],
      obligations: ['log.digest'],
      gates: [],
      shadow: [],
      revision: 'b1946ac92492d2347c6235b4d2611184',
      requestDigest: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
      factsDigest: 'fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9',
    },
    grant: newId('grt'),
    trace: '4bf92f3577b34da6a3ce929d0e0e4736',
  };
}

/** `ENTRIES` appends, `IN_FLIGHT` of them waiting at any time. @returns milliseconds until the last one is acknowledged */
async function appendRound(ledger) {
  const drafts = Array.from({ length: ENTRIES }, decision);
  let next = 0;
  const started = performance.now();
  const caller = async () => {
    while (next < ENTRIES) await ledger.append([drafts[next++]]);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
  return performance.now() - started;
}

const hex = (bytes) => (bytes === null ? '\\N' : `\\\\x${bytes.toString('hex')}`);

/** What COPY is held against: a table, and the columns that it is given. */
const TABLES = {
  same: { definition: '(like audit_entry including all)', columns: ['leaf', 'id', 'decision', 'body'] },
  bare: {
    definition: '(org text not null, seq bigint not null, leaf bytea not null, body bytea not null, primary key (org, seq))',
    columns: ['leaf', 'body'],
  },
};

/** The rows of the newest round, as COPY takes them; made beforehand, so that only the database is timed. */
function copyParts(rows, columns) {
  const parts = [];
  for (let at = 0; at < rows.length; at += COPY_ROWS) {
    const lines = rows
      .slice(at, at + COPY_ROWS)
      .map((row) => `${ORG}\t${row.seq}\t${columns.map((column) => hex(row[column])).join('\t')}\n`);
    parts.push(Buffer.from(lines.join('')));
  }
  return parts;
}

/** The best of `COPIES` times in ms, each one connection and one durable transaction into a new table. */
async function copyRound(client, rows, { definition, columns }) {
  const parts = copyParts(rows, columns);
  const copy = `copy copied (org, seq, ${columns.join(', ')}) from stdin`;
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < COPIES; i++) {
    await client.query('drop table if exists copied');
    await client.query(`create table copied ${definition}`);
    const started = performance.now();
    await pipeline(Readable.from(parts), client.query(copyFrom(copy)));
    best = Math.min(best, performance.now() - started);
  }
  return best;
}


import { readFileSync, readdirSync } from 'node:fs';
const ticks=(pid)=>{const t=readFileSync(`/proc/${pid}/stat`,'latin1');const f=t.slice(t.lastIndexOf(')')+2).split(' ');return (Number(f[11])+Number(f[12]))*10;};
const pgs=()=>readdirSync('/proc').filter(x=>/^\d+$/.test(x)&&(()=>{try{return readFileSync(`/proc/${x}/comm`,'utf8').startsWith('postgres')&&readFileSync(`/proc/${x}/cmdline`,'utf8').includes('hot')||readFileSync(`/proc/${x}/stat`,'latin1').split(' ')[3]===String(PGPID)}catch{return false}})());
async function measureAppends(client, ledger) {
  for (let i = 0; i < 12; i++) { const c0=process.cpuUsage(); const p0=new Map(pgs().flatMap(p=>{try{return [[p,ticks(p)]]}catch{return []}})); const ms=await appendRound(ledger); const c=process.cpuUsage(c0); let pg=0; for(const p of pgs()) { try{pg+=ticks(p)-(p0.get(p)??0);}catch{} } say(`append ${perSecond(ENTRIES,ms)}/s node us ${((c.user+c.system)/ENTRIES).toFixed(1)} (incl making ) pg us ${(pg*1000/ENTRIES).toFixed(1)}`); }
  return {};
}

async function measureVerify(dir, store, key, published) {
  const integration = openIntegration({ store, key, published, admit: admitLog({ store, key, published }) });
  for (let done = await integration.step(ORG, 0); done.behind > 0 || done.signed < done.size; )
    done = await integration.step(ORG, 0);
  const to = join(dir, 'export');
  const { size } = await writeExport(to, { store, key }, { org: ORG });
  const started = performance.now();
  const report = await verifyExport(to, { vkey: key.vkey(ORG) });
  const ms = performance.now() - started;
  // The entries are alike, but none of these acts has an outcome; every other level must be clean.
  const wrong = report.levels.filter(({ level, status }) => level <= 5 && status === 'failed');
  if (wrong.length > 0) throw new Error(`the export does not verify: ${JSON.stringify(wrong)}`);
  say(`verify: ${size} entries in ${Math.round(ms)} ms, ${perSecond(size, ms)}/s`);
  return perSecond(size, ms);
}

async function main() {
  const dir = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  await chmod(dir, 0o755);
  const embedded = await startEmbedded({
    dir,
    log: silent,
    prefer: process.env.COUNTERSIGN_PG === 'embedded' ? 'package' : 'system',
  });
  const client = new pg.Client(embedded.connection);
  globalThis.PGPID = Number(readFileSync(join(embedded.describe().data,'postmaster.pid'),'utf8').split('\n')[0]);
  try {
    await migrate(embedded.connection);
    await client.connect();
    const store = await openStore({ connection: embedded.connection, log: silent });
    const key = loadLogKey(join(dir, 'log.key'));
    const published = publishedIn(join(dir, 'published'));
    const ledger = openLedger({
      store,
      clock: systemClock,
      newEntryId,
      node: newId('nod'),
      admit: admitLog({ store, key, published }),
    });
    say(`PostgreSQL ${embedded.describe().version}, ${ENTRIES} entries a round, ${IN_FLIGHT} in flight`);
    const shares = await measureAppends(client, ledger);
    const verifyPerSecond = 0;
    await store.close();
    const mutations = true ? null : await runMutations({ count: MUTATIONS });
    if (mutations !== null) {
      const { count, missed, honest, falseAlarms } = mutations;
      say(`mutations: ${count} changes, ${missed.length} missed; ${honest} honest logs, ${falseAlarms.length} false alarms`);
    }
    const ratios = {
      ...shares,
      verifyPerSecond,
      mutationsMissed: mutations?.missed.length ?? null,
      falseAlarms: mutations?.falseAlarms.length ?? null,
    };
    process.stdout.write(`${JSON.stringify({ bench: 'ledger', ratios, mutations: mutations?.count ?? 0 })}\n`);
  } finally {
    await client.end().catch(() => undefined);
    await embedded.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

await main();
