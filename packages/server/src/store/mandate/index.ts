export { MANDATE_COLUMNS, type MandateRow, PostgresMandates, signedOf } from './store.ts';
