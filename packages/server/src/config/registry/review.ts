/** What countersign.yaml says about auto-review, checked against the registries. */
import { DATA_CLASSES } from '../../ports/registry.ts';
import type { ReviewSettings } from '../../ports/review.ts';
import type { Findings } from '../finding.ts';
import type { CountersignFile } from '../schema/countersign.ts';
import type { Registries } from './registries.ts';
import { mustExist, type Vocabulary } from './vocabulary.ts';

export function checkReview({ main, agents }: Registries, words: Vocabulary, findings: Findings): void {
  const { review } = main.value;
  if (review === undefined) return;
  const at = (member: string) => main.at('review', member);
  mustExist({ place: at('agent'), kind: 'agent', name: review.agent }, words.agents, findings);
  mustExist({ place: at('model'), kind: 'model', name: review.model }, words.models, findings);
  mustExist({ place: at('repository'), kind: 'repository', name: review.repository }, words.repositories, findings);
  mustExist({ place: at('useCase'), kind: 'use case', name: review.useCase }, words.useCases, findings);
  const agent = agents.find(({ value }) => value.id === review.agent)?.value;
  if (agent !== undefined && agent.role !== 'planner')
    findings.error(at('agent'), {
      code: 'review.role',
      message: `\`${review.agent}\` is of role ${agent.role}. A reviewer changes nothing, so it is a planner.`,
    });
  if (review.classes.includes('mutate-high'))
    findings.error(at('classes'), {
      code: 'review.class',
      message: 'Requests of class mutate-high are decided by people.',
      hint: 'leave `mutate-high` out',
    });
}

export const reviewOf = ({ review }: CountersignFile): ReviewSettings | undefined => {
  if (review === undefined) return undefined;
  const { maxDataClass, ...rest } = review;
  return { ...rest, maxDataRank: DATA_CLASSES.indexOf(maxDataClass) };
};
