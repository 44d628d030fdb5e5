export { PostgresMarks } from './store.ts';
