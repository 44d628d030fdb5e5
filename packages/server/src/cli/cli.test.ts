import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { Fault } from '@countersign/kernel/fault';
import { microUsd } from './task/admit.ts';
import { cell, table } from './call.ts';
import { asCliError, errorText } from './errors.ts';
import { EXITS } from './exit.ts';
import { buildProgram } from './program.ts';
import { cli, newPlace } from './testing/run.ts';
import { NO_TOOLS } from './tools.ts';
import { newLogKey } from '../verify/sample/index.ts';

/** Of a log that nobody has. */
const VKEY = newLogKey('sample.example/log').vkey;
const here = () => ({ cwd: newPlace() });

function leaves(command: Command, path: string[] = []): { path: string[]; command: Command }[] {
  const own = [...path, command.name()];
  return command.commands.length === 0
    ? [{ path: own.slice(1), command }]
    : command.commands.flatMap((child) => leaves(child, own));
}

const session = {
  io: {
    out: () => undefined,
    err: () => undefined,
    outDrained: async () => undefined,
    input: async function* () {},
    env: {},
    cwd: '/',
    fetch,
    signal: new AbortController().signal,
    now: () => 0,
    tools: NO_TOOLS,
  },
  ended: 'ok' as const,
};
const COMMANDS = leaves(buildProgram(session));
/** Reads, by verb: each must speak JSON. Mutations: each must have a dry run. */
const READS = new Set([
  'list',
  'show',
  'status',
  'doctor',
  'plan',
  'test',
  'lint',
  'coverage',
  'backtest',
  'conform',
  'verify',
  'prove',
  'tail',
  'replay',
]);
const MUTATIONS = new Set([
  'init',
  'apply',
  'admit',
  'revoke',
  'approve',
  'deny',
  'withdraw',
  'open',
  'review',
  'key-issue',
  'key-rotate',
  'key-revoke',
  'set',
  'clear',
]);

describe('conventions', () => {
  test('every command that was promised is there', () => {
    expect(COMMANDS.map(({ path }) => path.join(' ')).sort()).toMatchSnapshot();
  });

  test.each(COMMANDS.map(({ path }) => [path.join(' '), path] as const))(
    '%s: help begins with examples of its own',
    async (name, path) => {
      const { code, out } = await cli([...path, '--help'], here());
      expect([code, out.startsWith('Examples:\n  $ ')]).toEqual([0, true]);
      expect(out).toContain(`countersign ${name}`);
    },
  );

  test.each(COMMANDS.map(({ path, command }) => [path.join(' '), path.at(-1) ?? '', command] as const))(
    '%s: reads print JSON, mutations have a dry run',
    (_name, verb, command) => {
      const flags = command.options.map(({ long }) => long);
      expect([!READS.has(verb) || flags.includes('--json'), !MUTATIONS.has(verb) || flags.includes('--dry-run')]).toEqual([
        true,
        true,
      ]);
    },
  );

  test('the exit codes are in the help, from the one table', async () => {
    const { out } = await cli(['--help'], here());
    for (const { code, text } of Object.values(EXITS)) expect(out).toContain(`  ${code}  ${text}`);
    expect(Object.fromEntries(Object.entries(EXITS).map(([name, { code }]) => [name, code]))).toEqual({
      ok: 0,
      failed: 1,
      usage: 2,
      denied: 3,
      'not-signed-in': 4,
      unverified: 5,
      pending: 8,
      'not-run': 125,
    });
  });

  test.each([
    ['nothing', []],
    ['an unknown command', ['fly']],
    ['an unknown flag', ['status', '--fast']],
    ['a noun without a verb', ['task']],
    ['a missing argument', ['approval', 'show']],
    ['a missing flag', ['kill', 'set', 'all']],
    ['too many arguments', ['status', 'now']],
    ['a number that is none', ['budget', 'list', '--limit', 'ten']],
    ['a URL that is none', ['status', '--url', 'localhost']],
    ['a kill target that is none', ['kill', 'set', 'everybody', '--reason', 'because']],
    [
      'money that is none',
      ['task', 'admit', '--agent', 'a', '--repository', 'r', '--ticket', 't', '--use-case', 'u', '--estimate', '1,5'],
    ],
  ])('%s is a usage error, and says what is wrong', async (_name, argv) => {
    const { code, out, err } = await cli(argv, here());
    expect([code, out === '' || argv.length === 0, err === '' && argv.length > 0]).toEqual([2, true, false]);
  });

  test('an unknown command suggests the nearest', async () => {
    expect((await cli(['aproval', 'list'], here())).err).toContain('approval');
  });
});

describe('connection', () => {
  const seen = (answers: Record<string, unknown> = { data: [] }) => {
    const calls: { url: string; key: string | null }[] = [];
    const fetching: typeof fetch = async (input, init) => {
      calls.push({ url: String(input), key: new Headers(init?.headers).get('authorization') });
      return Response.json(answers);
    };
    return { calls, fetching };
  };

  const left = (cwd: string, mode = 0o600) => {
    mkdirSync(join(cwd, '.countersign'), { recursive: true });
    writeFileSync(join(cwd, '.countersign', 'cli.json'), JSON.stringify({ url: 'http://127.0.0.1:9999', key: 'from-file' }));
    chmodSync(join(cwd, '.countersign', 'cli.json'), mode);
  };

  test('is what `up` left here; the environment overrules it, and flags overrule both', async () => {
    const { calls, fetching } = seen();
    const place = { cwd: newPlace(), fetch: fetching };
    left(place.cwd);
    await cli(['kill', 'list'], place);
    await cli(['kill', 'list'], { ...place, env: { COUNTERSIGN_KEY: 'from-env' } });
    await cli(['kill', 'list', '--key', 'from-flag'], {
      ...place,
      env: { COUNTERSIGN_KEY: 'from-env', COUNTERSIGN_URL: 'http://other:1' },
    });
    await cli(['--url', 'http://flag:1', 'kill', 'list'], place);
    expect(calls).toEqual([
      { url: 'http://127.0.0.1:9999/api/v1/kill-switches', key: 'Bearer from-file' },
      { url: 'http://127.0.0.1:9999/api/v1/kill-switches', key: 'Bearer from-env' },
      { url: 'http://other:1/api/v1/kill-switches', key: 'Bearer from-flag' },
      // The key in the file is for the server in the file.
      { url: 'http://flag:1/api/v1/kill-switches', key: null },
    ]);
  });

  test('a file with a key that others can read is refused', async () => {
    const place = { cwd: newPlace(), fetch: seen().fetching };
    left(place.cwd, 0o644);
    const { code, err } = await cli(['kill', 'list'], place);
    expect([code, err.includes('chmod 600')]).toEqual([1, true]);
  });

  test('nobody there: the next command is named', async () => {
    const { code, err } = await cli(['status', '--url', 'http://127.0.0.1:1'], { cwd: newPlace(), fetch });
    expect(code).toBe(1);
    expect(err).toMatch(
      /^error: No answer from http:\/\/127\.0\.0\.1:1\n {2}why: .*\n {2}next: start a server with `countersign up`/,
    );
  });

  test.each([
    [401, 4],
    [403, 3],
    [404, 1],
    [500, 1],
  ])('an answer of %i is exit %i', async (status, exit) => {
    const fetching: typeof fetch = async () =>
      Response.json({ title: 'No', detail: 'Because.', type: '/docs/faults/x' }, { status });
    const { code, err, out } = await cli(['agent', 'list'], { cwd: newPlace(), fetch: fetching });
    expect([code, out, err.startsWith('error: No\n  why: Because.\n  next: ')]).toEqual([exit, '', true]);
  });

  test('what went wrong in this process is told whole: its log is ours', () => {
    const fault = new Fault('store.unsafe', 'It is not used.', { internal: 'initdb failed: no such user' });
    expect(errorText(asCliError(fault))).toBe('error: It is not used.\n  why: initdb failed: no such user (store.unsafe)\n');
    expect(errorText(asCliError(new Fault('store.full', 'Full.')))).toBe('error: Full.\n  why: store.full\n');
  });

  test('what is not our server is said to be something else', async () => {
    const fetching: typeof fetch = async () => new Response('<html>', { status: 200 });
    expect((await cli(['agent', 'list'], { cwd: newPlace(), fetch: fetching })).err).toContain('No answer from');
  });

  test('what a server sends cannot command the terminal', async () => {
    const { fetching } = seen({ data: [{ id: 'a\u001b[2Jb', role: 'editor\u202e' }] });
    const { out } = await cli(['agent', 'list'], { cwd: newPlace(), fetch: fetching });
    expect(out).toContain('a\\u{1b}[2Jb');
    expect(out).not.toMatch(/[\u001b\u202e]/);
  });
});

describe('ledger tail', () => {
  const events = (text: string, broken: boolean): Response => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        if (text !== '') controller.enqueue(new TextEncoder().encode(text));
        if (broken) controller.error(new TypeError('terminated'));
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };

  test('takes a connection that breaks up where it was, also before the first entry came', async () => {
    const stop = new AbortController();
    const asked: string[] = [];
    const answers = [
      () => Response.json({ checkpoint: null, size: 7, verifierKey: 'k' }),
      () => events('', true),
      () => Response.json({ title: 'Starting' }, { status: 503 }),
      () => events('id: 7\ndata: {"seq":7,"type":"decision"}\n\n', false),
    ];
    const fetching: typeof fetch = async (input) => {
      asked.push(String(input).replace(/^.*\/v1/, ''));
      return answers.shift()?.() ?? Response.error();
    };
    const { code, out } = await cli(['ledger', 'tail', '--json'], {
      cwd: newPlace(),
      fetch: fetching,
      signal: stop.signal,
      onOut: () => stop.abort(),
    });
    expect([code, out]).toEqual([0, '{"seq":7,"type":"decision"}\n']);
    expect(asked).toEqual(['/ledger/checkpoint', ...Array<string>(3).fill('/events?from=7')]);
  });

  test('ends where there is no server, and where it is denied', async () => {
    expect((await cli(['ledger', 'tail'], { cwd: newPlace() })).code).toBe(1);
    const denying: typeof fetch = async (input) =>
      String(input).includes('/events') ? Response.json({ title: 'No' }, { status: 403 }) : Response.json({ size: 1 });
    expect((await cli(['ledger', 'tail'], { cwd: newPlace(), fetch: denying })).code).toBe(3);
  });
});

describe('commands that need no server', () => {
  const governance = join(import.meta.dirname, '..', '..', '..', '..', 'governance');

  test('init writes a starter that passes its own tests, and never writes over anything', async () => {
    const place = here();
    const dry = await cli(['init', 'rules', '--dry-run'], place);
    expect([dry.code, existsSync(join(place.cwd, 'rules'))]).toEqual([0, false]);
    const made = await cli(['init', 'rules', '--organisation', 'acme'], place);
    expect([made.code, made.out]).toEqual([0, dry.out]);
    expect(readFileSync(join(place.cwd, 'rules', 'countersign.yaml'), 'utf8')).toContain('\norganisation: acme\n');
    expect(existsSync(join(place.cwd, 'rules', '.schema', 'agent.json'))).toBe(true);
    const again = await cli(['init', 'rules'], place);
    expect([again.code, again.err.includes('is not empty')]).toEqual([1, true]);
    expect((await cli(['init', 'other', '--organisation', 'Not A Name'], place)).code).toBe(2);
    expect((await cli(['policy', 'test', 'rules'], place)).code).toBe(0);
  });

  test('policy fmt formats once, and --check only looks', async () => {
    const place = here();
    const path = join(place.cwd, 'governance', 'policies', 'a.cedar');
    mkdirSync(join(place.cwd, 'governance', 'policies'), { recursive: true });
    writeFileSync(path, 'permit(principal,action,resource);');
    expect((await cli(['policy', 'fmt', '--check'], place)).code).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe('permit(principal,action,resource);');
    expect((await cli(['policy', 'fmt'], place)).out).toBe(`${join('governance', 'policies', 'a.cedar')}\n`);
    expect((await cli(['policy', 'fmt', '--check'], place)).code).toBe(0);
    expect((await cli(['policy', 'fmt', 'nowhere'], place)).code).toBe(1);
  });

  test('policy lint says everything that is wrong, with file and line', async () => {
    const place = here();
    await cli(['init', 'rules'], place);
    expect((await cli(['policy', 'lint', 'rules'], place)).code).toBe(0);
    writeFileSync(join(place.cwd, 'rules', 'agents', 'bot.yaml'), 'id: bot\ncolour: red\n');
    const { code, err } = await cli(['policy', 'lint', 'rules'], place);
    expect([code, /agents\/bot\.yaml:\d+:\d+ error/.test(err)]).toEqual([1, true]);
    const json = (await cli(['policy', 'lint', 'rules', '--json'], place)).json as { findings: { file: string }[] };
    expect(json.findings.some(({ file }) => file === 'agents/bot.yaml')).toBe(true);
    expect((await cli(['plan', 'rules', '--offline'], place)).code).toBe(1);
  });

  test('plan --offline and policy coverage read the shipped directory', async () => {
    const planned = await cli(['plan', governance, '--offline', '--json'], here());
    expect([planned.code, (planned.json as { revision: string }).revision.length]).toEqual([0, 64]);
    const covered = await cli(['policy', 'coverage', governance, '--json'], here());
    expect([covered.code, (covered.json as { percent: number }).percent]).toEqual([0, 100]);
  });

  test('policy conform runs cases in the public format, and says which disagree', async () => {
    const place = here();
    const cases = join(place.cwd, 'cases');
    mkdirSync(cases);
    writeFileSync(join(cases, 'policies.cedar'), 'permit(principal, action, resource);');
    writeFileSync(join(cases, 'entities.json'), '[]');
    const request = { principal: 'User::"a"', action: 'Action::"b"', resource: 'File::"c"', context: {} };
    const ref = (text: string) => ({ type: text.split('::')[0], id: text.split('"')[1] });
    const one = (decision: string) => ({
      policies: 'policies.cedar',
      entities: 'entities.json',
      requests: [
        {
          description: 'one',
          principal: ref(request.principal),
          action: ref(request.action),
          resource: ref(request.resource),
          context: {},
          decision,
          reason: ['policy0'],
          errors: [],
        },
      ],
    });
    writeFileSync(join(cases, 'case.json'), JSON.stringify(one('allow')));
    const good = await cli(['policy', 'conform', 'cases'], place);
    writeFileSync(join(cases, 'case.json'), JSON.stringify(one('deny')));
    const bad = await cli(['policy', 'conform', 'cases', '--json'], place);
    expect([good.code, bad.code, (bad.json as { failed: number }).failed]).toEqual([0, 1, 1]);
    const none = await cli(['policy', 'conform', 'nowhere'], place);
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('there are no cases to read at')]);
  });

  test.each([
    ['no trust named', ['ledger', 'verify', '.'], 2],
    ['two trusts named', ['ledger', 'verify', '.', '--key', 'a+b+c', '--policy', 'p'], 2],
    ['a key that is none', ['ledger', 'verify', '.', '--key', 'a+b+c'], 1],
    ['a policy that is not there', ['ledger', 'verify', '.', '--policy', 'none'], 1],
    ['nothing to verify', ['ledger', 'verify', 'none', '--key', VKEY], 5],
    ['a file that is no proof', ['ledger', 'verify', process.execPath, '--key', VKEY], 5],
    ['an index that is none', ['ledger', 'verify', '.', '--key', VKEY, '--from', '-1'], 2],
  ])('ledger verify: %s', async (_name, argv, code) => {
    expect((await cli(argv, here())).code).toBe(code);
  });

  test('doctor tells what is there and what to do about the rest', async () => {
    const place = here();
    const { code, json } = await cli(['doctor', '--json', '--port', '0'], {
      ...place,
      env: { PATH: process.env['PATH'], DATABASE_URL: 'postgres://x' },
    });
    const { checks } = json as { checks: { name: string; state: string; next?: string }[] };
    expect([code, checks.map(({ name }) => name)]).toEqual([
      0,
      ['node', 'git', 'postgres', 'codex', 'claude', 'data directory', 'port'],
    ]);
    for (const { state, next } of checks) expect(state === 'ok' || next !== undefined).toBe(true);
    mkdirSync(join(place.cwd, '.countersign'));
    writeFileSync(join(place.cwd, '.countersign', 'cli.json'), '{}', { mode: 0o644 });
    expect((await cli(['doctor', '--port', '0'], { ...place, env: { DATABASE_URL: 'postgres://x' } })).code).toBe(1);
  });
});

describe('text', () => {
  test.each([
    ['0', 0],
    ['0.50', 500_000],
    ['12', 12_000_000],
    ['0.000001', 1],
    ['123456789.123456', 123_456_789_123_456],
  ])('%s dollars is exact', (text, expected) => {
    expect(microUsd(text, 'estimate')).toBe(expected);
  });

  test.each(['', '-1', '1.0000001', '1e3', '.5', '1,0', 'NaN'])('`%s` is no money', (text) => {
    expect(() => microUsd(text, 'estimate')).toThrow('must be dollars');
  });

  test('a table is as wide as what is in it', () => {
    expect(
      table(
        ['a', 'long head'],
        [
          ['xxx', 'y'],
          ['z', ''],
        ],
      ),
    ).toBe('A    LONG HEAD\nxxx  y\nz\n');
    expect([table(['a'], []), cell(null), cell({ a: 1 })]).toEqual(['', '-', '{"a":1}']);
  });
});
