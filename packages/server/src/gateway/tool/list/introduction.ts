/** What a client is told before anything else: what this server can do, and what approved servers say about their use. */
import type { JsonRecord } from '@countersign/kernel/json';
import { TASKS_EXTENSION } from '../era/versions.ts';
import type { Exchange } from '../exchange.ts';
import { visibleServers } from './visible.ts';

export const serverInfo = (version: string): JsonRecord => ({ name: 'countersign', title: 'Countersign', version });

export const CAPABILITIES: JsonRecord = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {},
};

export const MODERN_CAPABILITIES: JsonRecord = { ...CAPABILITIES, extensions: { [TASKS_EXTENSION]: {} } };

const OWN = [
  'Every call goes through Countersign, which decides by policy and keeps a record. A refusal says why, what is allowed instead and who can',
  'change it; repeating the same call does not help. Where a person has to approve, the answer names the approval request: once it is',
  'approved, exactly the same call goes through once.',
].join(' ');

const SERVER_CHARS_MAX = 4_000;
const ALL_CHARS_MAX = 16_000;

/** Instructions are pinned with their server: a person has read them. */
export function instructions(x: Exchange): string {
  let text = OWN;
  for (const { record, instructions: own } of visibleServers(x, x.door.catalogue.current())) {
    if (own === null || own === '') continue;
    const more = `\n\nAbout the tools of ${record.title} (\`${record.id}__*\`), by their server: ${own.slice(0, SERVER_CHARS_MAX)}`;
    if (text.length + more.length > ALL_CHARS_MAX) break;
    text += more;
  }
  return text;
}
