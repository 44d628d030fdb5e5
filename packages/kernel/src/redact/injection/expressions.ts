/** What a word list cannot hold: expressions of several words, paths, addresses and encoded runs, each with the senses it adds. */
import { SENSE } from './sense.ts';

interface Expression {
  readonly pattern: RegExp;
  readonly senses: number;
}

/** Paths at which credentials lie, on the systems that agents run on. */
const PATH =
  /[/\\.]ssh\b|\bid_(?:rsa|dsa|ecdsa|ed25519)\b|[/\\.]aws\b|\.env(?:\.[a-z]{1,12})?\b|\/etc\/(?:passwd|shadow|sudoers)\b|\bmcp\.json\b|\bclaude_desktop_config\b|\.(?:netrc|npmrc|pypirc|git-credentials|pgpass|gnupg|kube|docker|bash_history|zsh_history|azure|gcloud|config\/gcloud)\b|\b(?:authorized_keys|known_hosts|wallet\.dat|login\.keychain|credentials\.json|service[-_]account\.json|secrets?\.(?:json|ya?ml|env|txt)|terraform\.tfstate|cookies\.sqlite|kubeconfig)\b|\/proc\/self\/environ|\/\.cursor\b/g;
const URL = /\bhttps?:\/\/[^\s"'`<>)\]}]{3,200}|\bftp:\/\/[^\s"'`<>]{3,200}/g;
const MAIL = /[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}/g;
const BLOB = /[a-z0-9+/]{24,2000}={0,2}|(?:\\x[0-9a-f]{2}){8,500}|(?:%[0-9a-f]{2}){8,500}/g;

const EXPRESSIONS: readonly Expression[] = [
  { pattern: PATH, senses: SENSE.path },
  { pattern: /\b(?:api|private|ssh|access|secret|encryption|signing|auth|session|license|gpg|pgp|aws|recovery|seed|master) ?[-_]?(?:keys?|tokens?|phrases?|creds)\b/g, senses: SENSE.secret },
  { pattern: /\b(?:environment variables?|env vars?|environment secrets?|process\.env|connection strings?|mot(?:s)? de passe|variables? d'environnement|variables? de entorno|umgebungsvariablen)/g, senses: SENSE.secret },
  { pattern: /\b(?:system|hidden|initial|developer) ?(?:prompt|message|instructions)\b|\b(?:chat|message|conversation|prompt) (?:history|log|logs|context)\b|\b(?:previous|prior|earlier|all|user'?s?) (?:user )?(?:messages?|prompts?|queries)\b|\b(?:full|entire|whole|complete|current) (?:chat|context|session|prompt|history)\b|\bchain[- ]of[- ]thought\b|\bcontext window\b|\bmessages? (?:of|from|by|sent by) (?:the )?users?\b|\b(?:what|whatever|everything|anything|all that|all) (?:the |this )?users? (?:write|say|type|send|ask|enter|share)s?\b|\bcop(?:y|ies) of (?:each|every|all|any|the|what)\b|\b(?:historique|historial|cronologia|historico) (?:de |della? |do )?(?:la )?(?:conversation|conversacion|chat|conversazione|conversa)\b/g, senses: SENSE.talk },
  { pattern: /\b(?:external|remote|third[- ]party|our|this|following|attacker'?s?|collection|logging|analytics|telemetry|monitoring|backup|audit) (?:server|endpoint|url|address|host|domain|service|site)\b/g, senses: SENSE.address },
  { pattern: /\b(?:pay no attention|set aside|throw (?:away|out)|do away with|take precedence|takes precedence|no longer (?:apply|applies|valid|bound|follow)|stop (?:following|obeying)|replaces? (?:all|any|your)|are (?:void|cancelled|null|obsolete))\b/g, senses: SENSE.drop },
  { pattern: /\b(?:prior to|as (?:a|the) first step|at the (?:start|beginning)|up front|before you)\b/g, senses: SENSE.before },
  { pattern: /\b(?:instead of|rather than|in place of|in lieu of|statt|anstelle|au lieu d|en lugar de|invece di|em vez de)\b/g, senses: SENSE.instead },
  { pattern: /\b(?:behind the scenes|under the radar|keep (?:[a-z]{1,12} ){1,4}(?:secret|hidden|quiet|private|confidential|between)|say nothing|deny (?:that|having|any)|(?:do not|don't|never|without|no need to|need not|not necessary to) (?:first )?(?:ask|asking|confirm|confirming|consult|consulting|wait|waiting|bother|bothering|checking|check with)|(?:kept|stays?|remain) (?:secret|hidden|invisible|confidential)|without (?:a trace|their knowledge|anyone)|in secret|em segredo|en secreto|in segreto|en secret|im hintergrund)\b/g, senses: SENSE.covert },
  { pattern: /\b(?:every time|each time|as soon as|in the event)\b/g, senses: SENSE.when },
];

export interface Sighting {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly senses: number;
}

/** A run of letters is no encoding: it has digits, or both cases and no look of a path or a name. */
const isEncoded = (run: string): boolean => {
  if (/^[\\%]/.test(run)) return true;
  if (/^[0-9a-f]+$/i.test(run)) return run.length >= 32 && /[a-f]/i.test(run) && /[0-9]/.test(run);
  if (run.split('/').length > 3) return false;
  return /[A-Z]/.test(run) && /[a-z]/.test(run) && (/[0-9=]/.test(run) || (run.match(/[A-Z]/g)?.length ?? 0) > 4);
};

/** Quick answers to whether a pattern can match at all. */
const MAY_ADDRESS = /:\/\/|@/;

function collect(pattern: RegExp, text: string, senses: number, into: Sighting[]): void {
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text))
    into.push({ start: found.index, end: pattern.lastIndex, senses });
}

/** Every expression in `sentence`, which is lower case; `original` is the same text in its own case, for encoded runs. */
export function sightings(sentence: string, original: string): Sighting[] {
  const seen: Sighting[] = [];
  for (const { pattern, senses } of EXPRESSIONS) collect(pattern, sentence, senses, seen);
  if (MAY_ADDRESS.test(sentence)) {
    collect(URL, sentence, SENSE.address, seen);
    collect(MAIL, sentence, SENSE.address, seen);
  }
  const blobs: Sighting[] = [];
  collect(BLOB, sentence, SENSE.blob, blobs);
  for (const blob of blobs) if (isEncoded(original.slice(blob.start, blob.end))) seen.push(blob);
  return seen;
}
