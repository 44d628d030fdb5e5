/**
 * The workers of a server that runs from source, made into plain files once for a test run. Every server starts several of them, and a
 * compiler in each would take more time than what is tested.
 */
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import type { TestProject } from 'vitest/node';

/** Addresses of the files, as `file:` URLs. */
export interface BuiltWorkers {
  readonly scan: string;
  readonly script: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    workers: BuiltWorkers;
  }
}

const ROOT = new URL('../..', import.meta.url).pathname;
const ADAPTERS = join(ROOT, 'packages/server/src/adapters');

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Beside the packages that they import.
  const cache = join(ROOT, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const outDir = await mkdtemp(join(cache, 'countersign-workers-'));
  const conditions = ['source'];
  await build({
    configFile: false,
    logLevel: 'error',
    root: ROOT,
    publicDir: false,
    resolve: { conditions },
    ssr: { noExternal: [/^@countersign\//], resolve: { conditions, externalConditions: conditions } },
    build: {
      ssr: true,
      target: 'node20',
      outDir,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        input: { scan: join(ADAPTERS, 'scanner/worker.ts'), script: join(ADAPTERS, 'shell-script/worker.ts') },
        output: { entryFileNames: '[name].mjs' },
      },
    },
  });
  const fileOf = (name: string): string => pathToFileURL(join(outDir, `${name}.mjs`)).href;
  project.provide('workers', { scan: fileOf('scan'), script: fileOf('script') });
  return () => rm(outDir, { recursive: true, force: true });
}
