/** Which tools of a body run on the provider's side, past every door of ours. */
import { isRecord, type Json, type JsonRecord } from '../json.ts';
import { type FactsDraft, isText, list, Unreadable } from './facts.ts';
import { FoldedNames } from './fold.ts';

const TOOL_NAMES = new FoldedNames(['type', 'execution', 'environment', 'tools', 'server_url', 'connector_id', 'model']);
/** Run by the client: the model only writes their arguments. */
const CLIENT_TYPES = new Set(['function', 'custom', 'apply_patch', 'local_shell']);
/** Tools that a vendor defines and the client runs. */
const CLIENT_VERSIONED = /^(?:bash|text_editor|memory)_\d{8}$/;
const VERSION = /_(?:\d{8}|preview(?:_\d{4}_\d{2}_\d{2})?|\d{4}_\d{2}_\d{2})$/;
/** Deeper nesting of tool namespaces than any client makes. */
const NESTING_MAX = 8;

export function readTools(draft: FactsDraft, owner: JsonRecord, member = 'tools', depth = 0): void {
  if (depth > NESTING_MAX) throw new Unreadable('Tools are nested too deep.');
  for (const tool of list(owner, member)) readTool(draft, tool, depth);
}

function readTool(draft: FactsDraft, tool: Json, depth: number): void {
  if (!isRecord(tool)) throw new Unreadable('Every tool must be an object.');
  const alike = TOOL_NAMES.lookAlike(tool);
  if (alike !== undefined) throw new Unreadable(`A tool has a member \`${alike.found}\` that reads like \`${alike.means}\`.`);
  draft.needs.add('tools');
  draft.cacheMarker(tool['cache_control']);
  if (tool['model'] !== undefined) draft.elsewhere.add('tools[].model');
  if (isRecord(tool['function'])) draft.cacheMarker(tool['function']['cache_control']);
  if (Array.isArray(tool['tools'])) readTools(draft, tool, 'tools', depth + 1);
  const { type } = tool;
  if (type === undefined || type === null) {
    // Messages' plain tools have no type; anything else without one is not known.
    if (!isText(tool['name']) || !isRecord(tool['input_schema'])) draft.hosted.add('untyped');
    return;
  }
  if (!isText(type)) throw new Unreadable('The `type` of a tool must be a string.');
  if (!isClientRun(type, tool)) draft.hosted.add(type.replace(VERSION, '').slice(0, 64));
}

function isClientRun(type: string, tool: JsonRecord): boolean {
  if (CLIENT_TYPES.has(type) || CLIENT_VERSIONED.test(type)) return true;
  if (type === 'namespace') return Array.isArray(tool['tools']);
  if (type === 'tool_search') return tool['execution'] === 'client';
  if (type === 'shell') return isRecord(tool['environment']) && tool['environment']['type'] === 'local';
  return false;
}
