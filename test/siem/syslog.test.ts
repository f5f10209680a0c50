import type { Server, Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Collector, syslogMessage, toCollector } from '../../src/siem/syslog.ts';
import type { Message, Transport } from '../../src/siem/transport.ts';
import { testAuthority } from './certificate.ts';
import { messages } from './samples.ts';
import { faultOf, never, type Trouble, transportContract } from './transport-contract.ts';

const AUTHORITY = testAuthority();

async function listen(server: Server, port = 0, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

const collector = (port: number, more: Partial<Collector> = {}): Transport =>
  toCollector({ host: '127.0.0.1', port, ca: AUTHORITY.ca, hostname: 'bot.test', ...more });

/** RFC 5425, 4.3, to the letter: the length, one space, so many octets, and nothing between. */
function unframed(octets: Buffer): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < octets.length; ) {
    const space = octets.indexOf(0x20, at);
    const length = octets.subarray(at, space).toString('ascii');
    if (!/^[1-9]\d*$/.test(length)) throw new Error(`no length of a frame: ${length}`);
    at = space + 1 + Number(length);
    if (at > octets.length) throw new Error('a frame is cut short');
    found.push(octets.subarray(space + 1, at).toString('utf8'));
  }
  return found;
}

/** RFC 5424, 6, as far as we use it. */
const SYSLOG = /^<(\d{1,3})>1 (\S+) (\S+) (\S+) - (\S+) - ([^]*)$/;
const sequenceOf = (message: string): number => {
  const [, , , , , , text = ''] = SYSLOG.exec(message) ?? [];
  return (JSON.parse(text) as { sequence: number }).sequence;
};

interface Listener {
  readonly got: string[];
  listen(port?: number, host?: string): Promise<number>;
  close(): Promise<void>;
}

/** Takes all that comes on a connection until its sender ends it, and then does as told. */
function listener(onTaken: (socket: TLSSocket, raw: Socket) => void): Listener {
  const got: string[] = [];
  const open = new Set<Socket>();
  let newest: Socket | undefined;
  const server = createServer({ ...AUTHORITY, allowHalfOpen: true }, (socket) => {
    const raw = newest;
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.once('end', () => {
      got.push(...unframed(Buffer.concat(chunks)));
      if (raw !== undefined) onTaken(socket, raw);
    });
  });
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    newest = socket;
  });
  return {
    got,
    listen: (port, host) => listen(server, port, host),
    close: async () => {
      for (const socket of open) socket.destroy();
      await closed(server);
    },
  };
}

transportContract(
  'a syslog collector over TLS',
  async () => {
    let trouble: Trouble = 'none';
    let hear = (): void => {};
    const heard = new Promise<void>((resolve) => {
      hear = resolve;
    });
    const taken: string[] = [];
    const start = (): Listener => {
      const made = listener((socket, raw) => {
        taken.push(...made.got.splice(0));
        if (trouble === 'lost answer') raw.resetAndDestroy();
        else if (trouble === 'silent') hear();
        else socket.end();
      });
      return made;
    };
    let far = start();
    const port = await far.listen();
    return {
      send: collector(port),
      kept: async () => taken.map(sequenceOf),
      heard: () => heard,
      trouble: async (next) => {
        if (next === 'down') await far.close();
        if (trouble === 'down') {
          far = start();
          await far.listen(port);
        }
        trouble = next;
      },
      close: () => far.close(),
    };
  },
  { refusing: 'syslog has no way to refuse a message' },
);

async function serve(
  onTaken: (socket: TLSSocket, raw: Socket) => void,
  host?: string,
): Promise<Listener & { port: number }> {
  const made = listener(onTaken);
  onTestFinished(() => made.close());
  return { ...made, port: await made.listen(0, host) };
}
const taking = (socket: TLSSocket): void => void socket.end();

it('is not taken when the collector ends the connection before everything was sent', async () => {
  const server = createServer(AUTHORITY, (socket) => {
    socket.on('error', () => {});
    socket.end();
    onTestFinished(() => void socket.destroy());
  });
  onTestFinished(() => closed(server));
  // More than the kernels on both sides would hold for someone who does not read.
  const long = messages(0, 1).map((message) => ({
    ...message,
    json: `{"x":"${'x'.repeat(32 * 1024 * 1024)}"}`,
  }));
  expect(await faultOf(collector(await listen(server))(long, never))).toMatchObject({ code: 'unreachable' });
});

it('has a connection for each batch, so that one that was restarted is no trouble', async () => {
  const { port, got } = await serve(taking);
  const send = collector(port);
  await send(messages(0, 1), never);
  await send(messages(1, 1), never);
  expect(got.map(sequenceOf)).toEqual([0, 1]);
});

describe('the certificate', () => {
  it('must be of an authority that is known', async () => {
    const { port, got } = await serve(taking);
    const fault = await faultOf(collector(port, { ca: null })(messages(0, 1), never));
    expect(fault).toMatchObject({
      code: 'unreachable',
      message: `127.0.0.1:${port} cannot be reached (SELF_SIGNED_CERT_IN_CHAIN)`,
    });
    expect(got).toEqual([]);
  });

  it('must be for the host that was asked', async () => {
    const { port, got } = await serve(taking, '127.0.0.2');
    const send = collector(port, { host: '127.0.0.2' });
    expect(await faultOf(send(messages(0, 1), never))).toMatchObject({
      code: 'unreachable',
      message: `127.0.0.2:${port} cannot be reached (ERR_TLS_CERT_ALTNAME_INVALID)`,
    });
    expect(got).toEqual([]);
  });
});

describe('a message', () => {
  const [first] = messages(7, 1);
  if (first === undefined) throw new Error('no message');

  it('has the head of RFC 5424: log audit, severity, time, host, application, type', () => {
    expect(syslogMessage(first, 'bot.test')).toMatch(
      /^<110>1 2026-11-20T09:00:00\.000Z bot\.test countersign - CredentialIssued - \{/,
    );
  });

  it.each<[Message['severity'], number]>([
    ['informational', 110],
    ['low', 109],
    ['medium', 108],
    ['high', 107],
    ['critical', 106],
  ])('that is %s has priority %i', (severity, priority) => {
    expect(syslogMessage({ ...first, severity }, 'bot.test').startsWith(`<${priority}>1 `)).toBe(true);
  });

  it('is ASCII, and the same JSON', () => {
    const message = syslogMessage(first, 'bot.test');
    expect(message).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(SYSLOG.exec(message)?.[6] ?? '')).toEqual(JSON.parse(first.json));
  });
});
