export { PostgresReviews } from './store.ts';
