/** What a rule that asks or forbids becomes where only the words at its beginning can be said. */
import type { CommandRule, Judgement, RuleForm } from '../command/index.ts';
import type { Loss } from './loss.ts';

export interface Said {
  /** Undefined: it is left out. */
  readonly decision: Exclude<Judgement, 'allow'> | undefined;
  readonly loss?: Omit<Loss, 'rule'>;
}

/** Whether words and any tail are all that the form says. */
export const isPlainPrefix = (form: RuleForm): boolean =>
  form.kind === 'prefix' && form.having === undefined && form.stdinFrom === undefined;

const seesPipes = (form: RuleForm): boolean => form.kind === 'prefix' && form.stdinFrom !== undefined;

/** @param fits the form can be said as it is */
export function guardSaid({ decision, form }: CommandRule, fits: boolean, acceptWider: boolean): Said {
  if (decision !== 'forbid')
    return {
      decision: 'ask',
      loss: fits
        ? { change: 'Whoever sits at the client is asked; our door asks those of the gate.', effect: 'same' }
        : { change: 'Asks about every call that begins with these words.', effect: 'tighter' },
    };
  if (fits) return { decision };
  if (!acceptWider) return { decision, loss: { change: 'Forbids every call that begins with these words.', effect: 'tighter' } };
  if (seesPipes(form))
    return {
      decision: undefined,
      loss: { change: 'Left out: a pattern of words does not see what a pipe brings.', effect: 'wider' },
    };
  return {
    decision: 'ask',
    loss: { change: 'Asks about every call that begins with these words, instead of forbidding some.', effect: 'wider' },
  };
}
