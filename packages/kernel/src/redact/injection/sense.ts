/** What a word can mean in a sentence that gives orders: one bit each, so that a word can have several. */
export const SENSE = {
  /** Set aside: ignore, disregard, forget. */
  drop: 1 << 0,
  /** Which came before, or stands above. */
  prior: 1 << 1,
  /** Instructions, prompt, guidelines. */
  orders: 1 << 2,
  /** Rules, policies, restrictions: words that documents are full of. */
  rules: 1 << 3,
  not: 1 << 4,
  /** Tell, mention, reveal, notify. */
  tell: 1 << 5,
  user: 1 << 6,
  /** Silently, secretly. */
  covert: 1 << 7,
  /** Send, forward, upload. */
  send: 1 << 8,
  /** Include, attach, pass, set. */
  put: 1 << 9,
  /** Passwords, tokens, keys. */
  secret: 1 << 10,
  /** The conversation, the system prompt. */
  talk: 1 << 11,
  /** An address: URL, e-mail, webhook. */
  address: 1 << 12,
  read: 1 << 13,
  /** A path at which credentials lie. */
  path: 1 << 14,
  /** Before, prior to, first. */
  before: 1 << 15,
  /** Any, all, every, other. */
  every: 1 << 16,
  tool: 1 << 17,
  /** Call, use, run. */
  call: 1 << 18,
  /** Always, must, important. */
  must: 1 << 19,
  /** Instead of, replaces, deprecated. */
  instead: 1 << 20,
  /** An identifier with an underscore: mostly the name of a tool or of a parameter. */
  name: 1 << 21,
  /** You, the assistant, the model. */
  model: 1 << 22,
  /** A long encoded run. */
  blob: 1 << 23,
  decode: 1 << 24,
  /** Follow, obey, execute. */
  obey: 1 << 25,
  /** Whenever, when, if, after. */
  when: 1 << 26,
  /** Parameter, field, argument. */
  field: 1 << 27,
  /** Contents, file, data, everything. */
  content: 1 << 28,
  /** Know, notice, aware. */
  know: 1 << 29,
  /** Response, message, turn, request. */
  turn: 1 << 30,
} as const;
