export { PostgresFamiliarity } from './store.ts';
