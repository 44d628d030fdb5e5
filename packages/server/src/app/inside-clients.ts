/** Agent clients within sandboxes: their programs as they are on this node, and the settings that the bundle in force has for them. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault } from '@countersign/kernel/fault';
import { type ClientFile, type ClientName, clientPlaces } from '../ports/clients.ts';
import type { SandboxMount } from '../ports/sandbox-spec.ts';

/** Absolute paths; absent: not installed on this node. */
export type ClientPrograms = Readonly<Partial<Record<ClientName, string>>>;

export interface InsideTerms {
  readonly programs: ClientPrograms;
  /** Undefined: the bundle does not manage this client. */
  readonly files: (name: ClientName) => readonly ClientFile[] | undefined;
  /** Where settings are written, one folder for each version of them. */
  readonly folder: string;
}

/** INVARIANT: a program is seen together with its settings, or not at all. */
export function insideClients(terms: InsideTerms): (names: readonly ClientName[]) => readonly SandboxMount[] {
  return (names) => names.flatMap((name) => mountsOf(name, terms));
}

function mountsOf(name: ClientName, { programs, files, folder }: InsideTerms): readonly SandboxMount[] {
  const program = programs[name];
  const given = files(name);
  // A profile names those that it is made for; a node has one of them, or both.
  if (program === undefined) return [];
  if (given === undefined) throw refusal(`clients.yaml of the bundle in force does not manage \`${name}\``);
  if (!existsSync(program)) throw refusal(`${program} is not there any more`);
  const places = clientPlaces(name);
  return [
    { path: settingsFolder(folder, name, given), at: places.settings, mode: 'read' },
    programMount(realpathSync(program), places.program),
  ];
}

const refusal = (why: string): Fault =>
  new Fault('sandbox.unenforceable', `\`clients\` cannot be enforced: ${why}.`, { details: { line: 'clients' } });

/** Codex comes with programs beside it that it needs; Claude Code is one file, which may lie among others that are nobody's business. */
function programMount(program: string, at: string): SandboxMount {
  if (!isNative(program))
    throw refusal(
      `${program} is not the program itself but something that starts it; name it in COUNTERSIGN_CODEX or COUNTERSIGN_CLAUDE`,
    );
  const around = dirname(dirname(program));
  return existsSync(join(around, 'codex-resources'))
    ? { path: around, at, mode: 'read' }
    : { path: program, at: `${at}/bin/${basename(at)}`, mode: 'read' };
}

const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);

function isNative(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(ELF.length);
    readSync(file, head, 0, head.length, 0);
    return head.equals(ELF);
  } finally {
    closeSync(file);
  }
}

/** Named by what is in it, so that runs under older settings keep theirs. Whole or not at all. */
function settingsFolder(folder: string, name: ClientName, files: readonly ClientFile[]): string {
  const digest = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 32);
  const path = join(folder, `${name}-${digest}`);
  if (existsSync(path)) return realpathSync(path);
  const draft = `${path}.${process.pid}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  for (const file of files) {
    writeFileSync(join(draft, file.name), file.text);
    chmodSync(join(draft, file.name), 0o644);
  }
  chmodSync(draft, 0o755);
  renameSync(draft, path);
  return realpathSync(path);
}
