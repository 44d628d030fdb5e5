export type { CommandCall } from './call.ts';
export { judgeCall } from './judge.ts';
export type { JudgeDeps } from './judge.ts';
