export { checkRuleExamples } from './examples.ts';
export type { RuleExampleFailure } from './examples.ts';
export { judgeArgv, judgeCommand, unclearTexts } from './judge.ts';
export { isGitCommand } from './git-settings.ts';
export { isInterpreter } from './program.ts';
export { renderArgv, renderText } from './render.ts';
export { isBuiltin } from './reserved.ts';
export { split } from './split.ts';
export type {
  CommandFacts,
  CommandReason,
  CommandRule,
  CommandRules,
  CommandVerdict,
  Dialect,
  Judgement,
  RuleForm,
  SimpleCommand,
  Split,
} from './types.ts';
export { isWrapper } from './unwrap/index.ts';
