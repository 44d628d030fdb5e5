/** Auto-review, put together: the reviewer is an agent with a task, a mandate and a key of its own, and its model calls take the road. */
import { randomInt } from 'node:crypto';
import { createReviewModel } from '../adapters/reviewer/index.ts';
import { newId, systemClock } from '../adapters/system/clock.ts';
import { createReviewJob, type ReviewJob } from '../jobs/review/job.ts';
import { isoTime } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { newKey } from '../ports/new-key.ts';
import type { SnapshotSource } from '../ports/registry.ts';
import type { ReviewSettings } from '../ports/review.ts';
import type { Tasks } from '../ports/tasks.ts';
import type { Stores } from './stores.ts';

export interface ReviewParts {
  readonly org: string;
  readonly stores: Stores;
  readonly snapshots: SnapshotSource;
  readonly tasks: Tasks;
  readonly url: () => string;
  readonly newTrace: () => string;
  readonly log: Log;
}

export function openReview(parts: ReviewParts): ReviewJob {
  const { org, stores, snapshots, log } = parts;
  const model = createReviewModel({ url: parts.url, key: keyDesk(parts), snapshots, log });
  return createReviewJob({
    org,
    reviews: stores.reviews,
    approvals: stores.approvals,
    marks: stores.marks,
    snapshots,
    model,
    log,
    // Who could foresee it would know which requests people look at.
    random: () => randomInt(2 ** 47) / 2 ** 47,
  });
}

/** One key at a time; it lives in memory only, and ends with its mandate. */
function keyDesk(parts: ReviewParts): (settings: ReviewSettings, fresh: boolean) => Promise<string> {
  let held: { readonly agent: string; readonly key: Promise<string> } | undefined;
  return (settings, fresh) => {
    if (held === undefined || fresh || held.agent !== settings.agent) {
      const key = makeKey(parts, settings);
      held = { agent: settings.agent, key };
      // The next one who asks tries again.
      key.catch(() => (held = held?.key === key ? undefined : held));
    }
    return held.key;
  };
}

async function makeKey({ org, stores, tasks, newTrace }: ReviewParts, settings: ReviewSettings): Promise<string> {
  const { agent, repository, useCase, budgetMicroUsd } = settings;
  const admission = await tasks.admit({
    agent,
    onBehalfOf: agent,
    credential: 'auto-review',
    repository,
    paths: [],
    modules: [],
    changeClass: 'none',
    useCase,
    ticket: 'auto-review',
    capabilities: [],
    actions: ['model.call'],
    estimateMicroUsd: budgetMicroUsd,
    dataClass: 'public',
    trace: newTrace(),
  });
  if (!admission.ok) throw new Error(`the reviewer gets no task: ${admission.denial.code}: ${admission.denial.message}`);
  const { mandate } = admission.signed;
  const { record, key } = newKey({
    id: newId('crd'),
    org,
    kind: 'agent',
    subject: agent,
    mandate: mandate.id,
    onBehalfOf: agent,
    createdAt: isoTime(systemClock.now()),
    expiresAt: mandate.expiresAt,
  });
  await stores.identity.issue(record, agent);
  return key;
}
