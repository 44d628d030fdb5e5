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
