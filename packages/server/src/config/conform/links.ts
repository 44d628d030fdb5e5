/** Links of templates, in the words of the policy set, of the bindings and of the command line. */
import { isRecord } from '@countersign/kernel/json';
import type { ForeignPolicySet } from '../../ports/cedar.ts';
import { readUid } from './request.ts';
import { refuse } from './unreadable.ts';

interface Link {
  readonly templateId: string;
  readonly newId: string;
  readonly values: Readonly<Record<string, { readonly type: string; readonly id: string }>>;
}

const textOf = (value: unknown, what: string): string =>
  typeof value === 'string' ? value : refuse(`a template link has no ${what}`);

/** `?principal` and `?resource`, with their marks or without; entities as JSON or as Cedar text. */
function valuesOf(json: unknown): Link['values'] {
  if (!isRecord(json)) return refuse('the values of a template link are not an object');
  return Object.fromEntries(
    Object.entries(json).map(([slot, value]) => {
      if (value === undefined || value === null) return refuse(`a template link has no entity for ${slot.slice(0, 100)}`);
      const { type, id } = readUid(value, slot.slice(0, 100));
      return [slot.startsWith('?') ? slot : `?${slot}`, { type, id }];
    }),
  );
}

function linkOf(json: unknown): Link {
  if (!isRecord(json)) return refuse('a template link is not an object');
  const { newId, new_id: id, linkId, link_id: older, result_policy_id: result } = json;
  return {
    templateId: textOf(json.templateId ?? json.template_id, 'template'),
    newId: textOf(newId ?? id ?? linkId ?? older ?? result, 'id of its own'),
    values: valuesOf(json.values ?? json.args ?? {}),
  };
}

/** The set with the links of the test beside its own. Throws UnreadableTest. */
export function withLinks(set: ForeignPolicySet, links: unknown): ForeignPolicySet {
  if (links !== undefined && !Array.isArray(links)) return refuse('the template links are not a list');
  return { ...set, templateLinks: [...set.templateLinks, ...(links ?? [])].map(linkOf) };
}
