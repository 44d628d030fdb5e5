// A node that does nothing but append, for the crash test to kill: node writer.mjs DIR ACKNOWLEDGED
// What was acknowledged goes to a file outside the database before anything else happens. `ready` on standard output says that it writes.
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { newEntryId, newId, systemClock } from '../../packages/server/dist/adapters/system/clock.js';
import { startIntegrator } from '../../packages/server/dist/jobs/integrator.js';
import { startEmbedded } from '../../packages/server/dist/store/embedded/index.js';
import { admitLog, loadLogKey, openIntegration, openLedger, publishedIn } from '../../packages/server/dist/store/ledger/index.js';
import { migrate } from '../../packages/server/dist/store/migrations/migrate.js';
import { openStore } from '../../packages/server/dist/store/postgres/index.js';

const WRITERS = 8;
const [dir, acknowledged] = process.argv.slice(2);
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const file = openSync(acknowledged, 'a');

/** The one before may still be shutting down. */
async function started() {
  for (;;) {
    try {
      return await startEmbedded({ dir, log, prefer: process.env.COUNTERSIGN_PG === 'embedded' ? 'package' : 'system' });
    } catch (fault) {
      if (fault.code !== 'request.conflict') throw fault;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

const embedded = await started();
await migrate(embedded.connection);
const store = await openStore({ connection: embedded.connection, log, diagnose: embedded.diagnose });
const key = loadLogKey(join(dir, 'log.key'));
const published = publishedIn(join(dir, 'published'));
const admit = admitLog({ store, key, published });
const ledger = openLedger({ store, clock: systemClock, newEntryId, node: newId('nod'), admit });
startIntegrator({ integration: openIntegration({ store, key, published, admit, leaseMs: 300 }), log, signAfterMs: 100 });

const entry = () => ({
  v: 1,
  org: 'acme',
  id: newEntryId(),
  ts: new Date().toISOString(),
  type: 'bundle.applied',
  detail: { revision: 'r'.repeat(Math.ceil(Math.random() * 200)) },
});

async function writer() {
  for (;;) {
    const drafts = Array.from({ length: Math.ceil(Math.random() * 3) }, entry);
    try {
      const seqs = await ledger.append(drafts);
      writeSync(file, drafts.map(({ id }, i) => `${id} ${seqs[i]}\n`).join(''));
    } catch (fault) {
      if (!String(fault.code).startsWith('store.')) {
        process.stderr.write(`${fault.stack}\n${fault.internalText ?? ''}\n`);
        process.exit(3);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

process.stdout.write('ready\n');
for (let i = 0; i < WRITERS; i++) void writer();
