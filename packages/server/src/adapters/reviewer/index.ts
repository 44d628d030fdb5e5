/** Asks the reviewing model, through our own model door: with a key of the reviewer's, so that its calls take the road like any agent's. */
import type { Json, JsonRecord } from '@countersign/kernel/json';
import { request } from 'undici';
import type { Log } from '../../ports/log.ts';
import type { SnapshotSource, WireFormat } from '../../ports/registry.ts';
import type { ReviewModel, ReviewSettings } from '../../ports/review.ts';
import { callOf } from './prompt.ts';

export interface ReviewerTerms {
  /** Address of the model door of this process. */
  readonly url: () => string;
  /** A key of the reviewer's agent with a mandate; `fresh` where the last one was refused. @throws where it gets none */
  readonly key: (settings: ReviewSettings, fresh: boolean) => Promise<string>;
  readonly snapshots: SnapshotSource;
  readonly log: Log;
}

const ANSWER_BYTES_MAX = 256 * 1024;
const PREFERENCE: readonly WireFormat[] = ['responses', 'messages', 'chat'];

export function createReviewModel(terms: ReviewerTerms): ReviewModel {
  return {
    ask: async (settings, shown, signal) => {
      const formats = terms.snapshots.current()?.models.get(settings.model)?.formats ?? [];
      const format = PREFERENCE.find((each) => formats.includes(each));
      if (format === undefined) return undefined;
      const call = callOf(format, settings.model, shown);
      // A key that has expired since the last request, or whose mandate is spent, is replaced once.
      for (const fresh of [false, true]) {
        const { status, text } = await post(terms, { ...call, key: await terms.key(settings, fresh), signal });
        if (status === 200) return call.read(JSON.parse(text) as Json);
        terms.log.warn('review.refused', { status, answer: text.slice(0, 300) });
        if (fresh || status >= 500) return undefined;
      }
      return undefined;
    },
  };
}

interface Post {
  readonly path: string;
  readonly body: JsonRecord;
  readonly key: string;
  readonly signal: AbortSignal;
}

async function post(terms: ReviewerTerms, { path, body, key, signal }: Post): Promise<{ status: number; text: string }> {
  const answer = await request(new URL(path, terms.url()), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer.body as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error('the answer is too large');
    parts.push(part);
  }
  return { status: answer.statusCode, text: Buffer.concat(parts).toString('utf8') };
}
