import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { record, stage, stdio } from './testing/stage.ts';

const require = createRequire(import.meta.url);
const bin = (name: string): string =>
  join(dirname(require.resolve(`@modelcontextprotocol/${name}/package.json`)), 'dist/index.js');
const { up, tool } = stage();
afterAll(() => up.close());

describe('server-everything', () => {
  const server = record(stdio(process.execPath, [bin('server-everything'), 'stdio']));
  it('offers', async () => {
    const offer = await up.offer(server, new AbortController().signal);
    console.log(
      offer.era,
      offer.protocolVersion,
      offer.tools.map((t) => [t.name, JSON.stringify(t.execution)]),
      offer.prompts.length,
      offer.resources.length,
      offer.resourceTemplates.length,
      offer.dropped,
    );
    console.log(await tool(server, 'echo', { message: 'hi' }));
    expect(offer.era).toBe('legacy');
  });
});
