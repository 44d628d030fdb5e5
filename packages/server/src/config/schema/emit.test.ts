import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { isRecord } from '@countersign/kernel/json';
import { starterDirectory } from '../starter.ts';
import { starterFiles } from '../testing/starter.ts';
import { jsonSchemaOf, schemaFiles } from './emit.ts';

/** `npx vitest run -u` writes them anew. */
test.each(Object.entries(schemaFiles()))('.schema/%s of the starter is what the code enforces', async (name, text) => {
  await expect(text).toMatchFileSnapshot(join(starterDirectory(), '.schema', name));
});

test('every YAML file of the starter names its schema', async () => {
  const files = await starterFiles();
  const yaml = Object.entries(files).filter(([path]) => path.endsWith('.yaml'));
  const named = yaml.map(([path, text]) =>
    normalize(join(dirname(path), /^# yaml-language-server: \$schema=(\S+)/.exec(text)?.[1] ?? 'none')),
  );
  expect(named.map((schema) => schema.replace('.schema/', '')).every((name) => Object.hasOwn(schemaFiles(), name))).toBe(true);
});

test('unknown keys are refused by editors too', () => {
  const open: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) value.forEach((each, index) => visit(each, `${path}/${index}`));
    else if (isRecord(value)) {
      if (isRecord(value['properties']) && value['additionalProperties'] !== false) open.push(path);
      for (const [key, each] of Object.entries(value)) visit(each, `${path}/${key}`);
    }
  };
  for (const name of ['countersign', 'agent', 'model', 'repository', 'cases'] as const) visit(jsonSchemaOf(name), name);
  expect(open).toEqual([]);
});
