/** Whether a value that a name or a command gives away looks like a credential, where no format tells it. */
import { readsLikeWords } from './entropy.ts';
import { INTEGRITY, isIdentifier } from './harmless.ts';
import type { Check } from './validators.ts';

const LETTER = /[A-Za-z]/;
const DIGIT = /[0-9]/;
const PATH = /^(?:\.{0,2}\/)|\/.*\/|^[a-z]+:\/\/|\.(?:js|ts|json|md|py|go|java|html|css|ya?ml|txt|pem|crt|key|png|svg)$/i;
/** Base 64 has slashes too. */
const isPath = (value: string): boolean => PATH.test(value) && !/\+|=$/.test(value);
const VERSION = /^v?\d+(?:\.\d+){1,3}/;
const DATE = /^\d{4}-\d{2}-\d{2}/;
/** `camelCase`, `kebab-case` and `CONSTANT_CASE` names, with short numbers in them. */
const PART = /^[A-Za-z]*\d{0,4}$|^\d{1,4}[A-Za-z]*$|^[a-z]+\d{1,4}[a-z]+\d{0,4}$/;

function isName(value: string): boolean {
  if (/^[A-Za-z._-]+\d{0,4}$/.test(value)) return true;
  const parts = value.split(/[._-]/);
  return parts.length > 2 && parts.every((part) => PART.test(part));
}

/** Keys that pages carry, and addresses of accounts. */
const PUBLISHED = /^pk_(?:live|test)_|^0x[0-9a-fA-F]{40}$/;

/** Random: letters and digits, and neither a name, a path, a version, a date nor words. */
export const plausible: Check = (value) => {
  if (!LETTER.test(value) || !DIGIT.test(value) || /!=|!!/.test(value) || INTEGRITY.test(value) || PUBLISHED.test(value))
    return false;
  return !(isName(value) || isPath(value) || VERSION.test(value) || DATE.test(value) || readsLikeWords(value));
};

/** Names that also stand for public things: identifiers under them are no secrets. */
export const weaklyPlausible: Check = (value) => value.length >= 16 && !isIdentifier(value) && plausible(value);

/** Passwords that people choose: no letters-only words, but no randomness asked for. */
export const chosen: Check = (value) => {
  const kinds = [/[a-z]/, /[A-Z]/, DIGIT, /[^A-Za-z0-9]/].filter((pattern) => pattern.test(value)).length;
  return (
    kinds >= 3 && !isName(value) && !PATH.test(value) && !VERSION.test(value) && !/^[A-Za-z]+[._:/-][A-Za-z._:/-]+$/.test(value)
  );
};

const FILLER =
  /^(?:(?:my|the|some|a|test|admin|user|new|old|db|root|super|default)?[-_]?(?:pass(?:word|wd|phrase)?|pwd|secret|token)[-_]?\d{0,4}|test|x+|y+|\*+|change(?:it|me)|bar|foo)$|^your/i;
const CONSTANT = /^[A-Z_]{3,}$/;
/** Nothing that documentation writes where a password belongs. */
export const notFiller: Check = (value) => !FILLER.test(value) && !CONSTANT.test(value);

/** What programs are installed with, and what manuals of URLs show. */
const DEFAULT =
  /^(?:admin|root|guest|user|anonymous|anoncvs|postgres|mysql|mongo|redis|rabbitmq|minio|demo|dev|abc|xyz|123(?:4(?:56?)?)?)$/i;
export const notDefault: Check = (value) => notFiller(value) && !DEFAULT.test(value);

/** Words of letters only are names where a format asks for no digit. */
export const hasDigit: Check = (value) => DIGIT.test(value);

/** Tokens have digits or capitals; words with dashes between them are names. */
export const opaque: Check = (value) => /[0-9A-Z]/.test(value) && notFiller(value);

/** Prose about machines and passwords goes on in words. */
export const notAWord: Check = (value) => value.length >= 12 || /[^A-Za-z]/.test(value);

/** What a command gets as a password: no filler, no word, no name of a file. */
export const handed: Check = (value) => notFiller(value) && notAWord(value) && !PATH.test(value);

/** A password where only passwords stand: characters of three kinds, those of names not counted. */
export const mixed: Check = (value) =>
  [/[a-z]/, /[A-Z]/, DIGIT, /[^A-Za-z0-9._]/].filter((pattern) => pattern.test(value)).length >= 3 && notFiller(value);
