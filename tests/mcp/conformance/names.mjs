// The suite asks for prompts and resources by fixed names; the door gives each server a space of its own. One table for both directions.
const SCHEME = 'countersign://';

/** @param server id behind which the suite's upstream stands; @param prompts its own names of prompts */
export function namesOf(server, prompts) {
  const uri = `${SCHEME}${server}/`;
  const known = new Set(prompts);
  const exposedPrompt = (name) => (known.has(name) ? `${server}__${name}` : name);
  const exposedUri = (own) => (own.startsWith('test://') ? `${uri}${encodeURIComponent(own)}` : own);
  const refOf = (ref) => {
    if (ref?.type === 'ref/prompt') return { ...ref, name: exposedPrompt(ref.name) };
    return ref?.type === 'ref/resource' ? { ...ref, uri: exposedUri(ref.uri) } : ref;
  };
  const params = {
    'prompts/get': (given) => ({ ...given, name: exposedPrompt(given.name) }),
    'resources/read': (given) => ({ ...given, uri: exposedUri(given.uri) }),
    'resources/subscribe': (given) => ({ ...given, uri: exposedUri(given.uri) }),
    'resources/unsubscribe': (given) => ({ ...given, uri: exposedUri(given.uri) }),
    'completion/complete': (given) => ({ ...given, ref: refOf(given.ref) }),
  };
  return {
    /** The request as this server's clients would send it; the same object where nothing is named. */
    request(message) {
      const rename = params[message?.method];
      return rename === undefined || message.params === undefined ? message : { ...message, params: rename(message.params) };
    },
    /** The same for the header that mirrors a name. */
    header: (value) => exposedUri(exposedPrompt(value)),
    /** Text of an answer, with the upstream's own names. */
    answer: (text) =>
      text
        .replaceAll(new RegExp(`${uri}(~/)?([^"\\\\]*)`, 'g'), (_all, raw, rest) =>
          raw === undefined ? decodeURIComponent(rest) : rest,
        )
        .replaceAll(new RegExp(`"${server}__([A-Za-z0-9_]+)"`, 'g'), '"$1"'),
  };
}
