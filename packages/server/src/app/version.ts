/** The release, as packages, documents and clients are told. */
export const VERSION = '0.1.0';
