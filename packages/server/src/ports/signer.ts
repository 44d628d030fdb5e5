/** The installation's signing key, for mandates and bundles. The ledger's own key is another one and is never used here. */
export interface Signer {
  readonly keyId: string;
  /** Ed25519 signature, base64. */
  sign(bytes: Uint8Array): string;
  /** False for an unknown key id, a malformed or a wrong signature. */
  verify(bytes: Uint8Array, signature: string, keyId: string): boolean;
}
