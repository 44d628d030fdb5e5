/** How strong a sandbox has to be: what the profile asks for, and what the organisation asks for by the classes of the command and its data. */
import type { CommandVerdict } from '@countersign/kernel/command';
import { Fault } from '@countersign/kernel/fault';
import type { DataClass, Settings } from '../../../ports/registry.ts';
import { STRENGTHS, type Strength } from '../../../ports/sandbox.ts';

/** The strongest of the profile's own and of all rows that fit. */
export function leastFor(
  { strengths = [] }: Pick<Settings, 'strengths'>,
  { verdict }: { readonly verdict: Pick<CommandVerdict, 'class'> },
  dataClass: DataClass,
  profile: Strength,
): Strength {
  const asked = strengths.filter(
    ({ commands, data }) => commands?.includes(verdict.class) !== false && data?.includes(dataClass) !== false,
  );
  const rank = Math.max(...[profile, ...asked.map(({ least }) => least)].map((each) => STRENGTHS.indexOf(each)));
  return STRENGTHS[rank] ?? 'remote';
}

const HOW: Readonly<Partial<Record<Strength, string>>> = {
  container: 'Whoever runs this node installs podman and starts it with `up --container-image IMAGE`.',
  gvisor: 'Whoever runs this node installs gVisor and starts it with `up --container-image IMAGE --container-runtime runsc`.',
  microvm:
    'Whoever runs this node installs Kata Containers and starts it with `up --container-image IMAGE --container-runtime kata`.',
  remote: 'Whoever runs this node names a runner with `up --runner URL`.',
};

/** @param profile what the profile alone asks for */
export function tooWeak(least: Strength, profile: Strength): Fault {
  const who = least === profile ? 'The profile asks' : 'The classes of this command and of its data ask';
  const how = HOW[least];
  return new Fault(
    'sandbox.unenforceable',
    `${who} for at least \`${least}\`, and this node has nothing as strong.${how === undefined ? '' : ` ${how}`}`,
    { details: { line: 'least' } },
  );
}
