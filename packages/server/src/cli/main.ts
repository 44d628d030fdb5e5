#!/usr/bin/env node
/** The program, put together: commands, this process, and what is loaded only by the commands that need it. */
// First, so that it counts for everything that follows.
import './compile-sooner.ts';
import { processIo } from './io.ts';
import { run } from './program.ts';

const parser = () => import('../app/policy-tools.ts');

process.exitCode = await run(
  process.argv.slice(2),
  processIo({
    cedar: async () => (await parser()).cedarText,
    foreignCedar: async () => (await parser()).foreignCedar,
    scripts: async () => (await parser()).shellScript(),
    sandbox: async () => (await import('../app/sandbox-check.ts')).sandboxCapabilities(),
  }),
);
