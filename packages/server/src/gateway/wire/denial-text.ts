/** A denial as a sentence that a model understands. */
import type { Denial } from '../../ports/road.ts';

export function sentence(denial: Denial): string {
  const parts = [`Countersign: ${denial.message}`];
  if (denial.instead !== undefined) parts.push(`Instead: ${denial.instead}.`.replace(/\.\.$/, '.'));
  // Who said no is not asked again.
  if (denial.approval !== undefined && denial.code !== 'approval.denied')
    parts.push(
      `A person can approve it: ${denial.approval.url} (${denial.approval.id}). After that, repeat exactly the same call once; until then it is refused again.`,
    );
  else if (denial.escalate !== undefined) parts.push(`Who can change it: ${denial.escalate.group}.`);
  parts.push(`[${denial.code}, request ${denial.requestId}]`);
  return parts.join(' ');
}
