/** All attempts, once unprotected and once in a sandbox, in a process of its own: as whom it was started. Writes one JSON document. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ATTEMPTS, type Attempt } from './attempts.ts';
import { type LivePlace, openPlace } from './place.ts';
import { backendOf, grant, runIn, specFor } from './stage.ts';

export interface Verdict {
  readonly name: string;
  /** It succeeded without a sandbox. */
  readonly real: boolean;
  readonly breached: boolean;
  readonly text: string;
}

/** What one attempt moved aside and the next one needs. */
const RESTORE = '[ -e private ] || mv aside private; [ -e nest ] || mv nest-2 nest';

/** Attempts run one after the other in one shell, each in a process of its own; what each says follows a line with its number. */
const loop = (folder: string): string =>
  `i=0; while [ $i -lt ${ATTEMPTS.length} ]; do echo; echo "#$i"; timeout 10 sh ${folder}/$i.sh 2>&1 </dev/null; ${RESTORE}; i=$((i+1)); done; exit 0`;

const FOLDER = 'attempts-of-the-test';

function plant(place: LivePlace): void {
  mkdirSync(join(place.workspace, FOLDER));
  ATTEMPTS.forEach(({ script }, index) => writeFileSync(join(place.workspace, FOLDER, `${index}.sh`), `${script}\n`));
}

const textsOf = (output: string): string[] => {
  const texts: string[] = ATTEMPTS.map(() => '');
  for (const part of output.split(/^#/m).slice(1)) {
    const [number = '', ...rest] = part.split('\n');
    texts[Number(number)] = rest.join('\n');
  }
  return texts;
};

const succeeded = ({ after }: Attempt, text: string, place: LivePlace): boolean =>
  after === undefined ? text.includes('BREACH') : after(place);

interface Outcome {
  readonly succeeded: boolean;
  readonly text: string;
}

async function unprotected(): Promise<Outcome[]> {
  const place = await openPlace();
  try {
    plant(place);
    const handed = existsSync('/proc/self/fd/30') ? 30 : 'ignore';
    const child = spawn('sh', ['-c', loop(FOLDER)], {
      cwd: place.workspace,
      env: { ...process.env, ...place.variables, HOME: place.home },
      stdio: ['ignore', 'pipe', 'ignore', ...Array.from({ length: 27 }, () => 'ignore' as const), handed],
    });
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await new Promise((resolve) => child.once('close', resolve));
    return outcomes(text, place);
  } finally {
    await place.close();
  }
}

const outcomes = (output: string, place: LivePlace): Outcome[] => {
  const texts = textsOf(output);
  return ATTEMPTS.map((attempt, index) => ({
    succeeded: succeeded(attempt, texts[index] ?? '', place),
    text: texts[index] ?? '',
  }));
};

async function protectedRun(): Promise<Outcome[]> {
  const place = await openPlace();
  const backend = backendOf();
  try {
    plant(place);
    const spec = specFor(place.workspace);
    const held = process.getuid?.() === 0;
    const sandbox = await backend.create(grant(), {
      ...spec,
      environment: { ...place.variables },
      limits: { ...spec.limits, wallMs: 120_000, ...(held ? {} : { memoryBytes: 0, processes: 0 }) },
      workspace: {
        ...spec.workspace,
        hidden: ['.env', 'private', 'nest/inner', 'alias'],
        protect: ['protected.txt', 'deep/inner/file', 'not/yet/there'],
      },
    });
    const { out, err, code } = await runIn(sandbox, ['/bin/sh', '-c', loop(FOLDER)]);
    if (code !== 0) throw new Error(`the loop ended with ${code}: ${err}`);
    await sandbox.dispose();
    return outcomes(out, place);
  } finally {
    await backend.close();
    await place.close();
  }
}

export async function main(): Promise<void> {
  const [control, sandboxed] = [await unprotected(), await protectedRun()];
  const verdicts: Verdict[] = ATTEMPTS.map(({ name }, index) => ({
    name,
    real: control[index]?.succeeded === true,
    breached: sandboxed[index]?.succeeded === true,
    text: `control: ${control[index]?.text ?? ''}sandbox: ${sandboxed[index]?.text ?? ''}`.slice(0, 600),
  }));
  process.stdout.write(`${JSON.stringify(verdicts)}\n`);
}
