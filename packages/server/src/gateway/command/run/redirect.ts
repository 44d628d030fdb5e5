/** `2>&1`, `>/dev/null` and the like, as the splitter lets them through: where the two streams go, read from left to right as shells do. */
import { Fault } from '@countersign/kernel/fault';
import type { SandboxStreams } from '../../../ports/sandbox.ts';

type Sink = SandboxStreams['stdout'];

export interface Sinks {
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Standard input is empty. */
  readonly noInput: boolean;
}

const NOWHERE: Sink = () => undefined;

/** @throws Fault request.unsupported for a redirect that is none of these: the splitter and this must agree */
export function sinksOf(redirects: readonly string[], { stdout, stderr }: Pick<Sinks, 'stdout' | 'stderr'>): Sinks {
  const sinks = { 1: stdout, 2: stderr };
  let noInput = false;
  for (const word of redirects) {
    const [, from = '1', , to] = /^([12])?(>)&([12])$/.exec(word) ?? [];
    const [, away] = /^([12])?>>?\/dev\/null$/.exec(word) ?? [];
    if (to !== undefined) sinks[from === '2' ? 2 : 1] = sinks[to === '2' ? 2 : 1];
    else if (/^([12])?>>?\/dev\/null$/.test(word)) sinks[away === '2' ? 2 : 1] = NOWHERE;
    else if (/^0?<\/dev\/null$/.test(word)) noInput = true;
    else throw new Fault('request.unsupported', `The redirect \`${word}\` needs a shell.`);
  }
  return { stdout: sinks[1], stderr: sinks[2], noInput };
}
