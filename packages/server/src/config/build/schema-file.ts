/** The one file that says what can be asked. */
export const SCHEMA_FILE = 'policies/schema.cedarschema';
