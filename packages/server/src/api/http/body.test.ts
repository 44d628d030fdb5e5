import { describe, expect, test } from 'vitest';
import { readBounded } from './body.ts';

/** A request whose body comes in these pieces, one each `gapMs`, and whether its source was told to stop. */
function slow(pieces: readonly string[], gapMs: number): { readonly request: Request; readonly stopped: () => boolean } {
  let stopped = false;
  const source = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const piece of pieces) {
        await new Promise((resolve) => setTimeout(resolve, gapMs));
        if (stopped) return;
        controller.enqueue(Buffer.from(piece));
      }
      controller.close();
    },
    cancel: () => void (stopped = true),
  });
  const init = { method: 'POST', body: source, duplex: 'half' as const };
  return { request: new Request('http://127.0.0.1/', init), stopped: () => stopped };
}

describe('a body', () => {
  test('that comes in pieces is whole', async () => {
    expect(Buffer.from(await readBounded(slow(['{"a"', ':1}'], 5).request, 100)).toString()).toBe('{"a":1}');
  });

  test('that does not end in time is refused, and nobody waits for the rest', async () => {
    const { request, stopped } = slow(Array<string>(100).fill(' '), 20);
    const start = performance.now();
    await expect(readBounded(request, 1_000, 100)).rejects.toMatchObject({ code: 'request.timeout', status: 408 });
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(stopped()).toBe(true);
  });

  test('that is larger than it says is refused where the limit is passed', async () => {
    const { request, stopped } = slow(['12345', '67890', 'x'], 1);
    await expect(readBounded(request, 8)).rejects.toMatchObject({ code: 'request.too-large', status: 413 });
    expect(stopped()).toBe(true);
  });

  test('that announces too much is not read at all', async () => {
    const request = new Request('http://127.0.0.1/', { method: 'POST', body: 'x', headers: { 'content-length': '9999' } });
    await expect(readBounded(request, 100)).rejects.toMatchObject({ code: 'request.too-large' });
    expect(request.bodyUsed).toBe(false);
  });
});
