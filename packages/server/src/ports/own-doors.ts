/** Our own doors, as sandboxes call them: a name of no network, which is never looked up outside. */

/** Over plain HTTP, on port 80. */
export const OWN_DOORS_NAME = 'countersign.internal';
export const OWN_DOORS_ORIGIN = `http://${OWN_DOORS_NAME}`;
/** What the name resolves to inside: always the same, since clients with a sandbox of their own have to be told of it beforehand. */
export const OWN_DOORS_ADDRESS = '127.1.0.1';
