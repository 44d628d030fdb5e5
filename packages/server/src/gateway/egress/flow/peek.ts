/** What a client begins with, without taking it away. */
import { type ClientHello, HelloReader, type HelloProblem } from '../tls/hello.ts';
import { type Inlet, isInletProblem } from './inlet.ts';

const HELLO_MS = 10_000;

export type Seen =
  | { readonly kind: 'tls'; readonly hello: ClientHello }
  /** Bytes that begin like a request of HTTP. */
  | { readonly kind: 'http' }
  | { readonly kind: 'other'; readonly problem: HelloProblem }
  /** Nothing came, or not in time. */
  | { readonly kind: 'gone' };

const HTTP_START = /^[A-Z]{3,24}(?:-[A-Z]+)* |^[A-Z]{1,24}$/;

export async function peek(inlet: Inlet): Promise<Seen> {
  const until = Date.now() + HELLO_MS;
  const reader = new HelloReader();
  const pieces: Buffer[] = [];
  const back = (seen: Seen): Seen => {
    inlet.unread(Buffer.concat(pieces));
    return seen;
  };
  for (;;) {
    const more = await inlet.nextWithin(Math.max(1, until - Date.now()));
    if (isInletProblem(more)) return back({ kind: 'gone' });
    pieces.push(more);
    const step = reader.push(more);
    if (step.kind === 'hello') return back({ kind: 'tls', hello: step.hello });
    if (step.kind === 'problem') {
      const http = step.problem === 'not-tls' && HTTP_START.test(Buffer.concat(pieces).toString('latin1', 0, 25));
      return back(http ? { kind: 'http' } : { kind: 'other', problem: step.problem });
    }
  }
}
