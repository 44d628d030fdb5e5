export { PostgresBundles } from './store.ts';
