/** A server that speaks MCP, over HTTP or as a child of ours. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { ToolServerRecord } from '../../../ports/registry.ts';
import type { ServerOffer, ToolReply } from '../../../ports/tool.ts';
import type { Credentials } from '../../shared/credential.ts';
import type { ToolUpstreamsDeps } from '../deps.ts';
import { Failed } from '../failed.ts';
import type { Limits } from '../parts/limits.ts';
import type { Secrets } from '../parts/secrets.ts';
import { plainUrl } from '../parts/url.ts';
import type { Changed, Source, SourceState } from '../source.ts';
import { Dialer, systemResolve } from '../wire/http/dial.ts';
import { SessionGone } from '../wire/http/wire.ts';
import { digestRun, findCommand } from '../wire/stdio/launch.ts';
import type { Act } from './act.ts';
import { KnownTools } from './known.ts';
import { listAll } from './listing.ts';
import { Opener } from './opener.ts';
import { Parked } from './parked.ts';
import type { Session } from './session.ts';
import { Sessions } from './sessions.ts';

/** Our own standing; no agent or person is called so. */
const OWN = '\u0000own';

export interface McpServerTerms {
  readonly record: ToolServerRecord;
  readonly deps: ToolUpstreamsDeps;
  readonly limits: Limits;
  readonly credentials: Credentials;
  readonly state: SourceState;
  readonly changed: Changed;
}

export class McpServer implements Source {
  readonly #terms: McpServerTerms;
  readonly #dialer: Dialer | undefined;
  readonly #known = new KnownTools();
  readonly #parked: Parked;
  readonly #opener: Opener;
  readonly #sessions: Sessions;

  constructor(terms: McpServerTerms) {
    const { record, deps, limits, credentials } = terms;
    this.#terms = terms;
    this.#parked = new Parked(limits);
    this.#dialer =
      record.transport.kind === 'http' ? new Dialer(deps.resolve ?? systemResolve, record.transport.privateAddresses) : undefined;
    this.#opener = new Opener({
      record,
      deps,
      limits,
      credentials,
      dialer: this.#dialer,
      known: this.#known,
      parked: this.#parked,
      changed: (what, uri) => {
        if (what === 'list') this.#known.forget();
        terms.changed(what, uri);
      },
    });
    this.#sessions = new Sessions({
      limits,
      now: () => deps.clock.now(),
      random: deps.random,
      open: (opening) => this.#opener.open(opening),
      children: this.#dialer === undefined,
      queueMs: record.queueMs,
      state: terms.state,
    });
  }

  async call(act: Act, secrets: Secrets): Promise<ToolReply> {
    const { binding, capabilities, resume } = act.request;
    const parked = this.#parked.take(resume?.state ?? null, binding);
    if (parked === 'lost') throw new Failed('lost', 'no call waits under this state', { sent: true });
    if (parked !== undefined) return parked.resume(resume?.inputResponses ?? {}, act);
    const wanted = { binding, capabilities: declared(this.#terms.record, capabilities), secrets, signal: act.signal };
    return this.#twice(
      (use) => this.#sessions.with(wanted, use),
      (session) => session.call(act),
    );
  }

  async offer(signal: AbortSignal, secrets: Secrets): Promise<ServerOffer> {
    const launch = await this.#launch();
    const capabilities = declared(this.#terms.record, askable(this.#terms.record));
    const wanted = { binding: OWN, capabilities, secrets, signal, watch: true };
    const parts = { launch, known: this.#known, limits: this.#terms.limits, signal };
    return this.#twice(
      (use) => this.#sessions.with(wanted, use),
      (session) => listAll(session, parts),
    );
  }

  async close(): Promise<void> {
    this.#parked.close();
    await this.#sessions.close();
    await this.#opener.close();
    await this.#dialer?.close();
  }

  /** A session that the server forgot cannot have acted: once more in a new one. */
  async #twice<T>(
    lend: (use: (session: Session) => Promise<T>) => Promise<T>,
    act: (session: Session) => Promise<T>,
  ): Promise<T> {
    let used: Session | undefined;
    const use = (session: Session): Promise<T> => {
      used = session;
      return act(session);
    };
    try {
      return await lend(use);
    } catch (thrown) {
      if (!(thrown instanceof SessionGone) || used === undefined) throw thrown;
      this.#sessions.drop(used);
    }
    try {
      return await lend(use);
    } catch (thrown) {
      if (thrown instanceof SessionGone) throw new Failed('garbage', thrown.message, { sent: true, answered: true });
      throw thrown;
    }
  }

  /** What the pin of the server is of. */
  async #launch(): Promise<JsonRecord> {
    const { record, deps } = this.#terms;
    const { transport } = record;
    if (transport.kind !== 'stdio') {
      const url = plainUrl(record);
      return { kind: 'http', origin: url.origin, path: url.pathname };
    }
    const program = await findCommand(transport, deps.environment);
    const digest = await digestRun(transport, program);
    return { kind: 'stdio', command: transport.command, args: transport.args, cwd: transport.cwd, digest };
  }
}

/** The door lets elicitations through by the operator's entry; the rest is looked up here too, whatever a caller would let through. */
function declared(record: ToolServerRecord, { elicitation, sampling, roots }: JsonRecord): JsonRecord {
  return {
    ...(elicitation === undefined ? {} : { elicitation }),
    ...(record.sampling && sampling !== undefined ? { sampling } : {}),
    ...(record.roots && roots !== undefined ? { roots } : {}),
  };
}

/** A server may list some tools only to clients that can be asked. */
const askable = ({ elicitation }: ToolServerRecord): JsonRecord => ({
  ...(elicitation ? { elicitation: { form: {}, url: {} } } : {}),
  sampling: {},
  roots: {},
});
