/**
 * What a word list cannot hold: expressions of several words, paths, addresses and encoded runs, each with the senses it adds. An expression
 * is tried only where one of its first words stands, so that a text costs what its words cost.
 */
import { SENSE } from './sense.ts';

export interface Expression {
  /** First words; the pattern is tried where one of them begins. */
  readonly first: string;
  /** Sticky. */
  readonly pattern: RegExp;
  readonly senses: number;
}

export const EXPRESSIONS: readonly Expression[] = [
  { first: 'bring brings bringing', pattern: /bring(?:s|ing)? (?:it |this |them |that |these )?up\b/y, senses: SENSE.tell },
  // Paths at which credentials and private files lie, on the systems that agents run on.
  {
    first: 'home documents desktop downloads',
    pattern: /home (?:directory|folder)\b|(?<=~\/)(?:documents|desktop|downloads)\b/y,
    senses: SENSE.path,
  },
  {
    first: 'everything anything all',
    pattern: /(?:everything|anything|all) you (?:see|know|have|read|saw|can|were|remember)\b/y,
    senses: SENSE.talk,
  },
  {
    first: 'ssh aws git netrc npmrc pypirc pgpass gnupg kube docker bash zsh azure gcloud cursor',
    pattern:
      /(?<=(?:^|[\s"'`(=~/\\:,])\.)(?:ssh(?![^\s]{0,40}\.pub\b)|aws|netrc|npmrc|pypirc|git-credentials|pgpass|gnupg|kube|docker\/config|bash_history|zsh_history|azure|gcloud|cursor)\b/y,
    senses: SENSE.path,
  },
  { first: 'env', pattern: /(?<=(?:^|[^a-z0-9_\])$}])\.)env\b/y, senses: SENSE.path },
  { first: 'etc proc', pattern: /(?<=\/)(?:etc\/(?:passwd|shadow|sudoers)|proc\/self\/environ)\b/y, senses: SENSE.path },
  {
    first: 'id authorized known wallet login credentials service secret secrets terraform cookies kubeconfig',
    pattern:
      /(?:id_(?:rsa|dsa|ecdsa|ed25519)(?!\.pub)|authorized_keys|known_hosts|wallet\.dat|login\.keychain|credentials\.json|service[-_]account\.json|secrets?\.(?:json|ya?ml|env|txt)|terraform\.tfstate|cookies\.sqlite|kubeconfig)\b/y,
    senses: SENSE.path,
  },
  {
    first: 'api private ssh access secret encryption signing auth session license gpg pgp aws recovery seed master',
    pattern:
      /(?:api|private|ssh|access|secret|encryption|signing|auth|session|license|gpg|pgp|aws|recovery|seed|master)(?: ?|-|_)(?:keys?|tokens?|phrases?|creds)\b/y,
    senses: SENSE.secret,
  },
  {
    first: 'environment env process connection mot mots variables variable umgebungsvariablen',
    pattern:
      /(?:environment (?:variables?|secrets?)|env vars?|process\.env|connection strings?|mots? de passe|variables? d'environnement|variables? de entorno|umgebungsvariablen)\b/y,
    senses: SENSE.secret,
  },
  {
    first: 'system hidden initial developer',
    pattern: /(?:system|hidden|initial|developer) (?:prompt|message|instructions)\b/y,
    senses: SENSE.talk,
  },
  {
    first: 'chat message conversation prompt',
    pattern: /(?:chat|message|conversation|prompt)[ _](?:history|log|logs|context)\b/y,
    senses: SENSE.talk,
  },
  {
    first: "previous prior earlier all last latest user users user's chat",
    pattern:
      /(?:previous|prior|earlier|all|last|latest|user'?s?|chat) (?:(?:user|last|latest|entire|full|two|three|five|ten|few|several) ){0,2}(?:messages?|prompts?|queries|text|thread)\b/y,
    senses: SENSE.talk,
  },
  {
    first: 'full entire whole complete current',
    pattern:
      /(?:full|entire|whole|complete|current) (?:(?:chat|context|session|prompt|history|conversation)|(?:[a-z]{2,12} )?(?:table|database|dataset|list of (?:users|customers|contacts)|address book|inbox|mailbox))\b/y,
    senses: SENSE.talk,
  },
  {
    first: 'chain context message messages copy copies',
    pattern:
      /(?:chain[- ]of[- ]thought|context window|messages? (?:of|from|by|sent by) (?:the )?users?|cop(?:y|ies) of (?:each|every|all|any|the|what))\b/y,
    senses: SENSE.talk,
  },
  {
    first: 'what whatever everything anything all',
    pattern:
      /(?:what|whatever|everything|anything|all that|all) (?:the |this )?users? (?:(?:write|say|type|send|ask|enter|share|request)s?|said|wrote|typed|sent|asked|entered|shared)\b/y,
    senses: SENSE.talk,
  },
  {
    first: 'historique historial cronologia historico',
    pattern:
      /(?:historique|historial|cronologia|historico) (?:de |della? |do )?(?:la )?(?:conversation|conversacion|chat|conversazione|conversa)\b/y,
    senses: SENSE.talk,
  },
  {
    first:
      "external remote third our this following attacker attacker's collection logging analytics telemetry monitoring backup audit",
    pattern:
      /(?:external|remote|third[- ]party|our|this|following|attacker'?s?|collection|logging|analytics|telemetry|monitoring|backup|audit|public) (?:server|endpoint|url|address|host|domain|service|site|repo|repository|bucket|channel)\b/y,
    senses: SENSE.address,
  },
  {
    first: 'pay set throw do take takes no stop replace replaces are',
    pattern:
      /(?:pay no attention|set aside|throw (?:away|out)|do away with|takes? precedence|no longer (?:apply|applies|valid|bound|follow)|stop (?:following|obeying)|replaces? (?:all|any|your)|are (?:void|cancelled|null|obsolete))\b/y,
    senses: SENSE.drop,
  },
  {
    first: 'prior as at up before',
    pattern: /(?:prior to|as (?:a|the) first step|at the (?:start|beginning)|up front|before you)\b/y,
    senses: SENSE.before,
  },
  {
    first: 'instead rather in statt anstelle au en invece em',
    pattern: /(?:instead of|rather than|in place of|in lieu of|statt|anstelle|au lieu d|en lugar de|invece di|em vez de)\b/y,
    senses: SENSE.instead,
  },
  {
    first: 'behind under keep kept stays stay remain in em en im',
    pattern:
      /(?:behind the scenes|under the radar|keep (?:[a-z]{1,12} ){1,4}(?:secret|hidden|quiet|private|confidential|between)|(?:kept|stays?|remain) (?:secret|hidden|invisible|confidential)|in secret|em segredo|en secreto|in segreto|en secret|im hintergrund)\b/y,
    senses: SENSE.covert,
  },
  {
    first: "say deny without do don't never no need not",
    pattern:
      /(?:say nothing|deny (?:that|having|any)|without (?:a trace|their knowledge|anyone)|(?:do not|don't|never|without|no need to|need not|not necessary to) (?:first )?(?:ask|asking|confirm|confirming|consult|consulting|wait|waiting|bother|bothering|checking|check with))\b/y,
    senses: SENSE.covert,
  },
  // Turkish and Vietnamese set aside in two words.
  { first: 'yok', pattern: /yok (?:say|sayin|sayiniz|sayın)(?![a-z])/y, senses: SENSE.drop },
  { first: 'bo', pattern: /bo qua(?![a-z])/y, senses: SENSE.drop },
  { first: 'huong chi', pattern: /(?:huong dan|chi dan|chi thi)(?![a-z])/y, senses: SENSE.orders },
  { first: 'truoc', pattern: /truoc(?: do| day)?(?![a-z])/y, senses: SENSE.prior },
  { first: 'every each as in', pattern: /(?:every time|each time|as soon as|in the event)\b/y, senses: SENSE.when },
];

export interface Sighting {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly senses: number;
}

const URL = /\b(?:https?|ftp):\/\/[^\s"'`<>)\]}]{3,200}/g;
const MAIL = /[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}/g;
const BLOB = /[a-z0-9+/]{24,2000}={0,2}/y;
const ESCAPED = /(?:\\x[0-9a-f]{2}){8,500}|(?:%[0-9a-f]{2}){8,500}/g;

/** A run of letters is no encoding: it has digits, or both cases and no look of a path or a name. */
function isEncoded(run: string): boolean {
  if (/^[0-9a-f]+$/i.test(run)) return run.length >= 32 && /[a-f]/i.test(run) && /[0-9]/.test(run);
  if (run.split('/').length > 3) return false;
  return /[A-Z]/.test(run) && /[a-z]/.test(run) && (/[0-9=]/.test(run) || (run.match(/[A-Z]/g)?.length ?? 0) > 4);
}

function collect(pattern: RegExp, text: string, senses: number, into: Sighting[]): void {
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text))
    into.push({ start: found.index, end: pattern.lastIndex, senses });
}

/** Addresses and escaped runs in `sentence`, which is lower case. */
export function addresses(sentence: string): Sighting[] {
  const seen: Sighting[] = [];
  if (sentence.includes('://')) collect(URL, sentence, SENSE.address, seen);
  if (sentence.includes('@')) collect(MAIL, sentence, SENSE.address, seen);
  if (sentence.includes('\\x') || sentence.includes('%')) collect(ESCAPED, sentence, SENSE.blob, seen);
  return seen;
}

/** The encoded run at `start` of `sentence`; `original` is the same text in its own case. */
export function blobAt(sentence: string, original: string, start: number): Sighting | undefined {
  BLOB.lastIndex = start;
  if (!BLOB.test(sentence) || !isEncoded(original.slice(start, BLOB.lastIndex))) return undefined;
  return { start, end: BLOB.lastIndex, senses: SENSE.blob };
}
