/** The `review` block of countersign.yaml: what a model may approve, and how its approvals are held against people's. */
import { z } from 'zod';
import { ACTION_CLASSES } from '@countersign/kernel/action';
import { DataClassName, Slug, WireId } from './common.ts';

export const Review = z
  .strictObject({
    agent: Slug.describe(
      'Agent of agents/*.yaml as which the model is asked. It needs the action `model.call`, and should have no other.',
    ),
    model: WireId.describe('Model of models/*.yaml.'),
    repository: Slug.describe('Repository of the task in which it asks.'),
    useCase: Slug.describe('Use case of that task.'),
    gates: z
      .array(z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be the name of a gate, such as `command`'))
      .min(1)
      .max(50)
      .describe('Gates that it may answer, as policies name them with @gate. A request with any other gate goes to people.'),
    classes: z.array(z.enum(ACTION_CLASSES)).min(1).default(['read', 'draft']),
    maxTier: z.int().min(1).max(3).default(2).describe('Requests of agents above this tier go to people.'),
    maxEstimateMicroUsd: z.int().min(0).default(0).describe('Requests that may cost more go to people.'),
    maxDataClass: DataClassName.default('internal').describe('Requests with data above this class go to people.'),
    protectedPaths: z
      .array(z.string().min(1).max(300))
      .max(1_000)
      .default([
        '.git/',
        '.github/',
        '.gitlab-ci.yml',
        '.env',
        'infra/',
        'terraform/',
        'Dockerfile',
        'Jenkinsfile',
        '.ssh/',
        '.aws/',
        '.npmrc',
      ])
      .describe('A request that names one of these goes to people.'),
    seenApproved: z.int().min(0).max(1_000).default(1).describe('So often must people have approved a request like it.'),
    sample: z
      .number()
      .min(0.01)
      .max(1)
      .default(0.1)
      .describe('Share of its approvals that people decide instead, without knowing.'),
    errorBudget: z
      .number()
      .min(0.001)
      .max(0.5)
      .default(0.05)
      .describe('Tolerated share of false approvals. The upper end of the 95 % interval must be below it, or people decide.'),
    window: z.int().min(20).max(10_000).default(500).describe("People's newest answers that count, for each class of requests."),
    budgetMicroUsd: z.int().min(1).default(5_000_000).describe('What its model calls may cost within the life of a mandate.'),
  })
  .describe('Auto-review of approval requests. Without this block people decide everything.');
