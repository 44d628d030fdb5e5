// Tools and a prompt that ask the client's user, or the client, before they answer. Written for the newer era; the SDK carries the questions to
// clients of the older one as requests of its own.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { inputRequired, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { said } from './content.mjs';

const key = randomBytes(32);
const macOf = (body) => createHmac('sha256', key).update(body).digest('base64url');

const seal = (round) => {
  const body = Buffer.from(JSON.stringify({ round })).toString('base64url');
  return `${body}.${macOf(body)}`;
};

/** @throws ProtocolError when it is not a state of ours */
export function opened(state) {
  const [body = '', mac = ''] = String(state).split('.');
  const [given, wanted] = [Buffer.from(mac), Buffer.from(macOf(body))];
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'The state is not one of this server.');
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')).round;
}

const form = (message, properties, required = Object.keys(properties)) => ({
  method: 'elicitation/create',
  params: {
    mode: 'form',
    message,
    requestedSchema: { type: 'object', properties, ...(required.length > 0 ? { required } : {}) },
  },
});
const sample = (question, maxTokens) => ({
  method: 'sampling/createMessage',
  params: { messages: [{ role: 'user', content: { type: 'text', text: question } }], maxTokens },
});
const ROOTS = { method: 'roots/list', params: {} };

const ask = (inputRequests, requestState) =>
  inputRequired({ inputRequests, ...(requestState === undefined ? {} : { requestState }) });
const answersOf = (ctx) => ctx.mcpReq.inputResponses ?? {};

/** The form's content when the user accepted and every named member has the type; otherwise undefined, and it is asked again. */
function accepted(answer, types) {
  if (answer?.action !== 'accept' || typeof answer.content !== 'object' || answer.content === null) return undefined;
  return Object.entries(types).every(([name, type]) => typeof answer.content[name] === type) ? answer.content : undefined;
}

const NAME = form('What is your name?', { name: { type: 'string' } });
const CONFIRM = form('Please confirm', { ok: { type: 'boolean' } });
const outcome = (label, { action, content }) => said(`${label}: action=${action}, content=${JSON.stringify(content ?? {})}`);

/** One question whose answer, whatever it is, ends the call. */
const once = (label, question) => (args, ctx) => {
  const answer = answersOf(ctx)['answer'];
  return answer === undefined ? ask({ answer: question(args) }) : outcome(label, answer);
};

const enumOf = (...values) => ({ type: 'string', enum: values });
const titled = (word) =>
  ['First', 'Second', 'Third'].map((title, index) => ({ const: `value${index + 1}`, title: `${title} ${word}` }));

const DEFAULTS = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { ...enumOf('active', 'inactive', 'pending'), default: 'active' },
  verified: { type: 'boolean', default: true },
};

const ENUMS = {
  untitledSingle: enumOf('option1', 'option2', 'option3'),
  titledSingle: { type: 'string', oneOf: titled('Option') },
  legacyEnum: { ...enumOf('opt1', 'opt2', 'opt3'), enumNames: ['Option One', 'Option Two', 'Option Three'] },
  untitledMulti: { type: 'array', items: enumOf('option1', 'option2', 'option3') },
  titledMulti: { type: 'array', items: { anyOf: titled('Choice') } },
};

const textOf = (sampled) =>
  [sampled?.content]
    .flat()
    .map((block) => block?.text ?? '')
    .join('');

const stringInput = (name) => ({ type: 'object', properties: { [name]: { type: 'string' } }, required: [name] });

function severalRounds(_args, ctx) {
  const answers = answersOf(ctx);
  const round = ctx.mcpReq.requestState() ?? 0;
  if (round === 1 && accepted(answers['step1'], { name: 'string' }))
    return ask({ step2: form('Step 2: What is your favorite color?', { color: { type: 'string' } }) }, seal(2));
  const color = round === 2 ? accepted(answers['step2'], { color: 'string' }) : undefined;
  if (color !== undefined) return said(`Your favorite color is ${color.color}.`);
  return ask({ step1: form('Step 1: What is your name?', { name: { type: 'string' } }) }, seal(1));
}

export const askingTools = {
  test_sampling: {
    input: stringInput('prompt'),
    run: ({ prompt }, ctx) => {
      const answer = answersOf(ctx)['answer'];
      return answer === undefined ? ask({ answer: sample(prompt, 100) }) : said(`LLM response: ${textOf(answer)}`);
    },
  },
  test_elicitation: {
    input: stringInput('message'),
    run: once('User response', ({ message }) =>
      form(message, {
        username: { type: 'string', description: "User's response" },
        email: { type: 'string', description: "User's email address" },
      }),
    ),
  },
  test_elicitation_sep1034_defaults: { run: once('Elicitation completed', () => form('Please check these', DEFAULTS, [])) },
  test_elicitation_sep1330_enums: { run: once('Elicitation completed', () => form('Please choose', ENUMS, [])) },
  test_input_required_result_elicitation: {
    run: (_args, ctx) => {
      const content = accepted(answersOf(ctx)['user_name'], { name: 'string' });
      return content === undefined ? ask({ user_name: NAME }) : said(`Hello, ${content.name}!`);
    },
  },
  test_input_required_result_sampling: {
    run: (_args, ctx) => {
      const answer = answersOf(ctx)['capital_question'];
      return answer === undefined
        ? ask({ capital_question: sample('What is the capital of France?', 100) })
        : said(textOf(answer));
    },
  },
  test_input_required_result_list_roots: {
    run: (_args, ctx) => {
      const roots = answersOf(ctx)['client_roots']?.roots;
      return roots === undefined ? ask({ client_roots: ROOTS }) : said(`Roots: ${roots.map(({ uri }) => uri).join(', ')}`);
    },
  },
  test_input_required_result_request_state: {
    run: (_args, ctx) =>
      ctx.mcpReq.requestState() === 1 && accepted(answersOf(ctx)['confirm'], { ok: 'boolean' })
        ? said('state-ok')
        : ask({ confirm: CONFIRM }, seal(1)),
  },
  test_input_required_result_multiple_inputs: {
    run: (_args, ctx) => {
      const { user_name, greeting, client_roots } = answersOf(ctx);
      const whole = ctx.mcpReq.requestState() === 1 && accepted(user_name, { name: 'string' }) && greeting && client_roots?.roots;
      if (whole) return said(`${textOf(greeting)} ${user_name.content.name}, of ${client_roots.roots.length} roots`);
      return ask({ user_name: NAME, greeting: sample('Generate a greeting', 50), client_roots: ROOTS }, seal(1));
    },
  },
  test_input_required_result_multi_round: { run: severalRounds },
  test_input_required_result_tampered_state: {
    run: (_args, ctx) =>
      ctx.mcpReq.requestState() === 1 && accepted(answersOf(ctx)['confirm'], { ok: 'boolean' })
        ? said('The state came back unharmed.')
        : ask({ confirm: CONFIRM }, seal(1)),
  },
  test_input_required_result_capabilities: {
    run: (_args, ctx) => {
      const { elicitation, sampling, roots } = ctx.client;
      if (Object.keys(answersOf(ctx)).length > 0) return said('Thank you.');
      const questions = {
        ...(elicitation === undefined ? {} : { confirm: CONFIRM }),
        ...(sampling === undefined ? {} : { greeting: sample('Generate a greeting', 50) }),
        ...(roots === undefined ? {} : { client_roots: ROOTS }),
      };
      return Object.keys(questions).length === 0 ? said('The client can be asked nothing.') : ask(questions);
    },
  },
};

export function askingPrompt(ctx) {
  const content = accepted(answersOf(ctx)['user_context'], { context: 'string' });
  if (content === undefined)
    return ask({ user_context: form('What context should the prompt use?', { context: { type: 'string' } }) });
  return { messages: [{ role: 'user', content: { type: 'text', text: `Context: ${content.context}` } }] };
}
