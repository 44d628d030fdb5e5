/** Policy sets in JSON: one policy, a set by id, a list; each policy as JSON or as Cedar text. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { ForeignCedar, ForeignPolicySet } from '../../ports/cedar.ts';
import { refuse } from './unreadable.ts';

type Entry = readonly [id: string, policy: unknown];
type Read = readonly [id: string, est: unknown, original: unknown];

/** Policies of a member: by id, in a list, or statements of one text. */
async function entriesOf(json: unknown, cedar: ForeignCedar): Promise<Entry[]> {
  if (json === undefined || json === null) return [];
  if (Array.isArray(json)) return json.map((policy: unknown, at) => [`policy${at}`, policy] as const);
  if (isRecord(json)) return Object.entries(json);
  if (typeof json !== 'string') return refuse('the JSON policies cannot be read');
  const { staticPolicies, templates, original } = await cedar.readPolicies(json);
  if (Object.keys(templates).length > 0) return refuse('there is a template among the static policies');
  return Object.keys(staticPolicies).map((id) => [id, (original.staticPolicies as JsonRecord)[id]] as const);
}

/** A policy of its JSON form as it is; the only statement of a text translated. */
async function readEntry([id, policy]: Entry, kind: 'staticPolicies' | 'templates', cedar: ForeignCedar): Promise<Read> {
  if (typeof policy !== 'string') return [id, policy, policy];
  const set = await cedar.readPolicies(policy);
  const [est, ...more] = Object.values(set[kind]);
  const others = Object.values(kind === 'templates' ? set.staticPolicies : set.templates);
  if (est === undefined || more.length > 0 || others.length > 0)
    return refuse(`the text of ${id.slice(0, 100)} is not one ${kind === 'templates' ? 'template' : 'policy'}`);
  return [id, est, policy];
}

async function readAll(json: unknown, kind: 'staticPolicies' | 'templates', cedar: ForeignCedar): Promise<Read[]> {
  const read: Read[] = [];
  for (const entry of await entriesOf(json, cedar)) read.push(await readEntry(entry, kind, cedar));
  return read;
}

const ests = (read: readonly Read[]) => Object.fromEntries(read.map(([id, est]) => [id, est]));
const originals = (read: readonly Read[]) => Object.fromEntries(read.map(([id, , original]) => [id, original]));

/** Reads a set of JSON policies. Throws UnreadableTest, and faults with `bundle.invalid` for text that does not parse. */
export async function jsonPolicies(json: unknown, cedar: ForeignCedar): Promise<ForeignPolicySet> {
  const isOne = isRecord(json) && 'effect' in json;
  const set: Readonly<Record<string, unknown>> = isRecord(json) ? json : { staticPolicies: json };
  const statics = isOne ? [json] : (set.staticPolicies ?? set.static_policies ?? set.policies);
  if (statics === undefined && set.templates === undefined) return refuse('the JSON policies cannot be read');
  const staticPolicies = await readAll(statics, 'staticPolicies', cedar);
  const templates = await readAll(set.templates, 'templates', cedar);
  const links = set.templateLinks ?? set.template_links ?? [];
  if (!Array.isArray(links)) return refuse('the template links are not a list');
  return {
    staticPolicies: ests(staticPolicies),
    templates: ests(templates),
    templateLinks: links,
    original: { staticPolicies: originals(staticPolicies), templates: originals(templates) } as JsonRecord,
  };
}
