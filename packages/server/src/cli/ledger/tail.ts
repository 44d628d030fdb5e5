/** `ledger tail`: entries as they come. A broken connection is taken up again where it ended. */
import { isRecord } from '@countersign/kernel/json';
import { UnreachableError } from '../../client/index.ts';
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

const pause = (call: Call) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, RETRY_MS);
    call.io.signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });

export async function tail(call: Call): Promise<void> {
  const api = connect(call);
  let last: string | undefined;
  let tried = false;
  while (!call.io.signal.aborted) {
    try {
      const stream = api.events(
        '/api/v1/events',
        last === undefined ? { query: { from: call.integer('from') } } : { lastEventId: last },
      );
      for await (const { id, data } of stream) {
        tried = true;
        last = id ?? last;
        line(call, data);
        if (call.io.signal.aborted) return;
      }
    } catch (thrown) {
      if (call.io.signal.aborted) return;
      // Never connected: there is nothing to take up again. A denial is final.
      if (!tried || !(thrown instanceof UnreachableError || thrown instanceof TypeError)) throw thrown;
      call.say('connection lost; trying again');
    }
    await pause(call);
  }
}
