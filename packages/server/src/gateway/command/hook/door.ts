/** The hook door: where clients ask over plain HTTP before they act. It knows the road and the clients' hooks, and no other door. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asFault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { Caller, Denial } from '../../../ports/road.ts';
import { CLAIMS_PROBLEMS, readClaims, traceOf } from '../../wire/claims.ts';
import { sentence } from '../../wire/denial-text.ts';
import { discard } from '../../wire/discard.ts';
import { Leaving } from '../../wire/leaving.ts';
import { isProblem, parseBody } from '../../wire/parse.ts';
import { BODY_TIMEOUT_MS, readBody, type ReadLimits } from '../../wire/read.ts';
import { BodyRoom } from '../../wire/room.ts';
import { answerOf, blocked, NOTED, refused } from './answer.ts';
import { isHookEvent, readClaudeCall, readSession } from './call.ts';
import { decide } from './decide.ts';
import { DOOR, type HookDoorDeps } from './deps.ts';

export interface HookDoor {
  /** Answers a request for which `matches` is true. Never throws, never rejects. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** @param path with or without query */
  matches(path: string): boolean;
}

export const CLAUDE_PATH = '/hooks/claude';

/** What a client writes into a file may be large; it is asked with the whole of it. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;

interface State extends HookDoorDeps {
  readonly reads: ReadLimits;
  readonly room: BodyRoom;
}

export function createHookDoor(deps: HookDoorDeps): HookDoor {
  const state: State = {
    ...deps,
    reads: deps.limits ?? { bytesMax: BODY_BYTES_MAX, timeoutMs: deps.bodyMs ?? BODY_TIMEOUT_MS },
    room: new BodyRoom(),
  };
  return {
    matches: (path) => (path.split('?', 1)[0] ?? path) === CLAUDE_PATH,
    handle: (req, res) => {
      // Late errors of a connection that is gone have their effect through `close`.
      res.on('error', () => undefined);
      serve(state, req, res)
        .catch((thrown: unknown) => {
          const fault = asFault(thrown);
          const requestId = state.newId('req');
          state.log.error('hook.door', { code: fault.code, requestId, internal: fault.internalText ?? fault.message });
          return refused(`Countersign: ${fault.publicText} [${fault.code}, request ${requestId}]`);
        })
        .then(
          (answer) => send(req, res, answer),
          () => res.destroy(),
        );
    },
  };
}

/**
 * Always 200: the client reads a "no" from the answer itself, and one that cannot be read it may take for consent. INVARIANT: never an empty body.
 */
function send(req: IncomingMessage, res: ServerResponse, answer: JsonRecord): void {
  if (res.headersSent || res.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(answer));
  res.writeHead(200, {
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    'cache-control': 'no-store',
  });
  res.end(bytes);
  if (!req.complete) discard(req);
}

const PROBLEMS = {
  'too-large': ['request.too-large', 'The question is larger than this door accepts.'],
  timeout: ['request.timeout', 'The question did not arrive in time.'],
  gone: ['request.invalid', 'The connection ended before the question did.'],
  busy: ['request.rate-limited', 'The door holds as many questions as it can. Try again in a moment.'],
} as const;

async function serve(state: State, req: IncomingMessage, res: ServerResponse): Promise<JsonRecord> {
  const trace = traceOf(req);
  const no = async (code: Parameters<State['road']['refuse']>[0]['code'], message: string, caller?: Caller): Promise<Denial> =>
    state.road.refuse({ door: DOOR, trace, action: 'hook.request', code, message, ...(caller === undefined ? {} : { caller }) });
  if (req.method !== 'POST') return refused(sentence(await no('request.unsupported', 'Hooks ask with POST.')));
  const claims = readClaims(req);
  const bytes = await readBody(req, state.reads, state.room);
  if (typeof bytes === 'string') {
    const [code, message] = PROBLEMS[bytes];
    return refused(sentence(await no(code, message)));
  }
  try {
    const body = parseBody(bytes);
    if (isProblem(body)) return refused(sentence(await no(body.code, body.message)));
    const deny = (denial: Denial): JsonRecord => refusal(body.json['hook_event_name'], sentence(denial));
    if (typeof claims === 'string') return deny(await no('request.invalid', CLAIMS_PROBLEMS[claims]));
    const identified = await state.road.identify(claims.presented, { door: DOOR, trace });
    if (!identified.ok) return deny(identified.denial);
    return await answer(state, {
      res,
      wait: req.headers['x-countersign-wait'],
      body: body.json,
      caller: identified.caller,
      trace,
      no,
    });
  } finally {
    state.room.give(bytes.length);
  }
}

/** In the form of the event that asked. */
function refusal(event: unknown, text: string): JsonRecord {
  if (isHookEvent(event)) return answerOf(event, { word: 'deny', text });
  return event === 'UserPromptSubmit' ? blocked(text) : refused(text);
}

interface Question {
  readonly res: ServerResponse;
  readonly wait: unknown;
  readonly body: JsonRecord;
  readonly caller: Caller;
  readonly trace: string;
  readonly no: (
    code: 'request.invalid' | 'identity.killed' | 'mandate.missing',
    message: string,
    caller?: Caller,
  ) => Promise<Denial>;
}

async function answer(state: State, { res, wait, body, caller, trace, no }: Question): Promise<JsonRecord> {
  const event = body['hook_event_name'];
  if (!isHookEvent(event)) return note(state, caller, body);
  const call = readClaudeCall(body, wait);
  if (typeof call === 'string')
    return refusal(event, sentence(await no('request.invalid', `The question's \`${call}\` is not as it must be.`, caller)));
  const leaving = new Leaving(res);
  try {
    return answerOf(event, await decide(state, { caller, call, trace, signal: leaving.signal }));
  } finally {
    leaving.done();
  }
}

/** Anything else asks nothing; but it says where the session works, before its model has a say. */
async function note({ org, calls }: State, caller: Caller, body: JsonRecord): Promise<JsonRecord> {
  const read = readSession(body['session_id'], body['cwd']);
  if (read !== undefined) await calls.rootOf({ org, agent: caller.agent.id, client: 'claude', session: read.session }, read.cwd);
  return NOTED;
}
