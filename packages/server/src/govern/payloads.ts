/** Payload drafts: content that lives outside the ledger, under a blinded digest, for as long as its class allows. */
import type { PayloadRef } from '@countersign/kernel/ledger';
import type { DataClass, Settings } from '../ports/registry.ts';
import type { PayloadDraft } from '../ports/road-store.ts';
import type { ContentDraft } from '../ports/road.ts';
import { newBlind, sha256Hex } from './hash.ts';

const DAY_MS = 86_400_000;

export interface DraftedPayload {
  readonly ref: PayloadRef;
  /** Absent where the class keeps nothing but the digest. */
  readonly draft?: PayloadDraft;
}

export interface Keeping {
  readonly settings: Settings;
  readonly subject: string;
  readonly nowMs: number;
}

/** Seals one piece of content. `retentionDays` 0 keeps the digest only: the entry then says that nobody may miss the payload. */
export function draftPayload(content: ContentDraft, { settings, subject, nowMs }: Keeping): DraftedPayload {
  const blind = newBlind();
  const digest = sha256Hex(Buffer.concat([blind, content.bytes]));
  const { kind, bytes } = content;
  const ref = { digest, bytes: bytes.length, class: content.class, kind };
  const days = settings.retentionDays[content.class];
  if (days <= 0) return { ref: { ...ref, kept: false } };
  const retainUntil = new Date(nowMs + days * DAY_MS).toISOString();
  return { ref, draft: { kind, class: content.class, bytes, blind, digest, subject, retainUntil } };
}

/** Those that are kept. */
export function draftsOf(drafted: readonly DraftedPayload[]): readonly PayloadDraft[] {
  const drafts: PayloadDraft[] = [];
  for (const { draft } of drafted) if (draft !== undefined) drafts.push(draft);
  return drafts;
}

/** What replay needs is metadata, kept at this class whatever the content's class is. */
const FACTS_CLASS: DataClass = 'internal';

/** @param evaluated canonical JSON of what was evaluated and what the kernel said: `{decision, facts, request}` */
export const factsContent = (evaluated: string): ContentDraft => ({
  kind: 'facts',
  class: FACTS_CLASS,
  bytes: Buffer.from(evaluated, 'utf8'),
});
