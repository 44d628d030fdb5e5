/** Tests build with the real parser and validator. */
export { cedarText } from '../../adapters/cedar/index.ts';
