/** repositories/*.yaml: one file per repository that agents may touch. */
import { z } from 'zod';
import { DataClassName, Environment, GroupRef, Instant, RelativePath, Sentence, Slug } from './common.ts';

const Module = z.strictObject({
  id: Slug.describe('Unique over all repositories, since policies name it.'),
  path: RelativePath,
  autonomous: z.boolean().describe('Whether an agent may change it without asking its owners.'),
  owners: GroupRef,
});

const Freeze = z.strictObject({
  modules: z.array(Slug).min(1),
  until: Instant,
  reason: Sentence,
});

export const RepositoryFile = z
  .strictObject({
    id: Slug,
    class: Slug.describe('One of the repository classes of countersign.yaml.'),
    defaultBranch: z
      .string()
      .regex(/^(?!\/)[A-Za-z0-9._/-]{1,200}$/, 'must be the name of a branch')
      .default('main'),
    dataClass: DataClassName,
    environment: Environment,
    owners: GroupRef,
    modules: z.array(Module).max(2_000).default([]),
    freezes: z.array(Freeze).max(200).default([]).describe('Modules that nobody may change until then.'),
  })
  .describe('Countersign: one repository');

export type RepositoryFile = z.infer<typeof RepositoryFile>;
