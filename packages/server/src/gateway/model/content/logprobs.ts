/** Probabilities of single tokens spell the text once more, past everything that was taken out of it. */

/** Empties every list of them in a parsed answer or event, in the form that its format has for none. */
export function clearLogprobs(value: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) clearLogprobs(item);
  } else if (typeof value === 'object' && value !== null) {
    const members = value as Record<string, unknown>;
    for (const name of Object.keys(members)) {
      const member = members[name];
      if (name !== 'logprobs') clearLogprobs(member);
      else members[name] = Array.isArray(member) ? [] : null;
    }
  }
}
