import { expect, test } from 'vitest';
import { buildBundle } from '../build/build.ts';
import { findingText } from '../finding.ts';
import { isBaseUrl } from '../schema/common.ts';
import { starterFiles } from '../testing/starter.ts';
import { cedarText } from '../testing/tools.ts';

const WRONG = `unmanaged: allow
grace: -1h
telemetry: "true"
origin: https://countersign.example.com?
hosts: ["*"]
readOnlyPaths: [../x]
deniedPaths: ["a)b"]
toolServers: [{ id: a, url: https://x.example.com, headers: {} }]
deviceTtl: forever
accepted: [{ client: emacs, bypass: file.link, reason: It is known and lived with. }]
sandbox: read-only
codex: { models: [] }
claude: { models: [claude-sonnet-5-5], minimumVersion: 2.1, sandbox: danger-full-access, leavesSandbox: true }
`;

test('every wrong value is an error at its line', async () => {
  const { findings } = await buildBundle(await starterFiles({ 'clients.yaml': WRONG }), { cedar: cedarText });
  const lines = findings
    .filter(({ severity }) => severity === 'error')
    .map((finding) => /^clients\.yaml:(\d+)/.exec(findingText(finding))?.[1]);
  expect(new Set(lines)).toEqual(
    new Set(
      WRONG.trimEnd()
        .split('\n')
        .map((_, index) => String(index + 1)),
    ),
  );
});

test.each([
  ['https://x.example.com', true],
  ['https://x.example.com:8443/below', true],
  ['http://127.0.0.1:7070', true],
  ['http://x.example.com', false],
  ['https://x.example.com/', false],
  ['https://x.example.com?', false],
  ['https://x.example.com#', false],
  [' https://x.example.com', false],
  ['https://x.example.com\\y', false],
  ['https://a:b@x.example.com', false],
])('%j is an address to begin others with: %s', (text, answer) => expect(isBaseUrl(text)).toBe(answer));
