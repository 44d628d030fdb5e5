/** A patch as questions about each file that it names, old places and new ones. */
import { readPatch } from './patch.ts';
import { asksFor, checkPath } from './file.ts';
import { type Plan, type Planning, refuse } from './planning.ts';

export function planPatch(planning: Planning): Plan {
  const { command } = planning.call.input;
  if (typeof command !== 'string') return refuse('hook.patch', 'The call holds no patch.', 'file.edit');
  const patch = readPatch(command);
  if (!patch.ok) return refuse('hook.patch', `The patch is not read (line ${patch.at}): ${patch.text}`, 'file.edit');
  const paths: string[] = [];
  for (const step of patch.steps) {
    const named = step.kind === 'update' && step.to !== undefined ? [step.path, step.to] : [step.path];
    for (const one of named) {
      const checked = checkPath(planning, 'edit', one);
      if (!checked.ok) return checked.plan;
      paths.push(checked.path);
    }
  }
  // Lines, not the text: the client's second question leaves the last line end out.
  return asksFor(planning, 'edit', paths, { tool: 'apply_patch', cwd: planning.call.cwd, patch: [...patch.lines] });
}
