// Prompts, resources and completions.
import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError } from '@modelcontextprotocol/server';
import { askingPrompt } from './asking.mjs';
import { embedded, image, PNG, text } from './content.mjs';

const user = (content) => ({ role: 'user', content });
const argument = (name) => ({ name, description: `The argument ${name}`, required: true });

export const prompts = {
  test_simple_prompt: { run: () => ({ messages: [user(text('This is a simple prompt for testing.'))] }) },
  test_prompt_with_arguments: {
    arguments: ['arg1', 'arg2'].map(argument),
    run: ({ arg1, arg2 }) => ({ messages: [user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))] }),
  },
  test_prompt_with_embedded_resource: {
    arguments: [argument('resourceUri')],
    run: ({ resourceUri }) => ({
      messages: [
        user(embedded(resourceUri, 'text/plain', 'Embedded resource content for testing.')),
        user(text('Please process the embedded resource above.')),
      ],
    }),
  },
  test_prompt_with_image: { run: () => ({ messages: [user(image), user(text('Please analyze the image above.'))] }) },
  test_input_required_result_prompt: { run: (_args, ctx) => askingPrompt(ctx) },
};

/** @throws ProtocolError for a name that is not there */
export function promptOf(name) {
  if (!Object.hasOwn(prompts, name)) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no prompt ${name}.`);
  return prompts[name];
}

export const resources = [
  { uri: 'test://static-text', name: 'static-text', mimeType: 'text/plain' },
  { uri: 'test://static-binary', name: 'static-binary', mimeType: 'image/png' },
  { uri: 'test://watched-resource', name: 'watched-resource', mimeType: 'text/plain' },
];

export const templates = [{ uriTemplate: 'test://template/{id}/data', name: 'template-data', mimeType: 'application/json' }];

const BODIES = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: PNG },
  'test://watched-resource': { mimeType: 'text/plain', text: 'This is watched.' },
};

/** @throws ResourceNotFoundError */
export function read(uri) {
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id !== undefined) {
    const data = { id, templateTest: true, data: `Data for ID: ${id}` };
    return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(data) }] };
  }
  if (!Object.hasOwn(BODIES, uri)) throw new ResourceNotFoundError(uri);
  return { contents: [{ uri, ...BODIES[uri] }] };
}

export const complete = ({ argument: { value } }) => {
  const values = ['paris', 'park', 'party', 'test-value'].filter((word) => word.startsWith(value));
  return { completion: { values, total: values.length, hasMore: false } };
};
