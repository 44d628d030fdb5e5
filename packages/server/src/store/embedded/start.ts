/** The supervisor of an embedded database: finds binaries, makes the cluster, starts it, knows that it is ours, restarts it, stops it. */
import { rmdir } from 'node:fs/promises';
import { Fault } from '@countersign/kernel/fault';
import type { Log } from '../../ports/log.ts';
import type { Connection } from '../postgres/connection.ts';
import { codeOf, storeFault, unsafeStore } from '../postgres/faults.ts';
import { type Account, accountToDropTo } from './account.ts';
import { type Binaries, type BinarySource, findBinaries } from './binaries.ts';
import { clusterMajor, clusterPassword, createCluster, SUPERUSER } from './cluster.ts';
import { takeControl } from './control.ts';
import { DATABASE, ensureDatabase, OWNER_LOGIN } from './database.ts';
import { type Answer, identify } from './identity.ts';
import { choosePlace, type Place } from './place.ts';
import { type ServerProcess, startServer } from './process.ts';
import { type Trouble, TroubleWatch } from './trouble.ts';

export interface EmbeddedOptions {
  /** Made if missing. The cluster lies in `<dir>/postgres`, or where `<dir>/postgres.location` says. */
  readonly dir: string;
  readonly log: Log;
  /** Which binaries a new cluster gets when both are there: the system's, unless said otherwise. */
  readonly prefer?: BinarySource;
}

export interface Embedded {
  /** Login that owns the database `countersign`: for migrations and for the pools. */
  readonly connection: Connection;
  /** For the supervisor's own tasks and for tests; never for requests. */
  readonly superuser: Connection;
  describe(): EmbeddedDescription;
  /** What the server's log says is wrong right now. */
  trouble(): Trouble | undefined;
  /** For `openStore`: turns a plain loss of the store into what the log says is the reason. */
  readonly diagnose: (thrown: unknown) => unknown;
  stop(): Promise<void>;
}

export interface EmbeddedDescription {
  readonly data: string;
  readonly socket: string;
  readonly source: BinarySource;
  readonly version: string;
  readonly systemIdentifier: string;
  readonly account: string | null;
}

const READY_MS = 60_000;
const READY_STEP_MS = 20;
/** Waits between restarts double from the first to the last. */
const RESTART_MS_FIRST = 50;
const RESTART_MS_LAST = 2_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** @throws Fault request.conflict when this directory is in use; store.unsafe, store.full or store.unavailable when it can't be served */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const account = await accountToDropTo();
  const place = await choosePlace(options.dir, account, options.log);
  const control = await takeControl(place);
  try {
    const major = await clusterMajor(place.data);
    const binaries = await findBinaries({ major, prefer: options.prefer, home: place.home, account });
    if (major === undefined) await createCluster(place, binaries, account);
    const supervisor = new Supervisor({ place, binaries, account, log: options.log, password: await clusterPassword(place) });
    await supervisor.start();
    return supervisor.face(async () => {
      await supervisor.stop();
      // Whatever may still be in it is somebody's.
      await rmdir(place.runtime).catch(() => undefined);
      await control.release();
    });
  } catch (thrown) {
    await control.release();
    throw storeFault(thrown);
  }
}

interface SupervisorTerms {
  readonly place: Place;
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  readonly log: Log;
  readonly password: string;
}

class Supervisor {
  readonly #terms: SupervisorTerms;
  readonly #watch = new TroubleWatch();
  readonly #superuser: Connection;
  #server: ServerProcess | undefined;
  #answer: Answer | undefined;
  #stopping = false;

  constructor(terms: SupervisorTerms) {
    this.#terms = terms;
    this.#superuser = { host: terms.place.runtime, port: 5432, user: SUPERUSER, password: terms.password, database: 'postgres' };
  }

  async start(): Promise<void> {
    try {
      this.#answer = await this.#bring();
      await ensureDatabase(this.#superuser, this.#terms.password);
    } catch (thrown) {
      await this.stop();
      throw thrown;
    }
    void this.#guard();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#server?.stop();
  }

  face(stop: () => Promise<void>): Embedded {
    const { place, binaries, account, password } = this.#terms;
    const answer = this.#answer;
    return {
      connection: { host: place.runtime, port: 5432, user: OWNER_LOGIN, password, database: DATABASE },
      superuser: this.#superuser,
      trouble: () => this.#watch.current(),
      diagnose: (thrown) => this.#watch.explain(thrown),
      describe: () => ({
        data: place.data,
        socket: place.runtime,
        source: binaries.source,
        version: answer?.version ?? '',
        systemIdentifier: answer?.systemIdentifier ?? '',
        account: account?.name ?? null,
      }),
      stop,
    };
  }

  /** Starts the server and waits until it answers, for as long as it is only busy with recovery or with its predecessor's memory. */
  async #bring(): Promise<Answer> {
    const end = performance.now() + READY_MS;
    for (;;) {
      const server = this.#launch();
      const answer = await this.#ready(server, end);
      if (answer !== undefined) return answer;
      if (performance.now() > end) throw notStarted(server.lines());
      if (!mayStartLater(server.lines())) throw notStarted(server.lines());
      await sleep(RESTART_MS_FIRST);
    }
  }

  #launch(): ServerProcess {
    const { place, binaries, account, log } = this.#terms;
    const onLine = (line: string): void => {
      const trouble = this.#watch.see(line);
      if (trouble !== undefined) log.error(`store.${trouble.kind}`, { line });
      else if (/ (?:ERROR|FATAL|PANIC): /.test(line)) log.warn('store.postgres', { line });
      else log.info('store.postgres', { line });
    };
    this.#server = startServer({ place, binaries, account, onLine });
    return this.#server;
  }

  /** @returns undefined when the server ended before it answered */
  async #ready(server: ServerProcess, end: number): Promise<Answer | undefined> {
    let ended = false;
    void server.ended.then(() => {
      ended = true;
    });
    while (!ended && performance.now() < end) {
      try {
        return await identify(this.#superuser, this.#terms.place);
      } catch (thrown) {
        if (thrown instanceof Fault || !isNotYet(thrown)) throw thrown;
      }
      await Promise.race([sleep(READY_STEP_MS), server.ended]);
    }
    return undefined;
  }

  /** A server that ends by itself is started again, until we stop. */
  async #guard(): Promise<void> {
    let wait = RESTART_MS_FIRST;
    while (!this.#stopping) {
      const code = await this.#server?.ended;
      if (this.#stopping) return;
      this.#terms.log.error('store.ended', { code });
      try {
        this.#answer = await this.#bring();
        wait = RESTART_MS_FIRST;
      } catch (thrown) {
        this.#terms.log.error('store.restart-failed', { error: thrown instanceof Error ? thrown.message : String(thrown) });
        await this.#server?.stop();
        await sleep(wait);
        wait = Math.min(wait * 2, RESTART_MS_LAST);
      }
    }
    await this.#server?.stop();
  }
}

const isNotYet = (thrown: unknown): boolean =>
  ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P03', 'EACCES'].includes(codeOf(thrown) ?? '') ||
  /Connection terminated|timeout expired|connection error/i.test(String(thrown));

/** The predecessor's last processes are still going away. */
const mayStartLater = (lines: readonly string[]): boolean =>
  lines.some((line) => /pre-existing shared memory block|is being used|lock file .* (?:already exists|is empty)/.test(line));

function notStarted(lines: readonly string[]): unknown {
  const said = lines.slice(-4).join(' | ');
  if (/lock file .* already exists/.test(said))
    return new Fault(
      'request.conflict',
      'Another Postgres runs on this data directory. Stop it first, or choose another directory.',
      { internal: said },
    );
  if (/No space left on device/.test(said)) return storeFault(new Error(`No space left on device: ${said}`));
  return unsafeStore(`Postgres did not start: ${said}`);
}
