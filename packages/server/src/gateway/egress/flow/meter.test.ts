import { expect, test } from 'vitest';
import { Flow, Meter } from './meter.ts';
import { Rate } from './rate.ts';

const open = { uploadBytes: undefined, downloadBytes: undefined };
const meters = (
  shared: { uploadBytes: number; downloadBytes: number },
  rule: { uploadBytes?: number; downloadBytes?: number },
) => {
  const caps = { uploadBytes: rule.uploadBytes, downloadBytes: rule.downloadBytes };
  const all = new Meter(open);
  const one = { all, shared: new Meter(shared), rule: new Meter(caps) };
  return { all, flow: () => new Flow(one, caps) };
};

test('rules without a cap share that of the run, over all their connections', () => {
  const { flow, all } = meters({ uploadBytes: 10, downloadBytes: 100 }, {});
  const [first, second] = [flow(), flow()];
  expect([first.count('up', 6), second.count('up', 4), first.count('up', 1)]).toEqual([true, true, false]);
  expect([second.count('down', 100), second.fits('down', 1)]).toEqual([true, false]);
  expect([first.own.uploadBytes, second.own.uploadBytes, all.uploadBytes]).toEqual([6, 4, 10]);
});

test('what did not fit has not gone on, so it is not counted, and nothing smaller goes on after it', () => {
  const { flow, all } = meters({ uploadBytes: 10, downloadBytes: 100 }, {});
  const [first, second] = [flow(), flow()];
  expect([first.count('up', 4), first.count('up', 7), second.count('up', 1), second.fits('up', 1)]).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect([first.own.uploadBytes, second.own.uploadBytes, all.uploadBytes, second.count('down', 1)]).toEqual([4, 0, 4, true]);
});

test('a rule with a cap of its own is held to it, and not to that of the run', () => {
  const { flow } = meters({ uploadBytes: 1, downloadBytes: 5 }, { uploadBytes: 10 });
  const one = flow();
  expect([one.count('up', 10), one.count('up', 1), one.count('down', 5), one.count('down', 1)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test('a rate lets a second of requests through at once, and then as many a second', () => {
  let now = 0;
  const rate = new Rate({ now: () => now }, 2);
  const take = (): boolean[] => [rate.take(), rate.take(), rate.take()];
  expect(take()).toEqual([true, true, false]);
  now += 500;
  expect(take()).toEqual([true, false, false]);
  now += 60_000;
  expect(take()).toEqual([true, true, false]);
});
