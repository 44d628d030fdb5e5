/**
 * Headers by which some servers take another method, path or host than the request line and `Host` say: what was decided would not be what
 * is done.
 */
import { methodsRule, pathsRule } from '@countersign/kernel/egress';
import type { EgressProfile } from '@countersign/kernel/egress';
import type { Refusal } from '../refusal.ts';
import { authority, isLocateProblem, type Located } from './authority.ts';
import { type RequestHead, valuesOf } from './head.ts';

const METHOD_HEADERS: readonly string[] = ['x-http-method-override', 'x-http-method', 'x-method-override'];
/** In the query, as frameworks for forms read it. */
const METHOD_PARAMETER = '_method';
const PATH_HEADERS: readonly string[] = ['x-original-url', 'x-rewrite-url', 'x-original-uri'];
const HOST_HEADERS: readonly string[] = [
  'x-forwarded-host',
  'x-forwarded-server',
  'x-original-host',
  'x-http-host-override',
  'x-host',
];

/**
 * @param ruled some rule matched; where none did, what is let through depends on the method
 * @returns undefined where nothing in the request says otherwise than its first line
 */
export function overrideProblem(
  profile: EgressProfile,
  located: Located,
  head: RequestHead,
  ruled: boolean,
): Refusal | undefined {
  const { host, port } = located;
  const foreign = foreignHost(located, head);
  if (foreign !== undefined)
    return { code: 'egress.mismatch', message: `The header \`${foreign}\` names another host than the request is for.` };
  const byMethod = !ruled || methodsRule(profile, host, port);
  if (byMethod && methodsSaid(located, head).some((method) => method.toUpperCase() !== head.method))
    return {
      code: 'request.invalid',
      message: 'The request names a second method, and a rule for this host depends on the method.',
    };
  if (pathsRule(profile, host, port) && PATH_HEADERS.some((key) => valuesOf(head.headers, key).length > 0))
    return { code: 'request.invalid', message: 'The request names a second path, and a rule for this host depends on the path.' };
  return undefined;
}

function methodsSaid({ origin }: Located, { headers }: RequestHead): readonly string[] {
  const inQuery = [...new URLSearchParams(origin.query)].filter(([name]) => name.toLowerCase() === METHOD_PARAMETER);
  return [...METHOD_HEADERS.flatMap((key) => valuesOf(headers, key)), ...inQuery.map(([, value]) => value)];
}

/** The header that names another host; a port or its absence is no other host. */
function foreignHost({ host }: Located, { headers }: RequestHead): string | undefined {
  const isForeign = (text: string): boolean => {
    const said = authority(text.trim(), 0);
    return isLocateProblem(said) || said.host !== host;
  };
  const plain = HOST_HEADERS.find((key) => valuesOf(headers, key).some((value) => value.split(',').some(isForeign)));
  if (plain !== undefined) return plain;
  const forwarded = valuesOf(headers, 'forwarded').flatMap((value) => [...value.matchAll(/\bhost\s*=\s*"?([^",;]*)/gi)]);
  return forwarded.some(([, text = '']) => isForeign(text)) ? 'forwarded' : undefined;
}
