/** `ledger tail`: entries as they come. A broken connection is taken up again where it ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord } from '@countersign/kernel/json';
import { ProblemError, UnreachableError } from '../../client/index.ts';
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';

/** Between two tries, milliseconds. */
const RETRY_MS = 1_000;

function line(call: Call, data: string): void {
  const parsed: unknown = JSON.parse(data);
  if (call.json || !isRecord(parsed)) return call.printLine(parsed);
  const { seq, ts, type, agent, action, resource, answer, status, code } = parsed;
  call.write([seq, ts, type, agent, action, resource, answer ?? status, code].map((part) => cell(part)).join('  '));
}

/** A server that is starting or ending answers badly or not at all; a denial is final. */
const isPassing = (thrown: unknown): boolean =>
  thrown instanceof UnreachableError || thrown instanceof TypeError || (thrown instanceof ProblemError && thrown.status >= 500);

const pause = (call: Call): Promise<void> => sleep(RETRY_MS, undefined, { signal: call.io.signal }).catch(() => undefined);

export async function tail(call: Call): Promise<void> {
  const api = connect(call);
  // Where it begins is asked first: a connection that breaks before the first entry is taken up there. Not to be reached now is final.
  const { json } = await api.get('/api/v1/ledger/checkpoint');
  const from = call.integer('from') ?? Number(json['size']);
  let last: string | undefined;
  while (!call.io.signal.aborted) {
    try {
      const stream = api.events('/api/v1/events', last === undefined ? { query: { from } } : { lastEventId: last });
      for await (const { id, data } of stream) {
        last = id ?? last;
        line(call, data);
        if (call.io.signal.aborted) return;
      }
    } catch (thrown) {
      if (call.io.signal.aborted) return;
      if (!isPassing(thrown)) throw thrown;
      call.say('connection lost; trying again');
    }
    await pause(call);
  }
}
