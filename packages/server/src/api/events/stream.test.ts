import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { apiListener } from '../app.ts';
import { type ApiWorld, makeApi, TASK } from '../testing/world.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function served(made: ApiWorld) {
  const listener = apiListener(made.api);
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const headers = { authorization: `Bearer ${made.keys.get('usr_root')}` };
  return { url, headers, server };
}

interface SseEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

/** Reads events until `enough`, then hangs up. */
async function readEvents(
  url: string,
  headers: Record<string, string>,
  enough: (events: SseEvent[]) => boolean,
): Promise<SseEvent[]> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  const events: SseEvent[] = [];
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = block
        .split('\n')
        .filter((line) => !line.startsWith(':'))
        .map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]);
      if (fields.length > 0) events.push(Object.fromEntries(fields) as SseEvent);
    }
    if (enough(events)) break;
  }
  abort.abort();
  return events;
}

describe('GET /api/v1/events', () => {
  test('sends what is new, and goes on after Last-Event-ID without a gap or a repetition', async () => {
    const made = makeApi();
    const { url, headers } = await served(made);
    const reading = readEvents(`${url}/api/v1/events?from=0`, headers, (events) => events.length >= 3);
    await made.call('POST', '/api/v1/tasks', { as: 'usr_ada', body: TASK });
    const first = await reading;
    expect(first.map(({ id }) => id)).toEqual(first.map((_event, index) => String(index)));
    expect(first[0]?.event).toBe('node.started');
    const [, second] = first;
    await made.call('POST', '/api/v1/tasks', { as: 'usr_ada', body: TASK });
    const resumed = await readEvents(
      `${url}/api/v1/events`,
      { ...headers, 'last-event-id': second?.id ?? '' },
      (events) => events.length >= 2,
    );
    expect(resumed.slice(0, 2).map(({ id }) => id)).toEqual(['2', '3']);
    expect(JSON.parse(resumed[0]?.data ?? '{}')).toMatchObject({ seq: 2, type: resumed[0]?.event });
  });

  test('ends when the process stops, so that its connection keeps nobody waiting', async () => {
    const made = makeApi();
    const { url, headers } = await served(made);
    const response = await fetch(`${url}/api/v1/events?from=0`, { headers });
    const reading = response.text();
    made.api.close();
    expect(await reading).toContain(': open');
  });

  test('a bad index is refused before the stream begins', async () => {
    const { url, headers } = await served(makeApi());
    expect((await fetch(`${url}/api/v1/events`, { headers: { ...headers, 'last-event-id': 'abc' } })).status).toBe(400);
  });
});

describe('jobs', () => {
  test('a replay is started, watched to its end, and read', async () => {
    const made = makeApi();
    const { url, headers } = await served(made);
    const started = await made.call('POST', '/api/v1/replays', { body: {} });
    expect([started.status, started.headers.get('location')]).toEqual([202, `/api/v1/jobs/${String(started.json['id'])}`]);
    const events = await readEvents(
      `${url}/api/v1/jobs/${String(started.json['id'])}/events`,
      headers,
      (seen) => seen.at(-1)?.event === 'end',
    );
    expect(JSON.parse(events.at(-1)?.data ?? '{}')).toMatchObject({
      state: 'done',
      done: 2,
      total: 2,
      report: { decisions: 2, identical: 2, different: 0 },
    });
    expect((await made.call('GET', `/api/v1/jobs/${String(started.json['id'])}`)).json).toMatchObject({
      state: 'done',
      error: null,
    });
  });

  test('a backtest is cancelled by who started it, and not by others', async () => {
    const made = makeApi();
    const { call } = made;
    const { url, headers } = await served(made);
    const body = { files: { 'countersign.yaml': 'organisation: acme\n' } };
    const path = `/api/v1/jobs/${String((await call('POST', '/api/v1/backtests', { as: 'usr_sam', body })).json['id'])}`;
    expect((await call('POST', `${path}/cancel`, { as: 'usr_vic' })).status).toBe(403);
    const watching = readEvents(`${url}${path}/events`, headers, (seen) => seen.at(-1)?.event === 'end');
    expect((await call('POST', `${path}/cancel`, { as: 'usr_sam' })).status).toBe(202);
    expect(JSON.parse((await watching).at(-1)?.data ?? '{}')).toMatchObject({ state: 'cancelled', report: null });
    expect((await call('GET', '/api/v1/jobs')).json['data']).toMatchObject([{ state: 'cancelled' }]);
    expect((await call('GET', '/api/v1/jobs/job_none')).status).toBe(404);
  });

  test('a third job waits its turn, and closing the API stops all', async () => {
    const { call, api } = makeApi();
    const body = { files: { 'countersign.yaml': 'organisation: acme\n' } };
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await call('POST', '/api/v1/backtests', { body })).status);
    expect(statuses).toEqual([202, 202, 429]);
    api.close();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(((await call('GET', '/api/v1/jobs')).json['data'] as { state: string }[]).map(({ state }) => state)).toEqual([
      'cancelled',
      'cancelled',
    ]);
  });

  test('a job that fails says nothing of the inside', async () => {
    const { call } = makeApi({
      work: {
        replay: () => Promise.reject(new Error('secret text')),
        backtest: () => Promise.reject(new Error('secret text')),
        usage: () => Promise.reject(new Error('secret text')),
      },
    });
    const { json } = await call('POST', '/api/v1/replays', { body: {} });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const job = await call('GET', `/api/v1/jobs/${String(json['id'])}`);
    expect([job.json['state'], job.text.includes('secret text')]).toEqual(['failed', false]);
  });
});

test('over a socket: a body that is too large, cut short or malformed leaves the server up', async () => {
  const made = makeApi();
  const { url, headers } = await served(made);
  const post = (body: string | ReadableStream<Uint8Array>) =>
    fetch(`${url}/api/v1/tasks`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    } as RequestInit);
  expect((await post('x'.repeat(10))).status).toBe(400);
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(0x20)),
  });
  const status = await post(endless).then(
    (response) => response.status,
    () => 413,
  );
  expect(status).toBe(413);
  expect((await post(JSON.stringify(TASK))).status).toBe(201);
});
