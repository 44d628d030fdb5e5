import { expect, test } from 'vitest';
import { Relations } from './relations.ts';

async function groupsWith(heldMax: number): Promise<Map<string, string[]>> {
  const relations = new Relations(heldMax);
  try {
    for (let index = 0; index < 3_000; index++) {
      relations.add(`k${index % 700}`, { index, event: index % 2 === 0 ? 'even' : 'odd number', amount: -index });
      await relations.settle();
    }
    const groups = new Map<string, string[]>();
    for await (const part of relations.groups())
      for (const [key, records] of part) {
        expect(groups.has(key)).toBe(false);
        groups.set(
          key,
          records.map(({ index, event, amount }) => `${index} ${event} ${amount}`),
        );
      }
    return groups;
  } finally {
    await relations.close();
  }
}

test('groups are the same, and in the same order inside, whether they were held in memory or written to disk many times', async () => {
  const held = await groupsWith(10_000_000);
  const spilled = await groupsWith(2_000);
  expect(held.size).toBe(700);
  expect(new Map([...spilled].sort())).toEqual(new Map([...held].sort()));
});
