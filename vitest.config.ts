import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// A package of theirs publishes TypeScript under the condition that is ours, too: it has to be transformed.
const server = { deps: { inline: [/@modelcontextprotocol/, /eventsource/] } };

// Sources are run as they are: the `source` condition maps the packages to their TypeScript.
const shared = { resolve: { conditions: ['source'] }, ssr: { resolve: { conditions: ['source'] } } };

// End-to-end tests about time, load, memory and kills: nothing else runs beside them.
const ALONE = ['tests/{budget,crash,nodes,sandbox}/**/*.test.ts', 'tests/mcp/scale.test.ts', 'tests/exec/killed.test.ts'];

const SCRATCH = 'tests/support/scratch.ts';

// Projects with `isolate: false` keep what was imported from one file to the next: making it anew for each took two thirds of the time. So a
// test leaves nothing behind in a module, and needs nothing that another file left.
export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          globalSetup: [SCRATCH],
          include: ['packages/*/src/**/*.test.ts'],
          exclude: ['**/*.store.test.ts', '**/dist/**', '**/node_modules/**'],
          server,
          isolate: false,
          testTimeout: 60_000,
          // One fewer than there are processors would be one.
          maxWorkers: Math.max(2, availableParallelism() - 1),
        },
      },
      {
        ...shared,
        test: {
          name: 'store',
          include: ['packages/*/src/**/*.store.test.ts'],
          globalSetup: [SCRATCH, 'tests/support/postgres.ts'],
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          server,
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/house/**', ...ALONE, '**/node_modules/**'],
          globalSetup: [SCRATCH, 'tests/support/postgres.ts', 'tests/support/workers.ts'],
          isolate: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
      {
        ...shared,
        test: {
          name: 'alone',
          server,
          include: ALONE,
          globalSetup: [SCRATCH, 'tests/support/postgres.ts', 'tests/support/workers.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 1,
        },
      },
      {
        // Plants violations into copies of the tree and expects every one to be caught.
        ...shared,
        test: {
          name: 'house',
          include: ['tests/house/**/*.test.ts'],
          globalSetup: [SCRATCH],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
