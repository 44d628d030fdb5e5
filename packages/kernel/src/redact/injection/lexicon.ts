/** Words and their senses: English with its forms, and the main words of six more languages. Accents are folded away, as in a view. */
import { foldText } from '../hidden/view.ts';
import { EXPRESSIONS } from './expressions.ts';
import { LANGUAGE_TABLE } from './languages.ts';
import { ORDERS } from './orders.ts';
import { PHRASES } from './phrases.ts';
import { SENSE } from './sense.ts';

const VOWEL_END = /[^aeiou][aeiou][bdgmnprt]$/;

/** Forms of a regular English verb. */
function formsOf(verb: string): string[] {
  if (verb.endsWith('e')) return [verb, `${verb}s`, `${verb}d`, `${verb.slice(0, -1)}ing`];
  if (/[^aeiou]y$/.test(verb)) return [verb, `${verb.slice(0, -1)}ies`, `${verb.slice(0, -1)}ied`, `${verb}ing`];
  const doubled = VOWEL_END.test(verb) ? verb + (verb.at(-1) ?? '') : verb;
  const third = /(?:s|x|sh|ch)$/.test(verb) ? `${verb}es` : `${verb}s`;
  return [verb, third, `${verb}ed`, `${verb}ing`, `${doubled}ed`, `${doubled}ing`];
}

const words = (list: string): string[] => foldText(list).split(' ');
const verbs = (list: string): string[] => words(list).flatMap(formsOf);

const TABLE: readonly (readonly [number, readonly string[]])[] = [
  [
    SENSE.drop,
    verbs(
      'ignore disregard override bypass neglect discard overlook dismiss supersede overrule nullify circumvent disobey skip drop void countermand',
    ),
  ],
  [SENSE.drop, words('forget forgets forgetting forgot overridden overriding overrode')],
  [SENSE.drop, words('ignoriere ignorieren ignoriert vergiss vergessen missachte missachten umgehe ubergehe')],
  [SENSE.drop, words('ignorez oubliez oublie negligez ignorer oublier contourner contournez')],
  [SENSE.drop, words('ignora ignorar ignoren ignorad olvida olvide olviden olvidar descarta omite desobedece desestima')],
  [SENSE.drop, words('ignorate ignori ignorare dimentica dimenticare dimenticate trascura scarta')],
  [SENSE.drop, words('ignorem esqueca esquecer desconsidere desconsiderar descarte')],
  [
    SENSE.drop,
    words('игнорируй игнорируйте игнорировать проигнорируй проигнорируйте забудь забудьте забыть отбрось пренебрегай'),
  ],
  [
    SENSE.prior,
    words(
      'previous previously prior above earlier preceding former foregoing past existing initial original old older system developer before told given received safety',
    ),
  ],
  [
    SENSE.prior,
    words('vorherige vorherigen vorheriger bisherige bisherigen obige obigen fruheren vorangegangenen vorigen alten'),
  ],
  [SENSE.prior, words('precedentes precedente precedents precedent anterieures anterieurs ci-dessus dessus anciennes')],
  [
    SENSE.prior,
    words('anteriores anterior previas previos previo precedentes precedenti precedente anteriori sopra passadas acima dadas'),
  ],
  [SENSE.prior, words('предыдущие предыдущих предыдущую все прежние прежних вышеуказанные ранее прошлые')],
  [
    SENSE.orders,
    words(
      'instruction instructions prompt prompts directive directives guideline guidelines guidance programming directions training',
    ),
  ],
  [SENSE.orders, words('anweisung anweisungen instruktionen vorgaben befehle anleitung anleitungen')],
  [
    SENSE.orders,
    words(
      'consignes directives instrucciones instruccion indicaciones istruzioni istruzione indicazioni instrucoes instrucao orientacoes diretrizes ordenes ordens',
    ),
  ],
  [SENSE.orders, words('инструкции инструкций инструкцию указания указаний команды правила')],
  [
    SENSE.rules,
    words(
      'rule rules policy policies restriction restrictions constraint constraints guardrail guardrails safeguard safeguards command commands orders protocol protocols limits limitations regeln regles reglas regole regras context messages',
    ),
  ],
  [
    SENSE.not,
    words(
      "not never don't dont cannot can't cant doesn't won't shouldn't mustn't without avoid avoiding refrain no nor neither needn't nothing",
    ),
  ],
  [
    SENSE.not,
    words('nicht niemals nie ohne kein keine ne pas jamais sans nunca jamas sin non mai senza nao jamais sem не никогда без'),
  ],
  [
    SENSE.tell,
    verbs(
      'mention inform reveal notify disclose report explain alert display acknowledge warn announce discuss surface indicate divulge describe output print repeat admit',
    ),
  ],
  [
    SENSE.tell,
    words('tell telling tells told show shows showing shown say saying says let letting speak expose exposing exposes reference'),
  ],
  [
    SENSE.tell,
    words('sage sagen erwahne erwahnen erwahnt informiere informieren informiert zeige zeigen verrate mitteilen fragen'),
  ],
  [SENSE.tell, words('dites dis dire mentionnez mentionner informez informer revelez reveler montrez prevenir prevenez')],
  [SENSE.tell, words('digas diga decir menciones mencione mencionar informes informe informar reveles muestres avisar avises')],
  [
    SENSE.tell,
    words('dire menzionare informare rivelare mostrare avvisare dici diga mencione informar revele mostre avise contar conte'),
  ],
  [SENSE.tell, words('говори говорите сообщай сообщайте упоминай упоминайте показывай рассказывай сообщать')],
  [
    SENSE.user,
    words('user users human humans operator customer customers person anyone people them him enduser somebody developer'),
  ],
  [
    SENSE.user,
    words(
      'benutzer benutzers nutzer nutzers anwender utilisateur utilisateurs usuario usuarios utente utenti utilizador пользователю пользователя пользователь пользователем',
    ),
  ],
  [
    SENSE.covert,
    words(
      'silently secretly quietly covertly discreetly stealthily invisibly surreptitiously unnoticed undetected clandestinely covert unobtrusively inconspicuously hide hides hiding conceal conceals concealing concealed',
    ),
  ],
  [
    SENSE.covert,
    words(
      'heimlich unbemerkt verheimliche stillschweigend secretement discretement silencieusement secretamente silenciosamente discretamente segretamente silenziosamente тайно незаметно скрытно скрой',
    ),
  ],
  [
    SENSE.send,
    verbs(
      'forward post transmit upload email mail exfiltrate leak relay hand submit deliver dispatch bcc cc beacon share ship curl publish export sync',
    ),
  ],
  [SENSE.send, words('send sends sending sent')],
  [
    SENSE.send,
    words(
      'sende senden schicke schicken ubermittle ubermitteln lade hochladen envoyez envoyer envoie transmettez transmettre envia enviar envie envien envialo manda mandar reenvia invia inviare invialo inoltra mande отправь отправьте отправить перешли передай отправляй',
    ),
  ],
  [
    SENSE.put,
    verbs(
      'include attach append embed insert add pass place supply provide paste fill populate copy dump encode prepend store save log record concatenate stuff inject repeat change modify replace redirect swap alter smuggle return use summarize summarise serialize',
    ),
  ],
  [SENSE.put, words('put puts putting set sets setting write writes writing written inserted')],
  [
    SENSE.put,
    words(
      'fuge fugen schreibe kopiere incluez inclure ajoutez copiez incluye incluir adjunta copia pega includi includere allega aggiungi inclua anexe копируй добавь вставь включи',
    ),
  ],
  [
    SENSE.secret,
    words(
      'secret secrets credential credentials password passwords passphrase passphrases passwd token tokens cookie cookies apikey apikeys keychain wallet mnemonic pii ssn',
    ),
  ],
  [
    SENSE.secret,
    words(
      'passworter passwort zugangsdaten schlussel contrasena contrasenas claves credenciales identifiants motdepasse senha senhas credenciais credenziali пароль пароли паролей ключи ключ токен',
    ),
  ],
  [
    SENSE.talk,
    words(
      'conversation conversations transcript transcripts dialogue dialog reasoning gesprach gesprachsverlauf unterhaltung conversacion conversazione conversa переписку разговор',
    ),
  ],
  [
    SENSE.address,
    words(
      'webhook webhooks subdomain subdomains vendor vendors competitor outsider attacker attackers exfil ngrok pastebin requestbin collaborator',
    ),
  ],
  [
    SENSE.read,
    verbs(
      'look open cat fetch retrieve load access scan extract collect gather harvest grab obtain view dump search locate inspect enumerate list',
    ),
  ],
  [
    SENSE.read,
    words(
      'read reads reading get gets getting got find finds finding steal steals stealing lies lese lesen lis lire lisez lee leer lea leggi leggere leia ler прочитай прочитайте прочти читай',
    ),
  ],
  [
    SENSE.before,
    words(
      'before first prior ahead until beginning start initially precede precedes preceding prerequisite bevor zuerst avant abord antes primero prima primeiro сначала прежде',
    ),
  ],
  [
    SENSE.every,
    words(
      'any all every each other others another everything anything whole entire alle jede andere andere tous toutes autre autres todas todos otra otras cualquier ogni altri qualsiasi outras outra каждым любым других все',
    ),
  ],
  [
    SENSE.tool,
    words(
      'tool tools function functions plugin plugins server servers connector connectors werkzeug werkzeuge outil outils herramienta herramientas strumento strumenti ferramenta ferramentas инструмент инструмента инструментов',
    ),
  ],
  [SENSE.call, verbs('call invoke use execute trigger launch perform route select choose prefer consult query')],
  [
    SENSE.call,
    words(
      'run runs running ran usage utiliser utilisez appeler appelez usar usa llama usare verwende verwenden aufrufen вызови вызовите вызывай используй',
    ),
  ],
  [
    SENSE.must,
    words(
      'always must required mandatory critical important ensure essential require requires imperative need needs needed have shall should never please crucial obligatory compulsory urgent strictly immer muss mussen wichtig toujours devez doit siempre debes debe importante sempre devi deve всегда должен должны обязательно важно',
    ),
  ],
  [
    SENSE.instead,
    words(
      'instead replaces replace replacing supersedes superseding deprecated obsolete rather broken unsafe disabled outdated compromised insecure unreliable vulnerable',
    ),
  ],
  [
    SENSE.model,
    words(
      'you your yourself yours assistant ai llm model agent agents claude gpt chatgpt copilot gemini cursor assistants models bot chatbot du sie vous tu usted voce ты вы',
    ),
  ],
  [SENSE.decode, verbs('decode decrypt deobfuscate unscramble unpack')],
  [SENSE.decode, words('base64 rot13 hex hexadecimal eval dekodiere decodez decodifica декодируй')],
  [SENSE.obey, verbs('follow obey execute comply perform act adhere treat')],
  [
    SENSE.obey,
    words(
      'run running do does doing carry befolge ausfuhren suivez executez sigue ejecuta segui esegui siga execute выполни выполните следуй',
    ),
  ],
  [SENSE.when, words('whenever when while after upon if once anytime wenn sobald quand lorsque cuando quando когда')],
  [
    SENSE.field,
    words(
      'parameter parameters param params field fields argument arguments arg args note notes sidenote property attribute metadata subject footer input payload query feedback',
    ),
  ],
  [
    SENSE.content,
    words(
      'content contents file files data document documents inhalt datei fichier contenu archivo contenido file contenuto arquivo conteudo файл содержимое database records inbox messages logs history input inputs results',
    ),
  ],
  [
    SENSE.know,
    words(
      'know knows knowing known knowledge notice noticing notices aware awareness see seeing seen visible consent realize realise suspect wissen merken savoir saber sapere знать узнал узнать',
    ),
  ],
  [
    SENSE.turn,
    words(
      'response responses message messages turn turns request requests reply replies answer answers session sessions task tasks prompt prompts question questions query queries step interaction interactions conversation operation operations action actions',
    ),
  ],
];

/** What a word can begin or mean. */
export interface Entry {
  readonly word: string;
  senses: number;
  /** Places in `EXPRESSIONS`. */
  readonly expressions: number[];
  /** One bit for each of `PHRASES` that needs this word or another. */
  phrases: number;
  /** The same of `ORDERS`. */
  orders: number;
}

/** FNV-1a, so that a word is looked up without being cut out of its text. */
const HASH_START = 0x811c9dc5;
const hashStep = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193);

function hashOf(word: string): number {
  let hash = HASH_START;
  for (let at = 0; at < word.length; at += 1) hash = hashStep(hash, word.charCodeAt(at));
  return hash;
}

function build(): ReadonlyMap<number, Entry[]> {
  const lexicon = new Map<number, Entry[]>();
  const entryOf = (word: string): Entry => {
    const hash = hashOf(word);
    const bucket = lexicon.get(hash) ?? [];
    lexicon.set(hash, bucket);
    const known = bucket.find((entry) => entry.word === word);
    if (known !== undefined) return known;
    const entry: Entry = { word, senses: 0, expressions: [], phrases: 0, orders: 0 };
    bucket.push(entry);
    return entry;
  };
  for (const [sense, list] of [...TABLE, ...LANGUAGE_TABLE]) for (const word of list) entryOf(word).senses |= sense;
  EXPRESSIONS.forEach(({ first }, index) => {
    for (const word of words(first)) entryOf(word).expressions.push(index);
  });
  PHRASES.forEach((phrase, index) => {
    if (phrase.words !== '') for (const word of words(phrase.words)) entryOf(word).phrases |= 1 << index;
  });
  ORDERS.forEach((phrase, index) => {
    if (phrase.words !== '') for (const word of words(phrase.words)) entryOf(word).orders |= 1 << index;
  });
  return lexicon;
}

const LEXICON = build();

const APOSTROPHE = 39;
const TYPESET = 0x2019;

/** No entry is longer. */
const WORD_UNITS_MAX = 40;

/** Entry of the word from `start` to `end` of a lower-case text; `user's` counts as `user` where it has no entry of its own. */
export function entryAt(text: string, start: number, end: number): Entry | undefined {
  return end - start > WORD_UNITS_MAX ? undefined : lookUp(text, start, end);
}

function lookUp(text: string, start: number, end: number): Entry | undefined {
  let hash = HASH_START;
  let mark = -1;
  for (let at = start; at < end; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === APOSTROPHE || unit === TYPESET) mark = at;
    hash = hashStep(hash, unit === TYPESET ? APOSTROPHE : unit);
  }
  const bucket = LEXICON.get(hash);
  if (bucket !== undefined) {
    const word = text.slice(start, end).replace('\u2019', "'");
    const entry = bucket.find((candidate) => candidate.word === word);
    if (entry !== undefined) return entry;
  }
  if (mark <= start) return undefined;
  return lookUp(text, start, mark) ?? (mark + 1 < end ? lookUp(text, mark + 1, end) : undefined);
}
