/** Values of a request as text on a page: nothing hidden, nothing that turns the reading direction. */
import type { Json } from '@countersign/kernel/json';
import { isRecord } from '@countersign/kernel/json';

// Controls, zero-width characters and direction marks: with them a text could read as something else than it is.
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;

export const visible = (text: string): string =>
  text.replace(HIDDEN, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);

/** One line for a leaf, indented JSON for what has members. */
export function valueText(value: Json | undefined): string {
  if (value === undefined || value === null) return '—';
  if (typeof value === 'string') return visible(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return value.length === 0 ? 'none' : visible(value.join(', '));
  return visible(JSON.stringify(value, null, 2));
}

export function money(microUsd: Json | undefined): string {
  if (typeof microUsd !== 'number') return '—';
  const usd = microUsd / 1_000_000;
  return `$${usd.toFixed(Math.abs(usd) >= 1 || usd === 0 ? 2 : 4)}`;
}

export function untilText(expiresAt: string, now: number): string {
  const minutes = Math.ceil((Date.parse(expiresAt) - now) / 60_000);
  if (!(minutes > 0)) return 'expired';
  if (minutes < 60) return `${minutes} min left`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

export const utc = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;

/** What approving could do, by action class. */
const RISK: Readonly<Record<string, string>> = {
  read: 'Reads; changes nothing.',
  draft: 'Drafts; a person reviews before anything takes effect.',
  recommend: 'Recommends; changes nothing.',
  'mutate-low': 'Changes something that can be undone.',
  'mutate-high': 'Changes something that is hard to undo.',
};

export const riskText = (actionClass: string): string => RISK[actionClass] ?? 'Of an unknown class: treat it as hard to undo.';

/** Members of a JSON object as rows; anything else as none. */
export const rowsOf = (value: Json | undefined): [string, Json][] => (isRecord(value) ? Object.entries(value) : []);
