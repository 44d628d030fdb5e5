/** Canaries through the whole road: what an agent sends, what a model says, and everything that is written down about it. */
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECRET } from '../../packages/server/src/gateway/model/content/testing/streams.ts';
import { type Installation, ledgerOf, openInstallation, type TestTask } from '../support/installation.ts';

const MAIL = 'ada.lovelace@example.org';
const FROM_MODEL = `AKIA${'Q3EGRXK7PLMNO2WV'}`;

let at: Installation;
let task: TestTask;
const lines: unknown[] = [];

beforeAll(async () => {
  const log = (event: string, fields?: object): void => void lines.push({ event, ...fields });
  at = await openInstallation({
    server: { log: { info: log, warn: log, error: log } },
    governance: (directory) => {
      const file = join(directory, 'models/gpt-5.5.yaml');
      writeFileSync(file, `${readFileSync(file, 'utf8').trimEnd()}\nlogs: full\n`);
    },
    script: (seen) => {
      const held = /\[REDACTED:email-address:[^\]]+\]/.exec(seen.bytes.toString())?.[0] ?? 'nobody';
      return {
        reply: { text: `For ${held}: ${FROM_MODEL} it is.`, calls: [{ id: 'call_1', name: 'send', input: `{"to":"${held}"}` }] },
      };
    },
  });
  task = await at.task();
});
afterAll(() => at?.close());

const input = `Send the report to ${MAIL}. The token is ${SECRET}, keep it.`;

test('an agent for internal data: values stay here, and come back to it alone', async () => {
  const client = new OpenAI({ apiKey: task.key, baseURL: `${at.server.url}/v1`, maxRetries: 0 });
  const ask = { model: 'gpt-5.5', max_output_tokens: 500, input };
  const whole = await client.responses.create(ask);
  const streamed = await client.responses.stream(ask).finalResponse();
  for (const response of [whole, streamed]) {
    expect(response.output_text).toMatch(new RegExp(`^For ${MAIL}: \\[REDACTED:aws-access-token:\\S+\\] it is\\.$`));
    const calls = response.output.flatMap((item) => (item.type === 'function_call' ? [item.arguments] : []));
    expect(calls).toEqual([`{"to":"${MAIL}"}`]);
  }
  const anthropic = new Anthropic({ apiKey: task.key, baseURL: at.server.url, maxRetries: 0 });
  const message = await anthropic.messages
    .stream({ model: 'claude-sonnet-5-5', max_tokens: 500, messages: [{ role: 'user', content: input }] })
    .finalMessage();
  expect(message.content.find((block) => block.type === 'tool_use')?.input).toEqual({ to: MAIL });
});

test('nothing of it reaches the provider, the log, the ledger or a payload', async () => {
  const sent = at.upstream.seen.map(({ bytes }) => bytes.toString());
  expect(sent).toHaveLength(3);
  // An answer may arrive a moment before its outcome is recorded.
  const textsOf = (all: readonly Record<string, unknown>[]) =>
    all.flatMap(({ payloads }) => (payloads ?? []) as { digest: string; kind: string }[]);
  const isText = ({ kind }: { kind: string }): boolean => kind === 'request' || kind === 'response';
  let entries = await ledgerOf(at);
  for (let tries = 0; tries < 50 && textsOf(entries).filter(isText).length < 4; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    entries = await ledgerOf(at);
  }
  const digests = textsOf(entries);
  const security = await at.personClient('noor');
  const stored: string[] = [];
  for (const { digest } of digests) {
    const { json } = await security.get(`/api/v1/payloads/${digest}`, { reason: 'looking for canaries' });
    stored.push(JSON.stringify(json), Buffer.from(String(json['content'] ?? json['base64'] ?? ''), 'base64').toString());
  }
  // Two calls of the model that keeps texts, a request and an answer each.
  expect(digests.filter(isText)).toHaveLength(4);
  expect(stored.filter((text) => text.includes('[REDACTED:email-address:')).length).toBeGreaterThanOrEqual(4);
  for (const text of [...sent, ...stored, JSON.stringify(lines), JSON.stringify(entries)]) {
    expect(text).not.toContain(MAIL);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(FROM_MODEL);
  }
});

test('each decision names what was found, and the rules that looked', async () => {
  const [decision] = (await ledgerOf(at)).filter(({ type, action }) => type === 'decision' && action === 'model.call');
  const facts = ((decision?.['payloads'] ?? []) as { digest: string; kind: string }[]).find(({ kind }) => kind === 'facts');
  const security = await at.personClient('noor');
  const { json } = await security.get(`/api/v1/payloads/${facts?.digest}`, { reason: 'what was decided' });
  const text = JSON.stringify(json) + Buffer.from(String(json['content'] ?? json['base64'] ?? ''), 'base64').toString();
  expect(text).toMatch(/personal:redacted/);
  expect(text).toMatch(/scanner/);
});
