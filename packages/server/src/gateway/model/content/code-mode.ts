/**
 * Codex' code mode, in which a call is a program in JavaScript: its model is offered one custom tool, and the client's tools are functions of the
 * global `tools` there. No text of such a program shows what it will ask for, so it is given a first statement that keeps each of those functions
 * from passing on a wish to leave the sandbox. Seen in Codex 0.169: each program runs in a fresh isolate, as a module that cannot import; `tools`
 * is a plain object; a function takes an object, or a string that only free-form tools accept.
 */
import { type EventJson, objects } from './delta/delta.ts';
import { itemsOf } from './delta/responses.ts';

/**
 * Runs before anything of the model's: it keeps what it needs of the language to itself. The object that a tool gets has no prototype, so that
 * nothing is asked again while it is written down. A program that hides a name which this needs fails as a whole.
 */
export const GUARD = [
  '{const t=globalThis.tools,{parse,stringify}=JSON,{keys,getOwnPropertyNames,defineProperty}=Object;',
  'for(const n of getOwnPropertyNames(t)){const f=t[n];if(typeof f!=="function"||n.startsWith("mcp__"))continue;',
  'defineProperty(t,n,{value:(a)=>{if(a===undefined||typeof a==="string")return f(a);',
  'const g=parse(stringify(a));if(g===null||typeof g!=="object")return f(g);',
  'const o={__proto__:null},k=keys(g);for(let i=0;i<k.length;i++)o[k[i]]=g[k[i]];',
  'if("sandbox_permissions"in o)o.sandbox_permissions="use_default";',
  'if("with_escalated_permissions"in o)o.with_escalated_permissions=false;return f(o)},',
  'writable:false,configurable:false})}}',
].join('');

const TOOL = 'exec';

/** Names of the tools of a Responses request whose input is such a program. */
export function programTools({ tools, input }: EventJson): ReadonlySet<string> {
  const added = objects(input).filter(({ type }) => type === 'additional_tools');
  return new Set([...customTools(tools, false), ...added.flatMap(({ tools: more }) => customTools(more, true))]);
}

/** Codex alone adds tools in an item of their own. Among others, any agent may have a tool of that name. */
const customTools = (tools: unknown, isAdded: boolean): string[] =>
  objects(tools).flatMap((tool) => {
    if (tool['type'] === 'namespace') return customTools(tool['tools'], isAdded);
    const { type, name, description } = tool;
    if (type !== 'custom' || typeof name !== 'string') return [];
    return (isAdded && name === TOOL) || (typeof description === 'string' && description.includes('JavaScript')) ? [name] : [];
  });

/** Such a program with the guard in it, once. */
export function guarded(program: string): string {
  const at = pragmaLength(program);
  return program.startsWith(GUARD, at) ? program : program.slice(0, at) + GUARD + program.slice(at);
}

/** As the model wrote it; what has no guard stays as it is. */
export function unguarded(program: string): string {
  const at = pragmaLength(program);
  return program.startsWith(GUARD, at) ? program.slice(0, at) + program.slice(at + GUARD.length) : program;
}

const PRAGMA = '// @exec:';

/**
 * Of a first line that the client reads itself. JavaScript ends a comment at more characters than a newline: a line with another one in it might
 * be a program to one and a comment to the other, and is none.
 */
function pragmaLength(program: string): number {
  if (!program.startsWith(PRAGMA)) return 0;
  const end = program.indexOf('\n');
  return end < 0 || /[\r\u2028\u2029]/.test(program.slice(0, end)) ? 0 : end + 1;
}

/**
 * Puts the guard into the programs of an event of a Responses stream, or of a whole answer, in place. Pieces are left: Codex acts on whole items.
 * @param tools see `programTools`
 * @returns how many got it
 */
export const guardPrograms = (json: EventJson, tools: ReadonlySet<string>): number =>
  tools.size === 0 ? 0 : itemsOf(json).filter((item) => guardItem(item, tools)).length;

function guardItem(item: EventJson, tools: ReadonlySet<string>): boolean {
  const { type, name, input } = item;
  if (type !== 'custom_tool_call' || !tools.has(String(name)) || typeof input !== 'string') return false;
  // An item that has only begun has no input yet.
  if (input === '') return false;
  item['input'] = guarded(input);
  return item['input'] !== input;
}
