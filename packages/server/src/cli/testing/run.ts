/** Runs a command line in this process with streams of its own. For tests only. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cedarText, foreignCedar } from '../../adapters/cedar/index.ts';
import type { Io } from '../io.ts';
import { run } from '../program.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Standard output as JSON. */
  readonly json: unknown;
}

export interface Place {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
  readonly onOut?: (text: string) => void;
  readonly input?: AsyncIterable<Uint8Array>;
  readonly scripts?: Io['tools']['scripts'];
}

async function* noInput(): AsyncGenerator<Uint8Array> {}

/** An empty folder, in that of the test run. */
export const newPlace = (): string => mkdtempSync(join(tmpdir(), 'countersign-cli-'));

export async function cli(argv: readonly string[], place: Place): Promise<Ran> {
  let [out, err] = ['', ''];
  const write = (text: string): void => {
    out += text;
    place.onOut?.(text);
  };
  const io: Io = {
    out: write,
    outDrained: async (text) => write(text),
    input: () => place.input ?? noInput(),
    err: (text) => {
      err += text;
    },
    env: place.env ?? {},
    cwd: place.cwd,
    fetch: place.fetch ?? (() => Promise.reject(new TypeError('no network in this test'))),
    signal: place.signal ?? new AbortController().signal,
    now: () => 0,
    tools: {
      cedar: async () => cedarText,
      foreignCedar: async () => foreignCedar,
      scripts: place.scripts ?? (async () => undefined),
      sandbox: async () => [],
    },
  };
  const code = await run(argv, io);
  return {
    code,
    out,
    err,
    get json() {
      return JSON.parse(out) as unknown;
    },
  };
}
