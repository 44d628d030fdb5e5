// The official conformance suite, both frozen revisions: against the upstream of tests/mcp/upstream directly, against the same through the tool
// door, and against our own client of tool servers. Prints what the door loses, and ends with 1 when that is anything that is not declared in
// conformance/declared.mjs. `--quick` for the newer revision only; `--only server,client` for a part.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { readable, serverFile, startDoor } from '../../bench/tools/door.mjs';
import { judge } from './conformance/compare.mjs';
import { NOT_OFFERED, THROUGH } from './conformance/declared.mjs';
import { openLens } from './conformance/lens.mjs';
import { namesOf } from './conformance/names.mjs';
import { failed, passed, requirements, REVISIONS, runScenario, runSuite } from './conformance/suite.mjs';
import { prompts } from './upstream/pages.mjs';
import { toolNames } from './upstream/server.mjs';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: 'server,client' } },
});
const revisions = values.quick ? REVISIONS.slice(1) : REVISIONS;
const SERVER = 'suite';

const say = (text) => console.log(text);
let unexpected = 0;

function complain(text) {
  unexpected += 1;
  say(`  ! ${text}`);
}

async function startUpstream() {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, 'upstream/http.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { url: JSON.parse(line).url, stop: () => child.kill() };
}

/** Every tool under its own name, since the suite calls it so, and all that an operator can let through. */
const record = (url) =>
  serverFile(
    SERVER,
    { kind: 'http', url, privateAddresses: true },
    { operations: toolNames.map((name) => readable(name, { alias: name })), elicitation: true, sampling: true, roots: true },
  );

const counts = (checks) => `${passed(checks).length}/${passed(checks).length + failed(checks).length}`;

/** What is run and not scored is shown with its reason, and judged by nobody. */
function reportUnscored(unscored, columns) {
  for (const [scenario, reason] of unscored)
    say(`  (${scenario.padEnd(48)} ${columns.map((found) => counts(found.get(scenario)).padStart(8)).join(' ')}  ${reason})`);
}

function reportServer(revision, direct, through) {
  const { scored, unscored } = requirements(revision, 'server');
  const { rows, stale } = judge({ revision, scored, direct, through, declared: THROUGH });
  say(`\nserver, ${revision}: ${scored.length} required scenarios; checks passed directly, through the door, lost`);
  for (const { scenario, before, after, lost } of rows) {
    say(
      `  ${scenario.padEnd(50)} ${String(before.passed).padStart(6)} ${String(after).padStart(6)} ${String(lost.length).padStart(6)}`,
    );
    if (before.failed > 0) complain(`${scenario}: ${before.failed} checks fail directly`);
    if (before.passed === 0) complain(`${scenario}: no check was made directly`);
    for (const { id, error, declared } of lost) {
      const text = `${id}: ${error}`;
      if (declared) say(`  - ${text} (declared)`);
      else complain(text);
    }
  }
  for (const { scenario } of stale) complain(`${scenario}: declared as lost, and nothing is`);
  reportUnscored(unscored, [direct, through]);
  const sum = (of) => rows.reduce((total, row) => total + of(row), 0);
  const open = sum(({ lost }) => lost.filter(({ declared }) => !declared).length);
  say(
    `  in all: ${sum(({ before }) => before.passed)} directly, ${sum(({ after }) => after)} through the door, ${open} lost undeclared`,
  );
}

async function server() {
  const upstream = await startUpstream();
  try {
    const door = await startDoor([record(upstream.url)]);
    const lens = await openLens(door, namesOf(SERVER, Object.keys(prompts)));
    try {
      for (const revision of revisions) {
        const direct = await runSuite('server', revision, ['--url', upstream.url]);
        const through = await runSuite('server', revision, ['--url', lens.url]);
        reportServer(revision, direct, through);
      }
    } finally {
      lens.close();
      await door.stop();
    }
  } finally {
    upstream.stop();
  }
}

const notOffered = (scenario) => NOT_OFFERED.find(({ prefix }) => scenario.startsWith(prefix))?.reason;

async function client() {
  const command = `${process.execPath} ${resolve(import.meta.dirname, 'conformance/client.mjs')}`;
  for (const revision of revisions) {
    const { scored, unscored } = requirements(revision, 'client');
    const run = scored.filter((scenario) => notOffered(scenario) === undefined);
    say(`\nclient, ${revision}: ${scored.length} required scenarios, ${run.length} of them apply; checks passed`);
    for (const scenario of run) {
      const checks = (await runScenario('client', { revision, scenario }, ['--command', command])).get(scenario);
      say(`  ${scenario.padEnd(50)} ${counts(checks).padStart(8)}`);
      for (const { id, error } of failed(checks)) complain(`${id}: ${error}`);
      if (passed(checks).length === 0) complain(`${scenario}: no check was made`);
    }
    const found = new Map();
    const others = [...unscored].filter(([scenario]) => notOffered(scenario) === undefined && !scenario.startsWith('sep-2640'));
    for (const [scenario] of others)
      found.set(scenario, (await runScenario('client', { revision, scenario }, ['--command', command])).get(scenario));
    reportUnscored(new Map(others), [found]);
    for (const { prefix, reason } of NOT_OFFERED)
      say(`  not run: ${scored.filter((scenario) => scenario.startsWith(prefix)).length} of ${prefix}*: ${reason}`);
  }
}

for (const [name, part] of Object.entries({ server, client })) if (values.only.split(',').includes(name)) await part();
say(`\n${unexpected === 0 ? 'nothing is lost that is not declared' : `${unexpected} things are not as declared`}`);
process.exit(unexpected === 0 ? 0 : 1);
