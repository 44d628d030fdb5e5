/** Walks the strings of JSON values: what the inspector reads, and what operators withhold. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { Finding, InspectPlace, Inspector } from '../../../ports/inspect.ts';

export interface Walked {
  /** The same value where nothing changed. */
  readonly value: Json;
  readonly findings: readonly Finding[];
}

/** @param skipped JSON pointers of values that nobody looks into @throws Fault of the inspector */
export async function inspectStrings(
  inspector: Inspector,
  value: Json,
  place: InspectPlace,
  skipped: ReadonlySet<string> = NONE,
): Promise<Walked> {
  const findings: Finding[] = [];
  const walk = async (at: Json, pointer: string): Promise<Json> => {
    if (skipped.has(pointer)) return at;
    if (typeof at === 'string') {
      const seen = await inspector.inspect(at, place);
      findings.push(...seen.findings);
      return seen.text;
    }
    if (Array.isArray(at)) return walkList(at, pointer);
    return isRecord(at) ? walkRecord(at, pointer) : at;
  };
  const walkList = async (list: readonly Json[], pointer: string): Promise<Json> => {
    let changed = false;
    const walked: Json[] = [];
    for (const [index, inner] of list.entries()) {
      const next = await walk(inner, `${pointer}/${index}`);
      changed ||= next !== inner;
      walked.push(next);
    }
    return changed ? walked : list;
  };
  const walkRecord = async (record: JsonRecord, pointer: string): Promise<Json> => {
    let changed = false;
    const walked: [string, Json][] = [];
    for (const [name, inner] of Object.entries(record)) {
      const next = await walk(inner, `${pointer}/${escaped(name)}`);
      // Names are text too.
      const seen = await inspector.inspect(name, place);
      findings.push(...seen.findings);
      changed ||= next !== inner || seen.text !== name;
      walked.push([seen.text, next]);
    }
    return changed ? Object.fromEntries(walked) : record;
  };
  return { value: await walk(value, ''), findings };
}

const NONE: ReadonlySet<string> = new Set();
const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');

/** What is put in the place of a value that an operator withholds. */
export const WITHHELD = '[WITHHELD:operator]';

export interface Withholding {
  readonly value: Json;
  /** What was taken out. */
  readonly taken: readonly Json[];
}

/** @param pointers JSON pointers (RFC 6901); `*` stands for every member or element. Those that lead nowhere change nothing. */
export function withhold(value: Json, pointers: readonly string[]): Withholding {
  const taken: Json[] = [];
  let at = value;
  for (const pointer of pointers)
    if (pointer.startsWith('/')) at = replaceAt(at, pointer.slice(1).split('/').map(unescaped), taken);
  return { value: at, taken };
}

function replaceAt(at: Json, path: readonly string[], taken: Json[]): Json {
  const [head, ...rest] = path;
  if (head === undefined) {
    taken.push(at);
    return WITHHELD;
  }
  if (Array.isArray(at)) {
    const list = at as readonly Json[];
    return list.map((inner, index) => (head === '*' || head === String(index) ? replaceAt(inner, rest, taken) : inner));
  }
  if (!isRecord(at)) return at;
  return Object.fromEntries(
    Object.entries(at).map(([name, inner]) => [name, head === '*' || head === name ? replaceAt(inner, rest, taken) : inner]),
  );
}
