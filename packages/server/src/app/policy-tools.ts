/** The reference parser for commands that read policy text without a server. */
export { cedarText, foreignCedar } from '../adapters/cedar/index.ts';
