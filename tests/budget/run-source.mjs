/**
 * Runs the `main` of a TypeScript file of this repository in a process of its own, from source: `node run-source.mjs <file> [json]`.
 */
import { runnerImport } from 'vite';

const resolve = { conditions: ['source'], externalConditions: ['source'], noExternal: [/^@countersign\//] };
const { module } = await runnerImport(process.argv[2], {
  configFile: false,
  logLevel: 'error',
  environments: { inline: { resolve } },
});
await module.main(JSON.parse(process.argv[3] ?? 'null'));
