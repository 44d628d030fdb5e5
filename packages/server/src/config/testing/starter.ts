/** The starter's texts, to be changed by a test: each test breaks one thing in a directory that is right. */
import { readDirectory, type GovernanceFiles } from '../read/files.ts';
import { starterDirectory } from '../starter.ts';

let read: Promise<GovernanceFiles> | undefined;

export async function starterFiles(changes: Readonly<Record<string, string | null>> = {}): Promise<Record<string, string>> {
  read ??= readDirectory(starterDirectory());
  const files: Record<string, string> = { ...(await read) };
  for (const [path, text] of Object.entries(changes)) {
    if (text === null) delete files[path];
    else files[path] = text;
  }
  return files;
}

/** One file with a text replaced, which must be in it. */
export async function edited(path: string, from: string, to: string): Promise<Record<string, string>> {
  const files = await starterFiles();
  const text = files[path];
  if (text === undefined || !text.includes(from)) throw new Error(`${path} does not have: ${from}`);
  return { ...files, [path]: text.replace(from, to) };
}
