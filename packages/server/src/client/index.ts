export { type Answer, Client, pathOf, ProblemError, type Query, UnreachableError } from './client.ts';
