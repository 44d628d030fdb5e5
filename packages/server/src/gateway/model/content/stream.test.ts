import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScanActions, WireFormat } from '../../../ports/registry.ts';
import { SCAN_DEFAULTS } from '../../../ports/scan-settings.ts';
import { ScanRules } from '../../wire/scan-rules.ts';
import { inlineScanner } from '../../wire/testing/inline-scanner.ts';
import { SseSplitter } from '../relay/sse.ts';
import { parseData } from '../meter/index.ts';
import { renderChat, renderMessages, renderResponses } from '../testing/answers.ts';
import { StreamContent } from './stream.ts';
import { joinedText, SECRET, streamOf } from './testing/streams.ts';

const RUNS = Number(process.env['SCAN_RUNS'] ?? 60);
const FORMATS: readonly WireFormat[] = ['responses', 'chat', 'messages'];

const rulesWith = (answers: Partial<ScanActions> = {}): ScanRules =>
  new ScanRules(
    { ...SCAN_DEFAULTS, actions: { ...SCAN_DEFAULTS.actions, answers: { ...SCAN_DEFAULTS.actions.answers, ...answers } } },
    0,
  );
const NONE: ReadonlyMap<string, string> = new Map();

function contentOf(format: WireFormat, values = NONE, rules = rulesWith()): StreamContent {
  const profile = rules.profile('answers', 'restricted', true);
  return new StreamContent({ scanner: inlineScanner, rules, place: 'answers', profile, values }, format);
}

/** What goes out for these bytes, split at `cuts`. */
function passed(content: StreamContent, bytes: Buffer, cuts: readonly number[]): string {
  const splitter = new SseSplitter();
  let out = '';
  const drain = (): void => {
    for (const ready of content.drain()) out += ready.bytes.toString('utf8', ready.start, ready.end);
  };
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    splitter.push(bytes.subarray(at, cut), (event) => {
      content.push(event, event.data === undefined ? undefined : parseData(event.data));
      return true;
    });
    drain();
    at = cut;
  }
  content.end();
  drain();
  return out;
}

const redactedWhole = (text: string, values = NONE): string => {
  const stream = inlineScanner.stream(rulesWith().profile('answers', 'restricted', true), values);
  return stream.push(text) + stream.end();
};

const placeholder = ((): string => {
  const stream = inlineScanner.stream({ place: 'prose', regions: [], kinds: ['personal'], redact: ['personal'] });
  return stream.push('ada@example.org') + stream.end();
})();
const VALUES: ReadonlyMap<string, string> = new Map([[placeholder, 'ada@"example.org\\']]);

const PARTS = [
  ...[
    'The key is ',
    ' and so on. ',
    '\n',
    ' ',
    'token: ',
    '-----',
    '[REDACTED:',
    '[REDACTED:email-address:0000-0000]',
    '😀 ',
    '"',
    '\\',
    '\u200b',
  ],
  ...[
    '-----BEGIN PRIVATE KEY-----\n',
    `${'MIIEvQIBADANBgkqhkiG9w0B'.repeat(3)}\n`,
    '-----END PRIVATE KEY-----',
    'password = "',
    '<!-- ',
    ' -->',
    '![x](https://e.example/p?d=',
  ],
  ...[
    SECRET,
    placeholder,
    'AKIAQ3EGRXK7PLMNO2WV',
    'ada@example.org',
    '4111 1111 1111 1111',
    '203.0.113.7',
    'https://u:hunter2longpass@host/',
  ],
];
const soup = fc
  .array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...PARTS) }, { weight: 1, arbitrary: fc.lorem({ maxCount: 6 }) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((parts) => parts.join(''));

describe.each(FORMATS)('%s: for every split of a stream', (format) => {
  it('the client sees what redaction of the whole text gives, with values put back', () => {
    fc.assert(
      fc.property(
        soup,
        fc.array(fc.nat(40), { maxLength: 40 }),
        fc.array(fc.nat(4_000), { maxLength: 12 }),
        (text, sizes, cuts) => {
          const bytes = Buffer.from(streamOf(format, text, sizes));
          const sorted = cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b);
          const out = passed(contentOf(format, VALUES), bytes, sorted);
          const seen = joinedText(format, out);
          expect(seen.spoken).toBe(redactedWhole(text, VALUES));
          if (seen.final !== undefined) expect(seen.final).toBe(seen.spoken);
          expect(() => JSON.parse(seen.args)).not.toThrow();
          expect((JSON.parse(seen.args) as { text: string }).text).toBe(redactedWhole(text, VALUES));
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('every single byte as a chunk of its own', () => {
    const text = `First ${SECRET}, then ${placeholder} for "all", and the rest.`;
    const bytes = Buffer.from(streamOf(format, text, [3, 1, 7, 2, 11]));
    const every = Array.from({ length: bytes.length - 1 }, (_, at) => at + 1);
    const out = passed(contentOf(format, VALUES), bytes, every);
    expect(joinedText(format, out).spoken).toBe(redactedWhole(text, VALUES));
    expect(out).not.toContain(SECRET);
    expect(out).toContain('[REDACTED:github-pat:');
  });

  it('bytes pass as they came where nothing is found', () => {
    fc.assert(
      fc.property(
        fc.lorem({ maxCount: 40 }),
        fc.array(fc.nat(9), { maxLength: 40 }),
        fc.array(fc.nat(3_000), { maxLength: 8 }),
        (text, sizes, cuts) => {
          const stream = streamOf(format, `${text} "ü" 🚀 {"a": 1}`, sizes);
          const bytes = Buffer.from(stream);
          const sorted = cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b);
          expect(passed(contentOf(format), bytes, sorted)).toBe(stream);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('what is denied ends it, and is not on its way', () => {
    const rules = rulesWith({ secret: 'deny' });
    const content = contentOf(format, NONE, rules);
    const out = passed(content, Buffer.from(streamOf(format, `Here it is: ${SECRET} - and more text after it.`, [5])), []);
    expect(content.problem).toMatchObject({
      code: 'data.found',
      message: 'There is something in the answer that must not pass: github-pat (1).',
    });
    expect(out).not.toContain(SECRET.slice(0, 12));
  });

  it('what is not found to be a placeholder of this request stays', () => {
    const text = `Yours: ${placeholder}, forged: [REDACTED:email-address:0000-0000].`;
    const out = passed(contentOf(format), Buffer.from(streamOf(format, text, [4])), []);
    expect(joinedText(format, out).spoken).toBe(`Yours: ${placeholder}, forged: [REDACTED?:email-address:0000-0000].`);
  });
});

it('ordinary prose waits for the next word at most', () => {
  const content = contentOf('chat');
  let waits = 0;
  const words = 'The test fails now and then since the clock is read twice in one run .'.split(' ');
  for (const [at, word] of words.entries()) {
    const json = { choices: [{ index: 0, delta: { content: at === 0 ? word : ` ${word}` }, finish_reason: null }] };
    const bytes = Buffer.from(`data: ${JSON.stringify(json)}\n\n`);
    content.push({ name: '', data: JSON.stringify(json), bytes, start: 0, end: bytes.length }, json);
    waits = Math.max(waits, at + 1 - content.drain().length);
    if (at > 0) expect(content.drain()).toEqual([]);
  }
  content.end();
  expect(content.drain()).toHaveLength(1);
});

it('probabilities of tokens do not spell what was taken out', () => {
  const json = {
    choices: [{ index: 0, delta: { content: `${SECRET} ` }, logprobs: { content: [{ token: SECRET }] }, finish_reason: 'stop' }],
  };
  const content = contentOf('chat');
  const bytes = Buffer.from(`data: ${JSON.stringify(json)}\n\n`);
  expect(passed(content, bytes, [])).not.toContain(SECRET.slice(4));
});

it('signed thinking passes as it came, and is counted', () => {
  const events = [
    { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: `It is ${SECRET} ` } },
    { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'EqQBCgIYAhIM' } },
    { type: 'content_block_stop', index: 0 },
  ];
  const stream = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  const content = contentOf('messages');
  expect(passed(content, Buffer.from(stream), [])).toBe(stream);
  expect(content.tally.labels).toEqual(['secret']);
  expect(content.tally.dataClass).toBe('restricted');
  const denied = contentOf('messages', NONE, rulesWith({ secret: 'deny' }));
  expect(passed(denied, Buffer.from(stream), [])).not.toContain(SECRET);
  expect(denied.problem?.code).toBe('data.found');
});

it('a scripted answer of each format passes byte for byte', () => {
  const reply = {
    text: 'Hello from here.',
    calls: [{ id: 'c1', name: 'read', input: '{"path":"a.txt","n":12345678901234567890}' }],
  };
  for (const [format, rendered] of [
    ['responses', renderResponses('m', reply)],
    ['chat', renderChat('m', reply, true)],
    ['messages', renderMessages('m', reply)],
  ] as const) {
    const stream = rendered.events.join('');
    expect(passed(contentOf(format), Buffer.from(stream), [])).toBe(stream);
  }
});
