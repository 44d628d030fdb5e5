/**
 * What a body asks for, read from its parsed JSON. Everything here is a fact for policy; what the model entry does not allow is refused
 * before a decision is asked for. Unknown things count as the worst they could be.
 */
import type { JsonRecord } from '../json.ts';
import { isRecord, type Json } from '../json.ts';

/** Capabilities that a request can need of a model. */
export type Need = 'tools' | 'parallelTools' | 'streaming' | 'vision' | 'jsonSchema' | 'reasoning' | 'audio';

/** Content that the body points at and that is not in it. */
export type Opaque =
  | 'background'
  | 'conversation'
  | 'encrypted'
  | 'file'
  | 'item-reference'
  | 'previous-response'
  | 'remote-url'
  | 'stored-prompt';

export interface BodyFacts {
  readonly model: string;
  readonly stream: boolean;
  /** Sorted, like every list here: the same body gives the same facts. */
  readonly needs: readonly Need[];
  /** Tools that the provider runs, without versions: `web_search`, `mcp`. */
  readonly hosted: readonly string[];
  readonly opaque: readonly Opaque[];
  /** Members that name other models or other places to send the request to. Never allowed. */
  readonly elsewhere: readonly string[];
  /** Service tiers, speeds and regions asked for, where they change the price: `priority`, `fast`, `geo:us`. */
  readonly tiers: readonly string[];
  /** Output limits by member, in tokens. */
  readonly limits: Readonly<Record<string, number>>;
  /** Answers asked for. */
  readonly choices: number;
  /** Tokens that must be left for thinking, besides the answer. */
  readonly thinking: number;
  /** Longest life of a cache marker. */
  readonly cacheWrite: 'none' | '5m' | '1h';
  readonly images: number;
  /** Characters of inline image data: they cost by image, not by length. */
  readonly imageCharacters: number;
  /** Chat: the client asked for usage in the stream. */
  readonly usageInStream: boolean;
  /** The body turns reasoning off. */
  readonly reasoningOff: boolean;
}

/** Public sentence about a member that cannot be read safely. */
export interface FactsProblem {
  readonly problem: string;
}

export const isFactsProblem = (value: BodyFacts | FactsProblem): value is FactsProblem => 'problem' in value;

/** Collects facts while a body is walked. Readers throw `Unreadable` on members of the wrong type; `readFacts` makes a value of it. */
export class FactsDraft {
  readonly needs = new Set<Need>();
  readonly hosted = new Set<string>();
  readonly opaque = new Set<Opaque>();
  readonly elsewhere = new Set<string>();
  readonly tiers = new Set<string>();
  readonly limits: Record<string, number> = {};
  choices = 1;
  thinking = 0;
  cacheWrite: 'none' | '5m' | '1h' = 'none';
  images = 0;
  imageCharacters = 0;
  usageInStream = false;
  reasoningOff = false;

  /** An inline picture (`data:` URL or base64), or one that the provider fetches. */
  image(data: string | undefined, remote: boolean): void {
    this.needs.add('vision');
    this.images += 1;
    if (remote) this.opaque.add('remote-url');
    else this.imageCharacters += data?.length ?? 0;
  }

  cacheMarker(marker: Json | undefined): void {
    if (!isRecord(marker)) return;
    if (marker['ttl'] === '1h') this.cacheWrite = '1h';
    else if (this.cacheWrite === 'none') this.cacheWrite = '5m';
  }

  /** @param effort `none` turns reasoning off; absent leaves it to the model */
  effort(effort: Json | undefined): void {
    if (effort === 'none') this.reasoningOff = true;
    else if (isSet(effort)) this.needs.add('reasoning');
  }

  limit(body: JsonRecord, member: string): void {
    const value = wholeNumber(body, member);
    if (value !== undefined) this.limits[member] = value;
  }

  finish(body: JsonRecord): BodyFacts {
    const { model } = body;
    if (typeof model !== 'string' || model === '' || model.length > 256)
      throw new Unreadable('`model` must be the name of a model.');
    const stream = flag(body, 'stream');
    if (stream) this.needs.add('streaming');
    return {
      model,
      stream,
      needs: [...this.needs].sort(),
      hosted: [...this.hosted].sort(),
      opaque: [...this.opaque].sort(),
      elsewhere: [...this.elsewhere].sort(),
      tiers: [...this.tiers].sort(),
      limits: this.limits,
      choices: this.choices,
      thinking: this.thinking,
      cacheWrite: this.cacheWrite,
      images: this.images,
      imageCharacters: this.imageCharacters,
      usageInStream: this.usageInStream,
      reasoningOff: this.reasoningOff,
    };
  }
}

/** A member that policy must read and cannot; its message is public. */
export class Unreadable extends Error {}

/** @throws Unreadable when the member is there and no integer from 0 to 2^53-1 */
export function wholeNumber(body: JsonRecord, member: string): number | undefined {
  const value = body[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Unreadable(`\`${member}\` must be a whole number.`);
  return value;
}

/** @throws Unreadable when the member is there and no boolean */
export function flag(body: JsonRecord, member: string): boolean {
  const value = body[member];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw new Unreadable(`\`${member}\` must be true or false.`);
  return value;
}

/** @throws Unreadable when the member is there and no array */
export function list(body: JsonRecord, member: string): readonly Json[] {
  const value = body[member];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Unreadable(`\`${member}\` must be an array.`);
  return value as readonly Json[];
}

export const isText = (value: Json | undefined): value is string => typeof value === 'string';
/** There, and not an explicit nothing. */
export const isSet = (value: Json | undefined): boolean =>
  value !== undefined && value !== null && value !== false && value !== '';
