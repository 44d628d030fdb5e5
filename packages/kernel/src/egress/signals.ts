/** What a host's name alone says. Hints for people and policies: neither makes a host good or bad. */
import { entropyShare, readsLikeWords } from '../redact/secret/entropy.ts';

/** Shorter parts are too short to tell data from names; what they could carry is bounded by the number of names. */
const PART_CHARS_MIN = 16;
const ENTROPY_SHARE_MIN = 0.8;

/**
 * Whether a part below the registrable domain looks random or encoded.
 * @param host canonical
 * @param domain registrable domain of the host; its own label is the owner's choice and not looked at
 */
export function looksLikeData(host: string, domain: string): boolean {
  if (!host.endsWith(`.${domain}`)) return false;
  const below = host.slice(0, -domain.length - 1);
  // Data may be cut in pieces: all of it is looked at as one, too.
  return [...below.split('.'), below.replaceAll('.', '')].some(isDataPart);
}

const isDataPart = (part: string): boolean =>
  part.length >= PART_CHARS_MIN && !readsLikeWords(part) && entropyShare(part) >= ENTROPY_SHARE_MIN;

const REGISTRY_LABELS: ReadonlySet<string> = new Set([
  'archive',
  'artifacts',
  'cdn',
  'crates',
  'deb',
  'dist',
  'dl',
  'download',
  'downloads',
  'files',
  'gems',
  'index',
  'maven',
  'mirror',
  'mirrors',
  'nexus',
  'npm',
  'nuget',
  'packages',
  'pypi',
  'registry',
  'releases',
  'repo',
  'repo1',
  'repos',
  'simple',
  'static',
]);

/** Whether the name is one that places for packages and downloads have. */
export const looksLikeRegistry = (host: string): boolean =>
  host.split('.').some((label) => REGISTRY_LABELS.has(label) || REGISTRY_LABELS.has(label.split('-')[0] ?? ''));
