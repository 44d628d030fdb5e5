/** Orders that stand in fixed words: markers of chat templates and tool results, roles, images, and languages written without spaces. */
import type { Phrase } from './phrase.ts';

export const PHRASES: readonly Phrase[] = [
  // Other authority: this text above the user, the rules or the checks.
  {
    family: 'override-instructions',
    weight: 2,
    words:
      'treat treats treated treating consider regard interpret priority precedence outrank outranks revoked lifted disabled suspended off removed waived cancelled void always regardless matter despite ignore disregard apply count hold mistake mistaken fake false trust believe if though whatever',
    pattern:
      /\b(?:treat|consider|regard|interpret)(?:s|ed|ing)?\b[^.\n]{1,80}\bas (?:an? |the |your |new |if it were )?(?:system |trusted |authoritative |direct |binding )?(?:instructions?|commands?|orders?|directives?|prompts?|system|authoritative|trusted)\b|\b(?:priority|precedence) over (?:any|all|the|your|other|every|user|whatever|what)\b|\boutranks?\b|\b(?:guidelines|rules|instructions|policies|restrictions|training)\b[^.\n]{0,30}\b(?:do not|does not|don't|no longer|need not)(?: longer)? (?:apply|count|matter|hold)\b|\b(?:earlier|previous|prior)\b[^.\n]{0,60}\b(?:was|were|is|are) (?:an? )?(?:mistaken?|fake|false|void|test)\b|\b(?:trust|believe) only\b|\bonly (?:trust|believe)\b|(?:^|[.,;:]\s?)whatever the (?:user|human|customer)\b|\bas (?:if|though) (?:the |an? |your )?(?:user|operator|system|developer|admin\w*|owner|human|it (?:were|was|came)|they (?:were|came))\b|\b(?:polic(?:y|ies)|restrictions?|rules|guardrails?|safety|security|limits?|limitations|filters?|sandbox|checks?|approvals?|safeguards?)\b[^.\n]{0,20}\b(?:has|have|is|are|was|were) (?:been |now |hereby |currently )?(?:revoked|lifted|disabled|suspended|off|removed|void|cancelled|waived|turned off)\b|\balways (?:approve|accept|agree|merge|grant|trust|comply|obey)\b|\b(?:regardless of|no matter|despite|ignore|disregard) (?:what|whatever|which|how|the|any|all)\b[^.\n]{0,24}\b(?:user|human|customer|person)\b/g,
  },
  {
    family: 'override-instructions',
    weight: 1,
    words: 'respond reply answer output wrong outdated invalid incorrect mistaken',
    pattern:
      /\b(?:respond|reply|answer|output) (?:only |always |to (?:all|every|any) |with only |nothing but )|\b(?:user|human|customer)\b[^.\n]{0,40}\b(?:is|are) (?:wrong|outdated|invalid|incorrect|mistaken)\b/g,
  },
  {
    family: 'role-trick',
    weight: 1,
    words: 'henceforth now point onwards onward forward say claim pretend tell',
    pattern:
      /\b(?:henceforth|from (?:now|here|this (?:point|moment)|that point) on(?:wards?)?|going forward|as of now)\b|\b(?:say|claim|pretend|tell (?:the )?users?|tell them) (?:that )?(?:it|you|this|the|there|everything)\b/g,
  },
  // Kept from the user, or done past the user.
  {
    family: 'hide-from-user',
    weight: 2,
    words:
      'already consented consent nobody one none trace traces tracks wipe erase hidden secret undocumented request requests requesting seek confirmation approval permission unaware oblivious dark let quiet silent keep hide conceal mentioning telling disclosing revealing saying',
    pattern:
      /\b(?:user|human|operator|customer|person)s?\b[^.\n]{0,16}\b(?:already )(?:given|granted|approved|consented|agreed|authori[sz]ed|confirmed)\b|\b(?:nobody|no one|none)(?: else)?(?: will| can| ever| should)? (?:notice|know|see|find|suspect)s?\b|\bleav(?:e|es|ing) no traces?\b|\b(?:wipe|erase|delete|clear) (?:the |all |any |your )?(?:logs?|traces?|audit|history) (?:so|after|to|before)\b|\bcover (?:your|the|its) tracks\b|\b(?:hidden|secret|undocumented) (?:step|instruction|task|action|requirement|command|rule)s?\b|\b(?:never|do not|don't|need not|must not) (?:request|require|ask for|seek|wait for|demand)(?: any| the| further| explicit| user| prior| additional)* (?:approval|confirmation|permission|consent|authori[sz]ation)\b|\b(?:unaware|oblivious|in the dark)\b|\b(?:do not|don't|never) let on\b|\b(?:keep|hide|conceal) (?:this|it|that|them|these) from\b|\b(?:keep|stay|remain)(?:ing)? (?:quiet|silent) (?:about|on)\b|\bwithout (?:ever )?(?:mentioning|telling|disclosing|revealing|saying)\b/g,
  },
  {
    family: 'hide-from-user',
    weight: 1,
    words: 'without skip bypass leave omit report mention reveal disclose log explain admit acknowledge say but',
    pattern:
      /\b(?:without|skip|skipping|bypass|bypassing)(?: any| the| further| explicit| user| prior|'s)* (?:approval|confirmation|permission|consent|knowledge|question(?:ing)?|hesitation|objection|verification)\b|\b(?:leave out|omit|skip) (?:the |any |this |that )?(?:[a-z]{1,12} )?(?:mention|upload|review|step|part|detail|fact|call|request)\b|\b(?:do not|don't|never) (?:report|mention|reveal|disclose|log|explain|admit|acknowledge|say)\b|\bbut (?:show|tell|report|display|present|say|claim)\b/g,
  },
  {
    family: 'send-out',
    weight: 2,
    words:
      'url subdomain hostname dns query link image ask asks asking request body comment description title note field parameter argument summary metadata',
    pattern:
      /\b(?:append|encode|embed|add|put|insert|include|pass|attach|place|hide)(?:s|d|ed|ing)?\b[^.\n]{0,60}\b(?:contents?|documents?|secrets?|environment|process\.env|tokens?|keys?|passwords?|messages?|conversation|chat|files|value|variables?|history)\b[^.\n]{0,40}\b(?:to|into|in|as part of|onto) (?:the |a |an |its |this )?(?:url|subdomain|hostname|query string|dns|image|link|request url)\b|\b(?:append|encode|embed|add|put|insert|include|attach|place|hide|paste|copy|dump)(?:s|d|ed|ing)?\b[^.\n]{0,40}\b(?:secrets?|environment|tokens?|passwords?|credentials?|conversation|chat)\b[^.\n]{0,40}\b(?:to|into|in) (?:the |a |an |its |this |your )?(?:[a-z]{1,12} )?(?:body|comment|description|title|note|field|parameter|argument|summary|metadata)\b|\b(?:ask|request)(?:s|ing)? (?:them|the user|users|him|her|for)\b[^.\n]{0,40}\b(?:password|passphrase|pin|card number|cvv|ssn|social security|seed phrase|recovery phrase)\b/g,
  },
  {
    family: 'read-credentials',
    weight: 2,
    words: 'install download fetch sudo',
    pattern:
      /\b(?:install|download|fetch)\b[^\n]{0,60}https?:\/\/[^\s]{3,160}[^\n]{0,40}\b(?:run|execute|install|launch)\b|\bwith sudo\b/g,
  },
  {
    family: 'order-steering',
    weight: 2,
    words: 'answer answers response responses reply replies messages',
    pattern:
      /\b(?:begin|start|end|finish|prefix|conclude|open|close) (?:each|every|all)(?: of)?(?: your| the)? (?:answers?|responses?|repl(?:y|ies)|messages?)\b/g,
  },
  {
    family: 'fake-marker',
    weight: 2,
    words: 'notice alert update announcement bulletin override',
    pattern:
      /\b(?:system|security|admin(?:istrator)?|developer|policy|emergency) (?:notice|alert|update|announcement|bulletin)\s?(?::|-|—|!)|\boverride\s?:|\b(?:important|urgent|critical) (?:system|security|admin) (?:notice|alert|update|message)\b/g,
  },
  {
    family: 'shadow-tool',
    weight: 2,
    words: 'call use invoke',
    pattern:
      /\b(?:do not|don't|never|stop) (?:call|use|using|invoke|calling)(?:ing)? (?:it|them|those|that|any other|another)\b[^\n]{0,40}\b(?:call|use|invoke) (?:this|me)\b|\b(?:use|call|invoke) (?:this|me)\b[^.\n]{0,16}\b(?:instead of|rather than|in place of)\b[^.\n]{0,24}\b(?:any|other|all|another|every)\b/g,
  },
  {
    family: 'shadow-tool',
    weight: 1,
    words: 'instead set destination recipient account through payee beneficiary address amount iban wallet payment payments via',
    pattern:
      /\balways (?:use|send|set|call|choose)\b[^.\n]{1,60}\binstead\b|\b(?:set|change|replace|switch|swap|substitute) (?:the |its |their |any )?(?:destination|recipient|account|payee|beneficiary|address|amount|iban|wallet|payments?)\b|\b(?:other|all|every) tools?\b[^.\n]{0,40}\b(?:through|via) this\b/g,
  },
  {
    family: 'pressure',
    weight: 1,
    words:
      'leave exclude omit only recommend suggest favor favour promote rank loop calling repeatedly penalised penalized unless sandbox safety security logging audit filters approvals checks firewall administrator assistant answer response turn',
    pattern:
      /\b(?:disable|turn off|deactivate|switch off|bypass|circumvent|evade)(?:s|d|ing)? (?:the |all |any |your )?(?:sandbox|safety|security|logging|audit|guard\w*|filters?|approvals?|checks|firewall)\b|\b(?:leave out|exclude|omit) (?:every|all|any)\b|\b(?:only|always) (?:show|recommend|suggest|mention|favou?r|promote|rank)\b|\bin a loop\b|\b(?:keep|continue) (?:calling|invoking)\b|\brepeatedly (?:call|invoke)\b|\b(?:penali[sz]ed|rejected|punished)\b|\bcommands? from the (?:administrator|admin|system|developer)\b|\bthe assistant (?:must|should|shall|will|has to|needs to)\b|\byour (?:final |next )?(?:answers?|responses?|repl(?:y|ies)) (?:must|should|shall|has to|needs to)\b|\b(?:on|at|in|for) every (?:turn|message|response|reply)\b/g,
  },
  {
    family: 'fake-marker',
    weight: 2,
    words: 'im system user assistant endoftext eot start begin channel message inst sys end of',
    pattern:
      /<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|begin_of_text|channel|message)\|>|\[\/?inst\]|<<\/?sys>>|<\/?start_of_turn>|<\|end_of_turn\|>/g,
  },
  {
    family: 'fake-marker',
    weight: 2,
    words:
      'system important critical secret hidden admin instructions instruction tool function assistant developer priority mandatory override internal agent ai llm',
    pattern:
      /<\/?(?:system|important|critical|secret|hidden|admin|instructions?|system[-_](?:prompt|message|reminder|instructions?|note|override)|tool[-_](?:result|response|output|use)|function[-_](?:results?|calls?)|assistant|developer|priority|mandatory|override|internal|agent[-_]instructions?|ai[-_]instructions?|llm[-_]instructions?)(?:\s[^<>\n]{0,60})?>/g,
  },
  {
    family: 'fake-marker',
    weight: 2,
    words: 'system assistant developer admin internal important instructions instruction',
    pattern:
      /(?:^|\n)[ \t>*#-]{0,6}(?:system|assistant|developer)(?: (?:prompt|message|note|override|instruction|update|notice|alert))?s?\*{0,2}[ \t]?:|\[(?:system|admin|developer|assistant|internal|important)(?:[ _-](?:prompt|message|note|override|instructions?|update|notice|alert))?\](?!\()|#{2,4} ?(?:system|instructions? (?:for|to) (?:the )?(?:ai|assistant|model|agent|llm))/g,
  },
  {
    family: 'fake-marker',
    weight: 2,
    words:
      'end begin start system admin administrator security policy root note notes message messages attention notice notices instruction instructions reminder reminders directive directives',
    pattern:
      /\b(?:end|begin|start) (?:of )?(?:the )?(?:system prompt|system message|tool (?:output|result|description|response)|user (?:input|message)|untrusted|context|instructions)\b[ \]*=-]{0,8}(?:\n|$|[.:\]-])|\b(?:system|admin(?:istrator)?|security|policy|root) override\b|\b(?:attention:?,?|(?:note|message|notice|instructions?|reminder|directive)s? (?:to|for)) (?:the |all |any )?(?:ai|llm|language model|assistant|model|agent|claude|chatgpt|gpt|copilot)s?\b/g,
  },
  {
    family: 'override-instructions',
    weight: 2,
    words: 'new updated real actual true revised your',
    pattern:
      /\b(?:new|updated|real|actual|true|revised) (?:system )?(?:instructions?|task|directives?|rules?|goal|objective)(?: (?:is|are|for you|follow))?[ ]?:|\byour (?:new|real|actual|true) (?:instructions?|task|goal|objective|purpose|job)\b/g,
  },
  {
    family: 'role-trick',
    weight: 2,
    words:
      "you you're pretend act roleplay role from do developer debug god dan admin maintenance jailbreak sudo unrestricted enter no without stay du tu ahora ora agora теперь",
    pattern:
      /\b(?:you are no longer|you are now (?!ready|able|logged|connected|signed|done|in\b|on\b|at\b|set|running|using|free|subscribed|registered|finished|going)|you're now (?:an?|the) |from now on,? you|you will now (?:act|be|behave)|pretend (?:to be|that you|you are)|as (?:if|though) you (?:are|were|had)|act as (?:if you (?:are|were|have)|an? (?:unrestricted|unfiltered|evil|different|administrator|admin|root|hacker|jailbroken))|roleplay as|role-play as|you have (?:been (?:upgraded|reconfigured|jailbroken|freed)|no (?:restrictions|limits|limitations|rules)|root access|full admin)|you (?:can|may) do anything|do anything now|(?:developer|debug|god|dan|admin|maintenance|jailbreak|sudo|unrestricted) mode (?:is )?(?:enabled|activated|on|active)|enter (?:developer|debug|god|dan|admin|unrestricted|maintenance) mode|no longer (?:bound|restricted|limited) by|without (?:any )?(?:restrictions|filters|ethical)|stay in character|du bist (?:jetzt|nun) (?:ein|kein)|tu es (?:maintenant|desormais)|ahora eres|ora sei|agora voce e|теперь ты)\b/g,
  },
  {
    family: 'shadow-tool',
    weight: 2,
    words: '*name',
    pattern: /\b[a-z][a-z0-9-]{1,40}__[a-z][a-z0-9_-]{1,60}\b|\bmcp_[a-z0-9]+_[a-z0-9_]+\b/g,
  },
  {
    family: 'read-credentials',
    weight: 2,
    words: 'curl wget iwr invoke rm bash sh python python3 node powershell nc',
    pattern:
      /\b(?:curl|wget|iwr|invoke-webrequest)\s[^\n|;]{3,200}\|\s{0,3}(?:sudo )?(?:ba|z|da)?sh\b|\brm -rf? [~/]|\b(?:bash|sh|python3?|node|powershell) -(?:c|e|enc|encodedcommand) ["'a-z0-9]|\bnc -[a-z]{1,4} [0-9.]+|\bcurl\s[^\n|;]{0,120}(?:-d|--data[a-z-]{0,10}|-f|--upload-file|-t|-x post)[ =]/g,
  },
  {
    family: 'image-exfiltration',
    weight: 2,
    words: 'image data http https',
    pattern:
      /!\[[^\]\n]{0,200}\]\(https?:\/\/[^\s)]{1,300}[?&/][^\s)]{0,200}(?:\{|\[|<|%7b|\$|secret|data=|leak|exfil|conversation|history)[^\s)]{0,200}\)?|\b(?:render|display|include|embed|show|insert|output|contain|add|append)\b[^.\n]{0,60}\bimage\b[^.\n]{0,100}https?:\/\/[^\s]{3,200}\?/g,
  },
  {
    family: 'send-out',
    weight: 2,
    words: 'redirect redirected redirects redirecting divert diverts reroute reroutes',
    pattern:
      /\b(?:redirect|divert|reroute)(?:s|ed|ing)? (?:all |any |every |the )?(?:payments?|funds|money|e-?mails?|messages|traffic|requests|replies|transfers?|orders)\b/g,
  },
  {
    family: 'read-credentials',
    weight: 2,
    words: 'ssh aws etc id git netrc',
    pattern:
      /^\s{0,8}[^\s]{0,80}(?:[/\\.]ssh[/\\]|[/\\.]aws[/\\]|\/etc\/(?:passwd|shadow)|\bid_(?:rsa|dsa|ecdsa|ed25519)|\.git-credentials|\.netrc)[^\s]{0,80}\s{0,8}$/g,
  },
  {
    family: 'pressure',
    weight: 1,
    words: 'otherwise else if failure failing',
    pattern:
      /\b(?:otherwise|or else|if you (?:do not|don't|fail|refuse)|failure to (?:do|comply)|failing to)\b[^.\n]{0,80}\b(?:fail|fails|break|crash|locked?|deleted?|lost|terminated|shut ?down|suspended|penali[sz]ed|corrupt\w*|error|errors|die|fired|unavailable|revoked)\b/g,
  },
  {
    family: 'override-instructions',
    weight: 4,
    words: '',
    pattern:
      /(?:忽略|无视|無視|忘记|忘掉|不要理会|不要遵守|忽視)[^。\n]{0,12}(?:指令|指示|提示词?|规则|規則|说明|要求|命令)|(?:以前|これまで|上記|前|先|すべて|全て)の[^。\n]{0,10}(?:指示|命令|プロンプト|ルール|指令)[^。\n]{0,6}(?:無視|忘れ|従わない)/g,
  },
  {
    family: 'hide-from-user',
    weight: 2,
    words: '',
    pattern:
      /(?:不要|别|勿|切勿|不得|禁止|请勿)[^。\n]{0,6}(?:告诉|告知|提及|通知|透露|显示|向)[^。\n]{0,6}(?:用户|使用者|任何人)|(?:ユーザー?|利用者|使用者)に[^。\n]{0,12}(?:言わない|知らせない|伝えない|教えない|通知しない|見せない|話さない|秘密|内緒)|(?:悄悄|秘密地|偷偷|こっそり|密かに)/g,
  },
  {
    family: 'send-out',
    weight: 2,
    words: '',
    pattern:
      /(?:发送|發送|上传|转发|传送|提交|发到|发给)[^。\n]{0,24}(?:https?:|@|服务器|对话|密码|密钥|文件|令牌)|(?:密码|密钥|对话|聊天记录|令牌|文件内容|系统提示)[^。\n]{0,16}(?:发送|上传|转发|发给|发到|传送)|(?:パスワード|秘密|鍵|会話|ファイル|トークン|履歴)[^。\n]{0,80}(?:送信|送って|アップロード|転送|送る)/g,
  },
  {
    family: 'read-credentials',
    weight: 1,
    words: '',
    pattern:
      /(?:读取|讀取|查看|获取)[^。\n]{0,16}(?:密码|密钥|凭证|令牌)|(?:パスワード|秘密鍵|認証情報|資格情報)[^。\n]{0,10}(?:読|取得)/g,
  },
  {
    family: 'order-steering',
    weight: 2,
    words: '',
    pattern:
      /(?:在(?:使用|调用)[^。\n]{0,6}(?:其他|任何)[^。\n]{0,6}工具[^。\n]{0,4}(?:之前|前))|他の(?:ツール|関数)[^。\n]{0,10}(?:前に|より先に)/g,
  },
];
