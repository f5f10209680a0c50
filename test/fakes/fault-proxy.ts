import { connect, createServer, type Server, type Socket } from 'node:net';

/** What the proxy does with a connection, or with one message on it. */
export type Fault =
  | { readonly kind: 'none' }
  /** Turns every connection away, and ends those that are open. */
  | { readonly kind: 'refuse' }
  /** Takes connections and says nothing. */
  | { readonly kind: 'hang' }
  /** Cuts at the `nth` message that is counted: `before` it reaches the server, or `after` it was carried out. */
  | { readonly kind: 'cut'; readonly nth: number; readonly when: 'before' | 'after' };

export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  fault(next: Fault): void;
  /** Whether a `cut` has been made since `fault` was called. */
  hasCut(): boolean;
  /** Sockets that are open on either side. */
  sockets(): number;
  close(): Promise<void>;
}

/** A simple query of PostgreSQL's: `Q`. */
const QUERY = 0x51;

/**
 * A TCP proxy before a server on loopback, without TLS, which fails when told to. Counted are messages that begin with
 * the byte `begins`.
 */
export async function startFaultProxy(targetPort: number, begins = QUERY): Promise<FaultProxy> {
  const state = { fault: { kind: 'none' } as Fault, queries: 0, cut: false };
  const open = new Set<Socket>();
  const server = createServer((client) => {
    track(open, client);
    if (state.fault.kind === 'refuse') return client.resetAndDestroy();
    if (state.fault.kind === 'hang') return client.resume();
    const upstream = connect(targetPort, '127.0.0.1');
    track(open, upstream);
    const sever = (): void => {
      state.cut = true;
      client.resetAndDestroy();
      upstream.destroy();
    };
    client.on('data', (chunk) => {
      if (state.fault.kind === 'hang') return;
      const { fault } = state;
      // A message begins a chunk. The client waits for each answer, so they never share one.
      const due = fault.kind === 'cut' && chunk[0] === begins && ++state.queries === fault.nth;
      if (due && fault.when === 'before') return sever();
      if (due) {
        upstream.removeAllListeners('data');
        upstream.once('data', sever);
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (state.fault.kind !== 'hang') client.write(chunk);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  const port = await listen(server);
  const close = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    port,
    fault(next) {
      Object.assign(state, { fault: next, queries: 0, cut: false });
      if (next.kind === 'refuse') for (const socket of open) socket.destroy();
    },
    hasCut: () => state.cut,
    sockets: () => open.size,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function track(open: Set<Socket>, socket: Socket): void {
  open.add(socket);
  socket.on('error', () => {});
  socket.on('close', () => open.delete(socket));
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return address.port;
}
