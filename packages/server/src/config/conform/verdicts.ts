/**
 * Verdicts on validity that some collections keep in a file of their own: `x.validation.json` for the test `x.json`. Compared are the strict ones on
 * the policies together and on each request; there is no permissive validator here, and none for entities.
 */
import { isRecord } from '@countersign/kernel/json';
import { flagAt } from './expected.ts';
import { isFile, readJson } from './files.ts';
import { refuse } from './unreadable.ts';

export interface Verdicts {
  readonly policies: boolean | undefined;
  /** By the position of the request. */
  readonly requests: readonly (boolean | undefined)[];
}

const NONE: Verdicts = { policies: undefined, requests: [] };

const strictOf = (json: unknown): boolean | undefined => (isRecord(json) ? flagAt(json, ['strict']) : undefined);

/** The verdicts beside a test. Throws UnreadableTest. */
export async function readVerdicts(file: string): Promise<Verdicts> {
  const path = file.replace(/(?:\.json)?$/u, '.validation.json');
  if (!(await isFile(path))) return NONE;
  const json = await readJson(path);
  if (!isRecord(json)) return refuse('the verdicts beside it are not an object');
  const requests = json.requestValidation ?? [];
  if (!Array.isArray(requests)) return refuse('the verdicts on its requests are not a list');
  return { policies: strictOf(json.policyValidation), requests: requests.map(strictOf) };
}
