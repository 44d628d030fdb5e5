/** The server's side of TLS, with a certificate of the installation's own authority. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { EgressIssuer } from '../../../ports/egress-upstream.ts';

const HANDSHAKE_MS = 10_000;

/**
 * @param socket paused, with what has come of the handshake put back
 * @param name canonical; the certificate is for it
 * @returns undefined where the client did not take it, such as one that does not trust the authority
 */
export function terminate(socket: Socket, name: string, issuer: EgressIssuer): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext: issuer.context(name),
      // Only what is read here is offered; clients fall back.
      ALPNProtocols: ['http/1.1'],
    });
    const timer = setTimeout(() => end(undefined), HANDSHAKE_MS);
    const end = (answer: Socket | undefined): void => {
      clearTimeout(timer);
      if (answer === undefined) {
        secure.destroy();
        socket.destroy();
      }
      resolve(answer);
    };
    secure.on('error', () => end(undefined));
    secure.on('close', () => {
      socket.destroy();
      end(undefined);
    });
    secure.on('secure', () => end(secure));
  });
}
