import { appendFileSync, cpSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { locateClients } from '../../packages/server/src/cli/demo/clients.ts';
import { pathOf } from '../../packages/server/src/client/index.ts';
import { type Installation, openInstallation } from '../support/installation.ts';
import { type ClientRoom, makeClientRoom } from '../support/client-room.ts';

let at: Installation;
let room: ClientRoom;
const CLIENTS = `codex:
  models: [gpt-5.5]
claude:
  models: [claude-sonnet-5-5]
`;
beforeAll(async () => {
  at = await openInstallation({ governance: (dir) => writeFileSync(join(dir, 'clients.yaml'), CLIENTS) });
  room = makeClientRoom();
});
afterAll(async () => {
  room?.remove();
  await at?.close();
});

test('explore', async () => {
  const { json } = await at.admin.get('/api/v1/clients/claude/files', { signIn: true });
  for (const f of json['files'] as { name: string; text: string }[]) room.write(`etc/claude-code/${f.name}`, f.text);
  const task = await at.task();
  const child = spawn(
    'unshare',
    [
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      'sh',
      '-c',
      'mount -t overlay overlay -o "lowerdir=$1:/etc" /etc || exit 97; shift; exec "$@"',
      'lay',
      room.etc,
      locateClients(process.env).claude ?? '',
      'auth',
      'login',
      '--gateway-json',
    ],
    {
      cwd: room.work,
      env: {
        PATH: process.env['PATH'],
        HOME: room.home,
        TMPDIR: join(room.root, 'tmp'),
        BROWSER: 'true',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8').on('data', (d: string) => console.log('ERR', d));
  let buffer = '';
  let approved = false;
  child.stdout.on('data', (d: string) => {
    buffer += d;
    const lines = buffer.split('\n');
    buffer = lines.pop() ?? '';
    for (const line of lines) {
      console.log('OUT', line);
      const m = /[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}/.exec(line);
      if (m && !approved) {
        approved = true;
        at.admin
          .post(pathOf`/api/v1/device-logins/${m[0]}/approve`, {
            agent: 'payments-test-repair-editor-dev',
            mandate: task.mandate,
          })
          .then(
            (a) => console.log('APPROVED', JSON.stringify(a.json)),
            (e: unknown) => console.log('NOT', JSON.stringify(e)),
          );
      }
      try {
        const state = JSON.parse(line) as Record<string, unknown>;
        if (state['shown'] === undefined) continue;
        const answer = JSON.stringify({ state: state['state'], shown: state['shown'] ?? state, accept: true });
        console.log('IN', answer);
        child.stdin.write(`${answer}\n`);
      } catch {
        /* no json */
      }
    }
  });
  const code = await Promise.race([
    new Promise((r) => child.once('close', r)),
    new Promise((r) => setTimeout(() => r('timeout'), 40_000)),
  ]);
  child.kill('SIGKILL');
  console.log('CODE', code);
  const ran = await room.claude(['-p', 'hello', '--output-format', 'json']);
  console.log(ran.code, ran.stdout.slice(0, 3000), ran.stderr.slice(0, 3000));
  console.log(at.upstream.seen.map((s) => [s.method, s.url]));
});
test('explore2', async () => {
  console.log(at.upstream.seen.map((s) => JSON.stringify(s.headers)).join('\n'));
  const { rows } = await (async () => {
    const pg = await import('pg');
    const c = new pg.default.Client(at.database.connection as never);
    await c.connect();
    const r = await c.query('select id, settings from device');
    await c.end();
    return r;
  })();
  console.log(JSON.stringify(rows));
  const { createHash } = await import('node:crypto');
  const { canonicalize } = await import('@countersign/kernel/ledger');
  room.remove();
  room = makeClientRoom();
  const { json } = await at.admin.get('/api/v1/clients/claude/files', {});
  const files = json['files'] as { name: string; text: string }[];
  for (const f of files) room.write(`etc/claude-code/${f.name}`, f.text);
  console.log(
    'KEY VARIANT',
    createHash('sha256')
      .update(canonicalize(JSON.parse(files[0]?.text ?? '')))
      .digest('hex'),
  );
  const task = await at.task();
  const ran = await room.claude(['-p', 'hello', '--output-format', 'json'], {
    ANTHROPIC_AUTH_TOKEN: task.key,
    COUNTERSIGN_TOKEN: task.key,
    COUNTERSIGN_MANDATE: task.mandate,
  });
  console.log(ran.stdout.slice(0, 200), ran.stderr.slice(0, 3000));
  console.log(JSON.stringify(at.upstream.seen.at(-1)?.headers));
});
