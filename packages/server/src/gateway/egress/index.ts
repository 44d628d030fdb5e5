/** The network door: what sandboxed work sends out goes through here, is decided, counted and recorded. */
import type { Server, Socket } from 'node:net';
import { inspectsAll, inspectsSome } from '@countersign/kernel/egress';
import type { EgressRun, EgressServing, EgressSlot, EgressTotals, NetworkDoor } from '../../ports/egress.ts';
import type { NetworkDoorDeps } from './deps.ts';
import { serveQuestions } from './dns/serve.ts';
import { serveCapturedHttp, serveCapturedTls } from './flow/captured.ts';
import { serveProxy } from './flow/connect.ts';
import { Session } from './session.ts';

export type { NetworkDoorDeps } from './deps.ts';

export const createNetworkDoor = (deps: NetworkDoorDeps): NetworkDoor => ({
  serve: (slot, run) => serve(deps, slot, run),
});

function serve(deps: NetworkDoorDeps, slot: EgressSlot, run: EgressRun): EgressServing {
  const session = new Session(deps, run);
  const listen = (server: Server | undefined, work: (session: Session, socket: Socket) => Promise<void>): void => {
    server?.on('connection', (socket: Socket) => session.accept(socket, (accepted) => work(session, accepted)));
  };
  listen(slot.proxy, serveProxy);
  listen(slot.http, serveCapturedHttp);
  listen(slot.https, serveCapturedTls);
  if (slot.dns !== undefined) serveQuestions(session, slot.dns);
  let closing: Promise<EgressTotals> | undefined;
  const close = (): Promise<EgressTotals> => {
    closing ??= slot.close().then(() => session.close());
    return closing;
  };
  const onAbort = (): void => void close();
  run.signal?.addEventListener('abort', onAbort);
  if (run.signal?.aborted === true) onAbort();
  return {
    ca: inspectsSome(run.profile) ? session.issuer.pem : undefined,
    caOnly: inspectsAll(run.profile),
    totals: () => session.totals,
    close,
  };
}
