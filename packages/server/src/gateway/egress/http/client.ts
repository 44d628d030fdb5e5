/** The sandbox's side of a connection. */
import type { Socket } from 'node:net';
import type { Inlet } from '../flow/inlet.ts';

export interface Client {
  readonly socket: Socket;
  readonly inlet: Inlet;
}
