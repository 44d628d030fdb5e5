/** Orders that stand in fixed words: markers of chat templates and tool results, roles, images, and languages written without spaces. */
import type { Family } from './families.ts';

export interface Phrase {
  readonly family: Family;
  readonly weight: number;
  /** Words without one of which the pattern cannot match; empty for scripts without blanks. */
  readonly words: string;
  readonly pattern: RegExp;
}

export const PHRASES: readonly Phrase[] = [
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
      /\b(?:you are now (?!ready|able|logged|connected|signed|done|in\b|on\b|at\b|set|running|using|free|subscribed|registered|finished|going)|you're now (?:an?|the) |from now on,? you|you will now (?:act|be|behave)|pretend (?:to be|that you|you are)|act as (?:if you (?:are|were|have)|an? (?:unrestricted|unfiltered|evil|different|administrator|admin|root|hacker|jailbroken))|roleplay as|role-play as|you have (?:been (?:upgraded|reconfigured|jailbroken|freed)|no (?:restrictions|limits|limitations|rules)|root access|full admin)|you (?:can|may) do anything|do anything now|(?:developer|debug|god|dan|admin|maintenance|jailbreak|sudo|unrestricted) mode (?:is )?(?:enabled|activated|on|active)|enter (?:developer|debug|god|dan|admin|unrestricted|maintenance) mode|no longer (?:bound|restricted|limited) by|without (?:any )?(?:restrictions|filters|ethical)|stay in character|du bist (?:jetzt|nun) (?:ein|kein)|tu es (?:maintenant|desormais)|ahora eres|ora sei|agora voce e|теперь ты)\b/g,
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
      /!\[[^\]\n]{0,200}\]\(https?:\/\/[^\s)]{1,300}[?&/][^\s)]{0,200}(?:\{|\[|<|%7b|\$|secret|data=|leak|exfil|conversation|history)[^\s)]{0,200}\)?|\b(?:render|display|include|embed|show|insert|output)\b[^.\n]{0,60}\bimage\b[^.\n]{0,100}https?:\/\/[^\s]{3,200}\?/g,
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
