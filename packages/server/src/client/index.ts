export { type Answer, Client, pathOf, ProblemError, type Query, UnreachableError } from './client.ts';
export { type ExecEvents, ExecLostError, execute } from './exec.ts';
