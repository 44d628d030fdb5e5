export { foreignCedar } from './foreign.ts';
export { Oracle } from './oracle.ts';
export { cedarText } from './translate.ts';
