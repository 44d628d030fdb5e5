import { createServer, get, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { WireFormat } from '../../../ports/registry.ts';
import type { UpstreamExchange } from '../../../ports/upstream.ts';
import { SCAN_DEFAULTS } from '../../../ports/scan-settings.ts';
import { ScanRules } from '../../wire/scan-rules.ts';
import { inlineScanner } from '../../wire/testing/inline-scanner.ts';
import { CallContent } from '../content/call-content.ts';
import { meterFor } from '../meter/index.ts';
import type { Ending } from './ending.ts';
import { Relay } from './relay.ts';
import { SILENCE_MS, SilenceWatch, UNREAD_MS } from './silence.ts';

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

class Exchange implements UpstreamExchange {
  aborted = false;
  paused = false;
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  abort(): void {
    this.aborted = true;
  }
  verdict(): void {}
  attempts(): number {
    return 1;
  }
}

interface Staged {
  readonly relay: Relay;
  readonly exchange: Exchange;
  readonly text: () => string;
  readonly ending: Promise<Ending>;
  readonly stopReading: () => void;
}

async function staged(format: WireFormat): Promise<Staged> {
  let give: (res: ServerResponse) => void = () => undefined;
  const taken = new Promise<ServerResponse>((resolve) => (give = resolve));
  server = createServer((_req, res) => give(res));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  let text = '';
  const req = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false }, (res) => {
    res.on('data', (chunk: Buffer) => (text += chunk.toString()));
    res.on('error', () => undefined);
  });
  req.on('error', () => undefined);
  const res = await taken;
  let relay: Relay | undefined;
  const ending = new Promise<Ending>((resolve) => {
    relay = new Relay(
      {
        res,
        format,
        stream: true,
        meter: meterFor(format, false),
        counts: false,
        ours: {},
        requestId: 'dec_1',
        model: 'm',
        content: new CallContent({
          scanner: inlineScanner,
          rules: new ScanRules(SCAN_DEFAULTS, 0),
          format,
          values: new Map(),
          keep: false,
          inside: undefined,
        }),
        watch: new SilenceWatch(),
        now: () => 0,
      },
      resolve,
    );
  });
  if (relay === undefined) throw new Error('a promise runs its executor at once');
  const exchange = new Exchange();
  relay.attach(exchange);
  relay.start(200, { 'content-type': 'text/event-stream' });
  return { relay, exchange, text: () => text, ending, stopReading: () => req.socket?.pause() };
}

async function until(what: () => boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!what() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(what()).toBe(true);
}

describe('silence', () => {
  for (const [format, sign] of [
    ['responses', ': keep-alive\n\n'],
    ['chat', ': keep-alive\n\n'],
    ['messages', 'event: ping\ndata: {"type": "ping"}\n\n'],
  ] as const)
    it(`${format}: a sign of life after 15 s, before the first event too, and none while it flows`, async () => {
      const { relay, text, ending } = await staged(format);
      relay.tick(SILENCE_MS / 1_000 - 1);
      expect(text()).toBe('');
      relay.tick(SILENCE_MS / 1_000);
      await until(() => text() === sign);
      relay.end();
      expect((await ending).kind).toBe('broken');
    });
});

describe('a client that does not read', () => {
  it('holds the provider back, and is let go after a minute', async () => {
    const { relay, exchange, ending, stopReading } = await staged('chat');
    stopReading();
    const event = Buffer.from(
      `data: ${JSON.stringify({ choices: [{ delta: { content: 'so it goes on and on. '.repeat(25_000) } }] })}\n\n`,
    );
    for (let i = 0; i < 40 && !exchange.paused; i += 1) relay.data(event);
    expect(exchange.paused).toBe(true);
    relay.tick(UNREAD_MS / 1_000 - 1);
    relay.tick(UNREAD_MS / 1_000);
    expect([(await ending).kind, exchange.aborted]).toEqual(['cancelled', true]);
  });
});
