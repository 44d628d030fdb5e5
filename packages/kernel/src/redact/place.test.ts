import { expect, test } from 'vitest';
import { guessPlace } from './place.ts';

const TOOL = { name: 'add', description: 'Adds two numbers.', inputSchema: { type: 'object', properties: {} } };

test.each([
  ['notes.md', '', 'prose'],
  ['src/a.ts', JSON.stringify(TOOL), 'code'],
  ['.env', 'A=1', 'data'],
  ['CLAUDE.md', '', 'definition'],
  ['a/.mcp.json', '{}', 'definition'],
  ['package.json', '{"name":"a","description":"b","version":"1.0.0"}', 'data'],
  ['tools.json', JSON.stringify({ tools: [TOOL] }, null, 2), 'definition'],
  ['any.json', JSON.stringify(TOOL), 'definition'],
  ['-', JSON.stringify(TOOL), 'definition'],
  ['-', 'name: x', 'data'],
  ['calls.jsonl', `{"type":"function","function":{"name":"a","description":"b","parameters":{"type":"object"}}}\n`, 'definition'],
  ['server.yaml', 'tools:\n  - name: add\n    description: Adds.\n    inputSchema:\n      type: object\n', 'definition'],
  ['openapi.json', '{"paths":{"/a":{"get":{"description":"b","parameters":[{"name":"q","in":"query"}]}}}}', 'data'],
] as const)('%s, %j: %s', (path, text, place) => expect(guessPlace(path, text)).toBe(place));
