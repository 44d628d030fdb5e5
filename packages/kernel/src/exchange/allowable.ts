/** Which words may stand in an allow at all, whatever follows them. */
import { programKind, type RuleForm } from '../command/index.ts';

const KINDS: Readonly<Record<string, string>> = {
  wrapper: 'runs what its words say',
  launcher: 'fetches or enters something else and runs it',
  shell: 'is a shell',
  interpreter: 'runs code that its words hold',
  stateful: 'changes what the words after it mean',
};

/** Why a rule of this form must not allow without saying why it may; undefined where it may. */
export function whyNotAllowed(form: RuleForm): string | undefined {
  const programs =
    form.kind === 'options' ? [form.program] : form.kind === 'exact' ? form.words.slice(0, 1) : (form.words[0] ?? []);
  for (const program of programs) {
    const kind = programKind(program);
    const text = kind === undefined ? undefined : KINDS[kind];
    if (text !== undefined) return `\`${program}\` ${text}.`;
  }
  if (form.kind === 'prefix' && form.words.length === 1)
    return `\`${programs[0] ?? ''}\` with any words behind it may do anything that it can.`;
  return undefined;
}
