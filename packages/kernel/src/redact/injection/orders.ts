/** Orders that mean nothing else: whole phrases, each an attack wherever it stands, and their lighter kin. */
import type { Phrase } from './phrase.ts';

/** Files in which credentials lie; the public half of a key is none. */
const SECRET_FILE =
  '(?:[^\\s]{0,40}[/\\\\])?(?:\\.ssh/(?![^\\s]{0,40}\\.pub)[^\\s]{1,40}|\\.aws/[^\\s]{1,40}|\\.env(?:\\.[a-z]{1,12})?\\b|\\.netrc|\\.npmrc|\\.pypirc|\\.pgpass|\\.git-credentials|\\.kube/config|\\.cursor/[^\\s]{1,40}|etc/(?:passwd|shadow)|id_(?:rsa|dsa|ecdsa|ed25519)(?!\\.pub)|credentials\\.json|terraform\\.tfstate)';
/** Where an order sends things to: a URL, a mail address, an address of a machine, a bare host. */
const OUTSIDE =
  "(?:the |this |that |my |our )?(?:url |address |server |endpoint |webhook |attacker'?s? )?(?:at )?(?:https?://|ftp://|[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}\\.[a-z]|\\d{1,3}(?:\\.\\d{1,3}){3}|(?:[a-z0-9-]{1,40}\\.){1,3}(?:com|io|net|org|xyz|ru|cn|site|dev|app|sh|me|co|info|top)\\b)";
const SEND =
  '(?:send|upload|post|forward|exfiltrate|transmit|e-?mail|mail|leak|submit|append|copy|pass|transfer|deliver|push|curl)';
/** What nobody sends to a stranger: contents of such a file, the environment, the conversation, all keys that can be found. */
const TREASURE = `(?:(?:the |all |any |every )?(?:full |entire |complete |whole |raw )?(?:contents?|text|data|copy) (?:of|from|in) (?:the |your |my )?(?:file )?["'\`]?${SECRET_FILE}|["'\`]?${SECRET_FILE}|(?:the |all |your |all the |all of the |any )?(?:full |entire |current )?(?:environment variables|env vars|(?:conversation|chat|message)(?: history| log| transcript)|system prompt|customer (?:data|list|records))|(?:the )?users?'?s? (?:last |latest |previous |entire |full )?(?:messages?|questions?|prompts?|inputs?|quer(?:y|ies)|conversations?|passwords?)|(?:all|any|every|the users?'?s?|their|all of the|all the|all your) (?:stored |saved |available |known )?(?:api[ -]keys?|secrets?|credentials?|passwords?|access tokens?|tokens|private keys?|ssh keys?|cookies))`;
const HAND =
  '(?:send|pass|include|put|paste|append|post|upload|forward|attach|add|reveal|print|output|return|supply|provide|submit|e-?mail)';

const pattern = (source: string): RegExp => new RegExp(source, 'g');

export const ORDERS: readonly Phrase[] = [
  {
    family: 'override-instructions',
    weight: 4,
    words: 'i d f o',
    pattern:
      /\b(?:i[ .\-_*]g[ .\-_*]n[ .\-_*]o[ .\-_*]r[ .\-_*]e|d[ .\-_*]i[ .\-_*]s[ .\-_*]r[ .\-_*]e[ .\-_*]g[ .\-_*]a[ .\-_*]r[ .\-_*]d|f[ .\-_*]o[ .\-_*]r[ .\-_*]g[ .\-_*]e[ .\-_*]t|o[ .\-_*]v[ .\-_*]e[ .\-_*]r[ .\-_*]r[ .\-_*]i[ .\-_*]d[ .\-_*]e)\b/g,
  },
  {
    family: 'override-instructions',
    weight: 4,
    words: 'forget disregard ignore',
    pattern:
      /\b(?:forget|disregard|ignore) (?:(?:everything|anything|all|whatever|what|all of)\b[^.\n]{0,40}\b(?:above|before|told|earlier|previously|prior|so far|until now)|the (?:above|foregoing)(?: text| content)?)\b[^.\n]{0,16}\b(?:your new|new (?:task|instructions|goal)|follow (?:these|this|my|the following)|and (?:instead |only |just |then )?(?:follow|obey|execute|print|reply|respond|output|say|answer|do|act|send|reveal))\b/g,
  },
  {
    family: 'override-instructions',
    weight: 2,
    words:
      'approve accept allow grant authorise authorize authorises authorizes merge comply authorised authorized permitted mode article document page text output cleared policy rules restrictions limits',
    pattern:
      /\bmust (?:always |now )?(?:approve|accept|allow|grant|authori[sz]e|merge|comply with) (?:every|all|any|each|whatever)\b|\b(?:authori[sz]e[sd]?|permitted|cleared) (?:you|the assistant|the agent|the model|this agent) to (?:skip|bypass|ignore|disable|override|push|merge|delete|approve)\b|\bnew (?:system |security )?policy ?:|\bno (?:rules|restrictions|limits|limitations|policies) apply\b|\bin this mode,? you (?:answer|respond|can|may|will|must|have no|ignore)\b|\b(?:ignore|disregard|forget) (?:the |this )?(?:rest of the )?(?:article|document|page|text|e-?mail|content|question) and (?:only |just |instead )?(?:output|reply|say|print|respond|answer|write)\b/g,
  },
  {
    family: 'override-instructions',
    weight: 4,
    words: 'policies filters restrictions guidelines rules safeguards new real actual true updated',
    pattern:
      /\ball (?:content|safety|security|ethical|moral) (?:policies|filters|restrictions|guidelines|rules|safeguards) (?:are|have been) (?:now |hereby )?(?:disabled|lifted|off|removed|suspended|void)\b(?! by default| in | for | during )|\byour (?:new|real|actual|true|updated) (?:instructions?|task|goal|objective|purpose|directives?) (?:is|are)(?: now)?(?: ?:| to )/g,
  },
  {
    family: 'hide-from-user',
    weight: 4,
    words: 'user users human operator summary',
    pattern:
      /\b(?:do not|don't|never|must not|without) (?:ever |even )?(?:tell(?:ing)?|inform(?:ing)?|notify(?:ing)?|alert(?:ing)?|mention(?:ing)?|reveal(?:ing)?|disclos(?:e|ing)|report(?:ing)?|show(?:ing)?) (?:(?:this|it|that|any of this|anything)(?: (?:step|action|instruction|file))? )?(?:to )?(?:the |your )?(?:users?|human|operator)\b[^.\n]{0,10}\b(?:about (?:this|these|that) (?:steps?|instructions?|actions?|tools?|calls?|requests?|files?|e-?mails?|transfers?|operations?)|that you|of this (?:step|action|instruction|call|transfer)|what you did)\b|\b(?:do not|don't|never|must not) (?:mention|reveal|disclose|report|include) (?:this|that|these|any of these) (?:steps?|instructions?|actions?|tool calls?|calls?|transfers?|operations?)\b[^.\n]{0,30}\b(?:users?|human|operator|summary|reply|answer|response)\b/g,
  },
  {
    family: 'hide-from-user',
    weight: 2,
    words: 'mention tell disclose reveal',
    pattern:
      /\b(?:do not|don't|never) (?:ever )?(?:mention|tell|disclose|reveal) (?:it|them|(?:this|that)(?: (?:comment|note|message|text|instruction))?)\b(?! ?[-a-z])/g,
  },
  {
    family: 'send-out',
    weight: 4,
    words: 'send upload post forward exfiltrate transmit email mail leak submit append copy pass transfer deliver push curl',
    pattern: pattern(`\\b${SEND} (?:me |us |out )?${TREASURE}[^\\n]{0,60}?[ :](?:to|at|into|via|in|on) ${OUTSIDE}`),
  },
  {
    family: 'send-out',
    weight: 2,
    words: 'bcc cc',
    pattern: /\bb?cc\b[^.\n]{0,12}\b[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}\.[a-z]/g,
  },
  {
    family: 'send-out',
    weight: 2,
    words: 'conversation transcript history prompt',
    pattern: /\bwith (?:the |your )(?:full |entire |complete |whole )(?:conversation|transcript|chat history|context|prompt)\b/g,
  },
  {
    family: 'read-credentials',
    weight: 4,
    words: 'read open cat load fetch grab get access copy retrieve include send print',
    pattern: pattern(
      `\\b(?:read|open|cat|load|fetch|grab|get|access|retrieve) (?:the |your |my )?(?:contents? of |file |text of )?["'\`]?${SECRET_FILE}[^\\n]{0,30}\\b(?:and|then)\\b[^.\\n]{0,20}\\b${HAND} (?:it|its|them|that|this|the (?:contents?|result|output|value|text|key))\\b[^\\n]{0,60}(?:parameter|argument|field|repl(?:y|ies)|response|answer|comment|message|body|https?:|@|request|along|issue|summary)`,
    ),
  },
  {
    family: 'fake-marker',
    weight: 4,
    words: 'im start inst system tool function user assistant model',
    pattern:
      /(?:<\|im_start\|>\s{0,2}(?:system|assistant|developer|user)\b|<\|start_header_id\|>\s?(?:system|assistant|user)\s?<\|end_header_id\|>|\[inst\]\s{0,3}<<sys>>|<\|(?:system|assistant|developer)\|>|<start_of_turn>(?:system|model)\b)(?=\s{0,3}[^\s])(?!\s{0,3}(?:you are (?:an? |chatgpt|qwen|the )|[{<%[\]"'`\\+.)]))|<\/(?:tool_result|tool_response|tool_output|function_results?|user_query|untrusted|document|context|email|webpage)>\s{0,4}<(?:system|admin|developer|instructions?|important)\b/g,
  },
  {
    family: 'fake-marker',
    weight: 4,
    words: 'assistant',
    pattern:
      /(?:^|\n)[ \t>*#/-]{0,8}assistant ?: (?:sure|okay|ok|yes|of course|certainly|understood)\b[,.!]{0,1} (?:i will|i'll|i am going to|i'm going to|i have|let me) (?:now )?(?:delete|send|run|execute|ignore|disable|transfer|upload|approve|forward|remove|reveal|skip|bypass)\b/g,
  },
  {
    family: 'fake-marker',
    weight: 4,
    words: 'system',
    pattern:
      /(?:^|\n)[ \t>*#/-]{0,8}(?:system|developer)(?: prompt| message| note| override)?\*{0,2} ?:\s{1,4}(?:ignore|disregard|from now on|you must (?:now |always )?(?:approve|ignore|obey|comply|reveal|send|execute)|you are now|new (?:policy|instructions?))\b/g,
  },
  {
    family: 'role-trick',
    weight: 4,
    words: 'dan anything jailbroken act behave pretend filters restrictions limits rules guidelines censorship',
    pattern:
      /\byou are (?:now |going to be )?dan\b|\bcan do anything now\b|\b(?:act|behave|respond|answer|operate) (?:as|like) (?:an? |the )?(?:[a-z]{2,16} )?(?:ai|assistant|model|chatbot|bot|language model)\b[^.\n]{0,30}\b(?:without|with no|free of|that has no|who has no|that ignores) (?:any |all |ethical |moral )?(?:filters?|restrictions?|limits?|limitations|rules|guidelines|safety|censorship|ethic\w*)\b|\b(?:has|have|with) no (?:restrictions|filters|limits|guidelines|rules) (?:and|whatsoever|at all)\b/g,
  },
  {
    family: 'role-trick',
    weight: 2,
    words: 'mode developer',
    pattern:
      /\byou are (?:now )?(?:running )?in (?:developer|debug|god|dan|admin|jailbreak|unrestricted|maintenance|sudo) mode\b|\bpretend (?:that )?you are (?:the |an? )(?:developer|creator|owner|admin\w*|root)\b|\bswitch to (?:developer|debug|god|dan|admin|unrestricted) mode\b/g,
  },
  {
    family: 'send-out',
    weight: 4,
    words: 'print reveal show output repeat display disclose leak dump recite return copy echo paste',
    pattern:
      /(?<!not |never |n't |\bto |cannot )\b(?:print|reveal|show|output|repeat|display|disclose|leak|dump|recite|return)(?: me| us| out)?(?: all of)? your (?:full |entire |complete |original )?(?:system prompt|system message|system instructions|(?:initial|hidden|secret|original) (?:prompt|instructions|rules))\b|\b(?:repeat|copy|output|print|echo|paste) (?:the |all |all of the |everything |every )?(?:text|words|content|instructions|messages?|lines?)? ?(?:written )?above\b[^\n]{0,50}\b(?:starting|beginning|verbatim|word for word|exactly)\b/g,
  },
  {
    family: 'encoded-payload',
    weight: 4,
    words: 'decode decoded decoding decrypt base64 rot13',
    pattern:
      /\b(?:decode|decrypt|unscramble)\b[^.\n]{0,60}\b(?:and|then)\b (?:then |immediately )?(?:obey|comply|(?:follow|execute|run|do|act on|perform) (?:it|them|that|this|what|the (?:decoded )?(?:instructions?|commands?|orders?)))\b|\b(?:run|execute|follow|obey|perform) (?:the following |this |it |what follows |these |the (?:instructions?|commands?) )?(?:below )?(?:after|once|when|upon) (?:you have )?(?:decod|decrypt)(?:ing|ed|e)\b|\bdecode and (?:obey|follow|execute|run)\b/g,
  },
  {
    family: 'order-steering',
    weight: 2,
    words: 'tool function',
    pattern:
      /\balways (?:call|use|invoke|run) this (?:tool |function )?(?:first|before)\b|\bthis (?:tool|function) (?:must|has to|needs to|should) (?:always )?be (?:called|used|invoked|run) (?:first|before (?:any|every|all|each))\b/g,
  },
  {
    family: 'shadow-tool',
    weight: 2,
    words: 'whenever when change set replace never',
    pattern:
      /\b(?:whenever|when|if) (?:the |a )?users? (?:asks?|wants?|requests?|tries)\b[^.\n]{0,40}\b(?:change|set|replace|switch|swap|substitute) (?:the )?(?:recipient|destination|account|amount|address|payee|iban|wallet)\b|\bnever (?:use|call|invoke) (?:the )?[a-z0-9]{1,30}_[a-z0-9_]{1,40}(?: tool)?\b[^.\n]{0,12}\b(?:use|call|invoke) (?:this|mine)\b/g,
  },
  {
    family: 'send-out',
    weight: 2,
    words: 'print reveal output repeat display dump recite',
    pattern:
      /(?<!not |never |n't |\bto )\b(?:print|reveal|output|repeat|display|dump|recite)(?: me| us| out)?(?: all of)? your (?:instructions|prompt)\b/g,
  },
  {
    family: 'fake-marker',
    weight: 2,
    words:
      'ai llm llms assistant agent agents claude chatgpt copilot gemini chatbot model administrator admin developer owner operator instruction instructions',
    pattern:
      /(?:^\s{0,3}|[\n.!?>:"]\s{0,3}|-- ?|\* ?|# ?|\/ ?)(?:ai(?: assistants?| agents?| models?)?|llms?|assistant|agent|chatbot|claude|chatgpt|copilot|gemini)\s?[:,]\s(?:when|if|please|you|always|do|ignore|before|now|run|execute|read|send)\b|\bif you(?:'re| are) (?:an? )?(?:ai|llm|large language model|language model|chatbot|ai agent|ai assistant|coding agent)\b|\bas (?:the|your|an?) (?:system )?(?:administrator|admin|developer|owner|operator),? (?:i|we) (?:hereby |now )?(?:authori[sz]e|order|instruct|command|permit|allow)\b|(?:^|\n)[ \t>*/-]{0,8}#{2,4} ?instructions? ?:/g,
  },
  {
    family: 'pressure',
    weight: 2,
    words: 'user users',
    pattern:
      /\b(?:tell|ask|instruct|convince|persuade|direct) (?:the |every |all )?users? to (?:visit|go to|click|enter|log ?in|download|call|run|install|send|pay|provide)\b/g,
  },
  {
    family: 'read-credentials',
    weight: 2,
    words: 'execute run',
    pattern:
      /\b(?:execute|run) (?:the following |this |these )(?:shell |terminal |system )?(?:commands?|scripts?|code)\b[^.\n]{0,20}\bwithout (?:asking|confirmation|approval|permission|prompting)\b/g,
  },
  // Korean: words with endings, so that no list holds them.
  {
    family: 'override-instructions',
    weight: 4,
    words: '',
    pattern:
      /(?:이전|앞선|앞의|위의|기존|지금까지|모든)[^.\n]{0,14}(?:지시|명령|지침|규칙|프롬프트|안내)[^.\n]{0,8}(?:무시|잊|따르지|버리)/g,
  },
  {
    family: 'hide-from-user',
    weight: 2,
    words: '',
    pattern: /(?:사용자|유저)(?:에게|한테)[^.\n]{0,16}(?:말하지|알리지|언급하지|보여주지|밝히지|비밀)/g,
  },
  {
    family: 'send-out',
    weight: 2,
    words: '',
    pattern: /(?:비밀번호|암호|키|토큰|대화|파일|환경 ?변수|시스템 프롬프트)[^.\n]{0,60}(?:보내|전송|업로드|전달)/g,
  },
];
