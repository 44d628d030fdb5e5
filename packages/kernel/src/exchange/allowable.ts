/** Which words may stand in an allow at all, whatever follows them. */
import { isBuiltin, isInterpreter, isWrapper, type RuleForm } from '../command/index.ts';

const baseOf = (program: string): string => program.slice(program.lastIndexOf('/') + 1).toLowerCase();

/** Why a rule of this form must not allow without saying why it may; undefined where it may. */
export function whyNotAllowed(form: RuleForm): string | undefined {
  const programs =
    form.kind === 'options' ? [form.program] : form.kind === 'exact' ? form.words.slice(0, 1) : (form.words[0] ?? []);
  for (const program of programs) {
    if (isWrapper(program)) return `\`${program}\` runs what its words say.`;
    if (isInterpreter(baseOf(program))) return `\`${program}\` runs code that it is given.`;
    if (isBuiltin(program)) return `\`${program}\` changes what later commands do.`;
  }
  if (form.kind === 'prefix' && form.words.length === 1)
    return `\`${programs[0] ?? ''}\` with any words behind it may do anything that it can.`;
  return undefined;
}
