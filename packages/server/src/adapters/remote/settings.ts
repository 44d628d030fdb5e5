/** Which runner, and how it is reached. */
export interface RemoteSettings {
  /** Base URL, without a path; `https` unless it is on this machine. */
  readonly url: string;
  readonly secret: string;
  /** Files in PEM: of the authority that signed the runner's certificate, and of our own certificate with its key. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}
