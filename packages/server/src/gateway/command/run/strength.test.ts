import { expect, test } from 'vitest';
import { leastFor, tooWeak } from './strength.ts';

const strengths = [
  { commands: ['mutate-high' as const], least: 'container' as const },
  { data: ['restricted' as const], least: 'microvm' as const },
  { commands: ['draft' as const], data: ['confidential' as const], least: 'gvisor' as const },
];

test.each([
  ['read', 'public', 'bwrap', 'bwrap'],
  ['mutate-high', 'public', 'bwrap', 'container'],
  ['mutate-high', 'restricted', 'bwrap', 'microvm'],
  ['draft', 'confidential', 'bwrap', 'gvisor'],
  ['draft', 'internal', 'bwrap', 'bwrap'],
  // A profile may ask for more.
  ['draft', 'confidential', 'remote', 'remote'],
] as const)('%s with %s data, the profile %s: %s', (command, data, profile, least) => {
  expect(leastFor({ strengths }, { verdict: { class: command } }, data, profile)).toBe(least);
});

test('without a table the profile alone says it', () => {
  expect(leastFor({}, { verdict: { class: 'mutate-high' } }, 'restricted', 'bwrap')).toBe('bwrap');
});

test('a refusal says what to install', () => {
  expect(tooWeak('gvisor', 'bwrap').publicText).toMatch(/classes.*`gvisor`.*runsc/);
  expect(tooWeak('container', 'container').publicText).toMatch(/profile.*`container`.*podman/);
});
