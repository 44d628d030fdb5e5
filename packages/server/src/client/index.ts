export { type Answer, Client, type ClientOptions, pathOf, ProblemError, type Query, UnreachableError } from './client.ts';
export type { SseEvent } from './streams.ts';
