// Request bodies in the shape that a coding agent sends: instructions, tools, and a conversation of tool calls with source text.
const NONCE_DIGITS = 12;
/** Stands at the start of every long string; the cold runs write another number over it, so that nothing can be remembered. */
const NONCE = 'n'.repeat(NONCE_DIGITS);

const SOURCE = `export function readEntries(bytes: Uint8Array, from: number): Entry[] {
  const entries: Entry[] = [];
  let at = from;
  while (at < bytes.length) {
    const length = readLength(bytes, at);
    if (length === undefined || at + length > bytes.length) break;
    entries.push(decodeEntry(bytes.subarray(at, at + length)));
    at += length; // the length counts its own four bytes
  }
  return entries;
}
`;

const TOOLS = ['read_file', 'apply_patch', 'run_command'].map((name) => ({
  type: 'function',
  function: {
    name,
    description: `The tool ${name} of the workspace.`,
    parameters: {
      type: 'object',
      properties: { path: { type: 'string' }, text: { type: 'string' } },
      required: ['path'],
      additionalProperties: false,
    },
  },
}));

const SYSTEM =
  'You are a coding agent in a repository. Make small changes, run the tests, explain what you did. Never touch generated files.';

function turn(number, text) {
  const id = `call_${String(number).padStart(6, '0')}`;
  return [
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id, type: 'function', function: { name: 'read_file', arguments: JSON.stringify({ path: `src/part-${number}.ts` }) } },
      ],
    },
    { role: 'tool', tool_call_id: id, content: `${NONCE} ${text}` },
  ];
}

/** A Chat Completions body of about `bytes` bytes. */
export function chatBody(model, bytes, { stream = false } = {}) {
  const messages = [
    { role: 'system', content: `${NONCE} ${SYSTEM}` },
    { role: 'user', content: `${NONCE} The last test fails. Find out why and correct it.` },
  ];
  const body = {
    model,
    max_tokens: 200,
    messages,
    tools: TOOLS,
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
  for (let number = 0, size = JSON.stringify(body).length; ; number += 1) {
    const room = bytes - size - 260;
    if (room < 0) return JSON.stringify(body);
    const text = SOURCE.repeat(8).slice(0, Math.min(3_500, room));
    messages.push(...turn(number, text));
    size = JSON.stringify(body).length;
  }
}

/** @returns where the nonces stand in the bytes of a body */
export function noncePlaces(bytes) {
  const places = [];
  for (let at = bytes.indexOf(NONCE); at >= 0; at = bytes.indexOf(NONCE, at + NONCE_DIGITS)) places.push(at);
  return places;
}

export const nonceText = (number) => String(number % 10 ** NONCE_DIGITS).padStart(NONCE_DIGITS, '0');
