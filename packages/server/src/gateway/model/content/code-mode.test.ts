import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { GUARD, guarded, guardPrograms, programTools, unguarded } from './code-mode.ts';

/** What the client's function got, as it would write it down. */
async function passed(program: string, tool = 'exec_command'): Promise<readonly string[]> {
  const got: string[] = [];
  // A module is strict, and runs as a whole or not at all.
  const code = `globalThis.tools = { ${tool}: (a) => { note(write(a)); return Promise.resolve('ran'); } };
    (async () => { "use strict"; ${program}
    })()`;
  const context = { note: (text: string) => got.push(text) };
  // The client writes arguments down in the program's own world.
  await (runInNewContext(`globalThis.write = JSON.stringify; ${code}`, context) as Promise<unknown>).catch((error: unknown) =>
    got.push(`failed: ${String(error)}`),
  );
  return got;
}

const WISH = '{cmd: "ls", sandbox_permissions: "require_" + "escalated"}';

test('a program that asks for nothing runs as it would', async () => {
  expect(await passed(guarded('await tools.exec_command({cmd: "ls", tty: false})'))).toEqual(['{"cmd":"ls","tty":false}']);
  expect(await passed(guarded('await tools.apply_patch("*** Begin Patch")'), 'apply_patch')).toEqual(['"*** Begin Patch"']);
  expect(await passed(guarded('if (await tools.exec_command({}) !== "ran") throw 1'))).toEqual(['{}']);
});

test('without the guard the wish would be passed on', async () => {
  expect(await passed(`await tools.exec_command(${WISH})`)).toEqual(['{"cmd":"ls","sandbox_permissions":"require_escalated"}']);
});

test.each<[string, string]>([
  ['plainly', `await tools.exec_command(${WISH})`],
  ['by another way to the same object', `await globalThis["to" + "ols"].exec_command(${WISH})`],
  ['by its old name', 'await tools.exec_command({cmd: "ls", with_escalated_permissions: true})'],
  ['in a getter', 'await tools.exec_command({cmd: "ls", get sandbox_permissions() { return "require_escalated" }})'],
  ['in an answer to toJSON', `await tools.exec_command({cmd: "ls", toJSON() { return ${WISH} }})`],
  ['in a function with toJSON', `await tools.exec_command(Object.assign(() => 0, {toJSON() { return ${WISH} }}))`],
  [
    'in the prototype of all objects',
    `Object.prototype.toJSON = function () { return {...this, ...${WISH}} }; await tools.exec_command({cmd: "ls"})`,
  ],
  [
    'with a setter in the way',
    'Object.defineProperty(Object.prototype, "sandbox_permissions", {set() {}, get() { return "require_escalated" }}); await tools.exec_command({cmd: "ls"})',
  ],
  ['with another JSON', `JSON.parse = () => (${WISH}); JSON.stringify = () => "{}"; await tools.exec_command({cmd: "ls"})`],
  ['with other keys', `Object.keys = () => ["cmd"]; await tools.exec_command(${WISH})`],
  [
    'in a proxy',
    `await tools.exec_command(new Proxy({}, {ownKeys: () => ["sandbox_permissions"], getOwnPropertyDescriptor: () => ({value: "require_escalated", enumerable: true, configurable: true}), get: (_, k) => k === "toJSON" ? undefined : "require_escalated"}))`,
  ],
  ['in a list', `await tools.exec_command([${WISH}])`],
  [
    'after the function was put back',
    `const f = tools.exec_command; try { delete tools.exec_command } catch {} try { tools.exec_command = (a) => f(a) } catch {} await tools.exec_command(${WISH})`,
  ],
  ['with JSON hidden', `function JSON() {} await tools.exec_command(${WISH})`],
  ['with Object hidden', `function Object() {} await tools.exec_command(${WISH})`],
  ['with the global object hidden', `function globalThis() {} await tools.exec_command(${WISH})`],
  ['with a declaration further down', `await tools.exec_command(${WISH}); const JSON = 1`],
  ['below a first line of the client', `// @exec: {"yield_time_ms": 5}\nawait tools.exec_command(${WISH})`],
  ['behind what only looks like one', `// @exec: {}\rawait tools.exec_command(${WISH});\n1`],
  ['behind another line that is none', `// @exec: {}\u2028await tools.exec_command(${WISH});\n1`],
])('a wish %s is not passed on', async (_, program) => {
  for (const told of await passed(guarded(program))) {
    if (told.startsWith('failed: ')) continue;
    const args = JSON.parse(told) as Record<string, unknown>;
    expect([undefined, 'use_default']).toContain(args['sandbox_permissions']);
    expect([undefined, false]).toContain(args['with_escalated_permissions']);
  }
});

test('arguments of tool servers are their own', async () => {
  const told = await passed(guarded(`await tools.mcp__x__run(${WISH})`), 'mcp__x__run');
  expect(told).toEqual(['{"cmd":"ls","sandbox_permissions":"require_escalated"}']);
});

test.each([
  'text(1)',
  '// @exec: {"yield_time_ms": 5}\ntext(1)',
  '// @exec: {}',
  '// @exec: {}\r\ntext(1)',
  'a\n// @exec: {}\nb',
])('the guard goes in once, and comes out again: %j', (program) => {
  const once = guarded(program);
  expect(once).toContain(GUARD);
  expect(guarded(once)).toBe(once);
  expect(unguarded(once)).toBe(program);
  expect(unguarded(program)).toBe(program);
});

test('the first line of the client stays the first', () => {
  expect(guarded('// @exec: {"yield_time_ms": 5}\ntext(1)')).toBe(`// @exec: {"yield_time_ms": 5}\n${GUARD}text(1)`);
  expect(guarded('text(1)')).toBe(`${GUARD}text(1)`);
});

const EXEC = { type: 'custom', name: 'exec', description: 'Run it' };
test.each<[string, object, readonly string[]]>([
  ['added', { input: [{ type: 'additional_tools', tools: [EXEC, { type: 'custom', name: 'apply_patch' }] }] }, ['exec']],
  [
    'added in a namespace',
    { input: [{ type: 'additional_tools', tools: [{ type: 'namespace', name: 'functions', tools: [EXEC] }] }] },
    ['exec'],
  ],
  ['told by its description', { input: 'hi', tools: [{ ...EXEC, name: 'run', description: 'Run JavaScript code' }] }, ['run']],
  ['of another agent', { input: 'hi', tools: [EXEC] }, []],
  ['a function', { input: [], tools: [{ type: 'function', name: 'exec', description: 'JavaScript' }] }, []],
  ['nothing', { input: 'hi' }, []],
  ['nonsense', { input: [null, { type: 'additional_tools', tools: 'exec' }], tools: { type: 'custom' } }, []],
])('a tool for programs is known: %s', (_, body, expected) => {
  expect([...programTools(body as Record<string, unknown>)]).toEqual(expected);
});

const call = (more: object = {}) => ({ type: 'custom_tool_call', name: 'exec', call_id: 'call_1', input: 'text(1)', ...more });
const TOOLS = new Set(['exec']);

test.each<[string, object]>([
  ['an item that is done', { type: 'response.output_item.done', item: call() }],
  ['the end of the answer', { type: 'response.completed', response: { output: [call()] } }],
  ['an answer in one piece', { object: 'response', output: [{ type: 'message' }, call()] }],
])('%s gets the guard', (_, event) => {
  const json = structuredClone(event) as Record<string, unknown>;
  expect(guardPrograms(json, TOOLS)).toBe(1);
  expect(JSON.stringify(json)).toContain(JSON.stringify(`${GUARD}text(1)`));
  expect(guardPrograms(json, TOOLS)).toBe(0);
});

test.each<[string, object]>([
  ['an item that has begun', { type: 'response.output_item.added', item: call({ input: '' }) }],
  ['a patch', { item: call({ name: 'apply_patch' }) }],
  ['a function', { item: call({ type: 'function_call' }) }],
  ['a piece', { type: 'response.custom_tool_call_input.delta', delta: 'text(1)' }],
])('%s stays as it is', (_, event) => {
  const json = structuredClone(event) as Record<string, unknown>;
  expect(guardPrograms(json, TOOLS)).toBe(0);
  expect(json).toEqual(event);
});
