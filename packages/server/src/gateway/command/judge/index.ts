export { DOOR } from './ask.ts';
export type { CommandCall } from './call.ts';
export { judgeCall } from './judge.ts';
export type { JudgedCall, JudgeDeps } from './judge.ts';
