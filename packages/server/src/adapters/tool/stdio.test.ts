import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ToolServerRecord } from '../../ports/registry.ts';
import type { ToolReply } from '../../ports/tool.ts';
import type { ToolUpstreamsDeps } from './deps.ts';
import { record, type Stage, stage, stdio } from './testing/stage.ts';

const script = fileURLToPath(new URL('./testing/hostile.mjs', import.meta.url));
const hostile = record(stdio(process.execPath, [script]), { id: 'hostile' });
const withKey: ToolServerRecord = {
  ...hostile,
  id: 'keyed',
  credentials: [{ in: 'env', name: 'KEY', reference: 'env:SECRET', prefix: '' }],
};

const open: Stage[] = [];
const begin = (deps: Partial<ToolUpstreamsDeps> = {}): Stage => {
  const made = stage(deps);
  open.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ up }) => up.close()));
});

const textOf = (reply: ToolReply): string => {
  if (reply.kind !== 'result') throw new Error(JSON.stringify(reply));
  return (reply.result.content as unknown as { text: string }[])[0]?.text ?? '';
};
const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};
const until = async (what: () => boolean, ms = 5_000): Promise<void> => {
  for (const end = Date.now() + ms; !what(); ) {
    if (Date.now() > end) throw new Error('it never came');
    await new Promise((done) => setTimeout(done, 20));
  }
};

describe('a hostile child', () => {
  const rows: readonly (readonly [tool: string, args: object, kind: string])[] = [
    ['silence', {}, 'timeout'],
    ['slow', {}, 'timeout'],
    ['mismatch', {}, 'timeout'],
    ['exit', {}, 'reset'],
    ['large', { bytes: 2_000_000 }, 'too-large'],
    ['line', { bytes: 100_000_000 }, 'too-large'],
    ['deep', {}, 'garbage'],
    ['twice', {}, 'garbage'],
    ['shape', {}, 'garbage'],
    ['chatter', {}, 'garbage'],
  ];
  for (const [name, args, kind] of rows)
    it(`that answers with ${name} fails as ${kind}, and the next call is served`, async () => {
      const { tool } = begin();
      const reply = await tool(hostile, name, args, { timeoutMs: kind === 'timeout' ? 1_500 : 8_000 });
      expect(reply).toMatchObject({ kind: 'failed', failure: { kind, sent: true } });
      expect(textOf(await tool(hostile, 'echo', { a: 1 }))).toBe('{"a":1}');
    });

  it('that sends 50 MB is cut off', async () => {
    const { tool } = begin();
    const before = process.memoryUsage().rss;
    const reply = await tool(hostile, 'large', { bytes: 50_000_000 });
    expect(reply).toMatchObject({ kind: 'failed', failure: { kind: 'too-large' } });
    expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000);
  });

  it('that prints one log line is forgiven, and the line is not repeated in the log', async () => {
    const { tool, log } = begin();
    expect(textOf(await tool(hostile, 'stray'))).toBe('after');
    expect(JSON.stringify(log)).toContain('tool.stray');
    expect(JSON.stringify(log)).not.toContain('does not belong');
  });

  it('that forks and ends leaves nothing behind', async () => {
    const { tool } = begin();
    const file = join(mkdtempSync(join(tmpdir(), 'fork-')), 'pid');
    const pid = Number(textOf(await tool(hostile, 'fork', { file })));
    expect(pid).toBeGreaterThan(1);
    await until(() => !lives(pid));
    // A call in the very moment in which it ends goes down with it.
    await vi.waitFor(async () => expect(textOf(await tool(hostile, 'echo', { b: 2 }))).toBe('{"b":2}'), 5_000);
  });

  it('that heeds neither the end of its input nor a polite signal is ended on close', async () => {
    const stubborn = record(stdio(process.execPath, [script, 'stubborn']), { id: 'stubborn' });
    const { tool, up } = begin();
    const pid = Number(textOf(await tool(stubborn, 'pid')));
    expect(lives(pid)).toBe(true);
    await up.close();
    await until(() => !lives(pid), 2_000);
  });
});

describe('a child', () => {
  it('is told when a call is given up', async () => {
    const { tool, call } = begin();
    const stop = new AbortController();
    const first = call(hostile, { params: { name: 'silence', arguments: {} }, signal: stop.signal });
    await tool(hostile, 'echo');
    stop.abort();
    expect(await first).toMatchObject({ kind: 'failed', failure: { kind: 'aborted', sent: true } });
    expect(textOf(await tool(hostile, 'cancelled'))).toBe('1');
  });

  it('may ask for a sign of life, and for nothing that was not declared', async () => {
    const { tool } = begin();
    expect(textOf(await tool(hostile, 'ping'))).toBe('{}');
    expect(textOf(await tool(hostile, 'sampling'))).toContain('-32601');
    expect(textOf(await tool(hostile, 'ask', { mode: 'form' }))).toContain('-32601');
    const forms = { capabilities: { elicitation: { form: {} } } };
    expect(textOf(await tool(hostile, 'ask', { mode: 'url' }, forms))).toContain('-32602');
  });

  it('is asked again for what was not answered, and a call that nobody resumes is cancelled', async () => {
    const { tool } = begin({ limits: { parkedMs: 400 } });
    const forms = { capabilities: { elicitation: { form: {} } } };
    const first = await tool(hostile, 'ask', { mode: 'form' }, forms);
    if (first.kind !== 'input') throw new Error('no question');
    const second = await tool(hostile, 'ask', {}, { ...forms, resume: { inputResponses: { other: {} }, state: first.state } });
    expect(second).toMatchObject({ kind: 'input', requests: first.requests });
    if (second.kind !== 'input') throw new Error('no question');
    await new Promise((done) => setTimeout(done, 700));
    const late = await tool(hostile, 'ask', {}, { ...forms, resume: { inputResponses: {}, state: second.state } });
    expect(late).toMatchObject({ kind: 'failed', failure: { kind: 'lost' } });
    expect(textOf(await tool(hostile, 'cancelled', {}, forms))).toBe('1');
  });

  it('may hold so many calls of a binding and no more', async () => {
    const { tool } = begin({ limits: { parkedMax: 1 } });
    const forms = { capabilities: { elicitation: { form: {} } } };
    expect((await tool(hostile, 'ask', { mode: 'form' }, forms)).kind).toBe('input');
    expect(await tool(hostile, 'ask', { mode: 'form' }, forms)).toMatchObject({
      kind: 'failed',
      failure: { kind: 'queue', sent: true },
    });
  });

  it('that dies while a call waits for input loses the call', async () => {
    const { tool } = begin();
    const forms = { capabilities: { elicitation: { form: {} } } };
    const first = await tool(hostile, 'ask', { mode: 'form' }, forms);
    if (first.kind !== 'input') throw new Error('no question');
    await tool(hostile, 'exit', {}, forms);
    const reply = await tool(hostile, 'ask', {}, { ...forms, resume: { inputResponses: {}, state: first.state } });
    expect(reply).toMatchObject({ kind: 'failed', failure: { kind: 'lost' } });
  });

  it('whose error asks to open an address asks for input', async () => {
    const { tool } = begin();
    const asking = { capabilities: { elicitation: { url: {} } } };
    expect(await tool(hostile, 'url', {}, asking)).toEqual({
      kind: 'input',
      requests: {
        'input-1': { method: 'elicitation/create', params: { mode: 'url', url: 'https://example.com/a', message: 'Sign in' } },
      },
      state: null,
    });
    expect(await tool(hostile, 'url')).toMatchObject({ kind: 'error', code: -32603 });
  });

  it('keeps its credential out of the log and out of replies', async () => {
    const { tool, log } = begin();
    expect(textOf(await tool(withKey, 'stderr'))).toBe('[WITHHELD:credential]');
    await until(() => log.some(({ event }) => event === 'tool.stderr'));
    expect(JSON.stringify(log)).toContain('using [WITHHELD:credential]');
    expect(JSON.stringify(log)).not.toContain('s3cret-value');
  });

  it('is replaced when its credential changes', async () => {
    let now = 1_000_000;
    const environment: Record<string, string | undefined> = { PATH: process.env.PATH, SECRET: 'first-value' };
    const { tool } = begin({ environment, clock: { now: () => now } });
    const one = textOf(await tool(withKey, 'pid'));
    expect(textOf(await tool(withKey, 'pid'))).toBe(one);
    environment.SECRET = 'second-value';
    now += 10_000;
    expect(textOf(await tool(withKey, 'pid'))).not.toBe(one);
    await until(() => !lives(Number(one)));
  });

  it('is not started without its credential, or for one that a child cannot take', async () => {
    const { tool } = begin({ environment: { PATH: process.env.PATH } });
    const reply = await tool(withKey, 'echo');
    expect(reply).toMatchObject({ kind: 'failed', failure: { kind: 'unresolved', sent: false } });
    const header = { ...withKey, credentials: [{ in: 'header', name: 'x', reference: 'env:PATH', prefix: '' }] } as const;
    expect(await tool(header, 'echo')).toMatchObject({ kind: 'failed', failure: { kind: 'unresolved' } });
  });

  it('is started only from the file of its entry', async () => {
    const { tool, log, up } = begin();
    const digest = `sha256:${createHash('sha256').update(readFileSync(script)).digest('hex')}`;
    const good = record(stdio(process.execPath, [script], { digest }), { id: 'good' });
    expect(textOf(await tool(good, 'echo', {}))).toBe('{}');
    expect((await up.offer(good, new AbortController().signal)).launch).toMatchObject({ digest });
    const bad = record(stdio(process.execPath, [script], { digest: `sha256:${'0'.repeat(64)}` }), { id: 'bad' });
    expect(await tool(bad, 'echo')).toMatchObject({ kind: 'failed', failure: { kind: 'refused', sent: false } });
    expect(up.state('bad')).toBe('down');
    expect(JSON.stringify(log)).toContain('not that of its entry');
    const folder = dirname(script);
    const inFolder = record(stdio('node', ['hostile.mjs'], { digest, cwd: folder }), { id: 'in-folder' });
    expect(textOf(await tool(inFolder, 'echo', {}))).toBe('{}');
    // Without a folder the name means nothing, and above all not a file of ours.
    const nowhere = record(stdio('node', ['hostile.mjs'], { digest }), { id: 'nowhere' });
    expect(await tool(nowhere, 'echo')).toMatchObject({ kind: 'failed', failure: { kind: 'refused', sent: false } });
    const relative = record(stdio('./hostile.mjs', []), { id: 'relative' });
    expect(await tool(relative, 'echo')).toMatchObject({ kind: 'failed', failure: { kind: 'refused', sent: false } });
    const none = record(stdio('no-such-program', []), { id: 'none' });
    expect(await tool(none, 'echo')).toMatchObject({ kind: 'failed', failure: { kind: 'refused', sent: false } });
    await expect(up.offer(none, new AbortController().signal)).rejects.toMatchObject({ code: 'tool.unavailable' });
  });

  it('comes back by itself after it ended, and is ended when nobody uses it', async () => {
    const { tool, up } = begin({ limits: { idleMs: 1_200 } });
    const first = Number(textOf(await tool(hostile, 'pid')));
    await tool(hostile, 'exit');
    expect(up.state('hostile')).toBe('down');
    await until(() => up.state('hostile') === 'up');
    const second = Number(textOf(await tool(hostile, 'pid')));
    expect(second).not.toBe(first);
    await until(() => !lives(second));
  });

  it('makes room for another binding, unless all are in use', async () => {
    const { tool, call } = begin({ limits: { childrenMax: 1 } });
    const first = Number(textOf(await tool(hostile, 'pid')));
    expect(textOf(await tool(hostile, 'echo', {}, { binding: 'b' }))).toBe('{}');
    await until(() => !lives(first));
    const held = call(hostile, { params: { name: 'silence', arguments: {} }, binding: 'b', timeoutMs: 800 });
    expect(await tool(hostile, 'echo', {}, { binding: 'c' })).toMatchObject({
      kind: 'failed',
      failure: { kind: 'queue', sent: false },
    });
    await held;
  });

  it('tells of changes, however loudly, at most once a second', async () => {
    const { tool, up } = begin();
    const heard: string[] = [];
    up.onChange((server, what) => heard.push(`${server} ${what}`));
    await tool(hostile, 'changed');
    expect(heard).toEqual(['hostile list']);
    await until(() => heard.length === 2);
    await new Promise((done) => setTimeout(done, 1_200));
    expect(heard).toEqual(['hostile list', 'hostile list']);
  });
});
