/** What commands about a governance directory share: where it is, and how it is built here. */
import { resolve } from 'node:path';
import type { BuildResult, Finding } from '../config/index.ts';
import { type Call, cell } from './call.ts';
import type { ExitName } from './exit.ts';

export const GOVERNANCE_DIR = 'governance';

/** @param index where the directory stands among the arguments */
export const governanceDir = (call: Call, index = 0): string => resolve(call.io.cwd, call.optionalArg(index) ?? GOVERNANCE_DIR);

/** Builds the directory here, with its cases. @throws Fault config.invalid when it cannot be read */
export async function buildHere(call: Call): Promise<BuildResult> {
  const [{ loadDirectory }, cedar] = await Promise.all([import('../config/index.ts'), call.io.tools.cedar()]);
  return loadDirectory(governanceDir(call), { cedar });
}

/** One line a finding, as compilers print them. */
export async function sayFindings(call: Call, findings: readonly Finding[]): Promise<void> {
  const { findingText } = await import('../config/index.ts');
  for (const finding of findings) call.say(cell(findingText(finding)));
}

export const hasErrors = (findings: readonly { readonly severity: string }[]): boolean =>
  findings.some(({ severity }) => severity === 'error');

export const exitOf = (good: boolean): ExitName => (good ? 'ok' : 'failed');
