// The real worker, run from source.
import { runnerImport } from 'vite';

const resolve = { conditions: ['source'], externalConditions: ['source'], noExternal: [/^@countersign\//] };
await runnerImport(new URL('../worker.ts', import.meta.url).pathname, {
  configFile: false,
  logLevel: 'error',
  environments: { inline: { resolve } },
});
