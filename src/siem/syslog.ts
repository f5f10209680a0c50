import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { Severity } from './meaning.ts';
import { type Message, type Transport, unreachable } from './transport.ts';

export interface Collector {
  readonly host: string;
  readonly port: number;
  /** PEM, in place of the system's; null: the system's. */
  readonly ca: string | null;
  /** Of this machine, as the collector files it. */
  readonly hostname: string;
}

/**
 * A syslog collector over TLS (RFC 5424 messages in the frames of RFC 5425), the JSON as the message.
 *
 * Syslog has no acknowledgement; what there is in its place is the end of the connection. Each batch has one of its
 * own: we say that no more will come, and the collector, which must answer that (close_notify; RFC 5425, 4.4), comes
 * to it only through all that was sent before. So a batch counts as delivered when the collector has ended the
 * connection after us and without an error; anything else, and it comes again. Two things are beyond this: whether a
 * collector keeps what it has read, and one that stops of its own accord in the very moment a batch is on its way.
 * A collector must take frames as long as an event is: RFC 5425 asks for 8,192 octets only.
 */
export function toCollector(collector: Collector): Transport {
  const { host, port, ca, hostname } = collector;
  const where = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return async (batch, signal) => {
    const frames = batch.map((message) => framed(syslogMessage(message, hostname))).join('');
    const named = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ host, port, ...named, ...(ca !== null && { ca }) });
    const stop = (): void => void socket.destroy();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      await handOver(socket, frames);
    } catch (cause) {
      throw unreachable(`${where} cannot be reached`, cause, signal);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
}

/** Resolves when the other side has ended the connection after all of it was sent. */
function handOver(socket: TLSSocket, frames: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = false;
    let answered = false;
    socket.once('secureConnect', () => socket.end(frames, () => (sent = true)));
    socket.once('end', () => {
      answered = sent;
      if (!sent) socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => {
      if (answered) resolve();
      else reject(new Error('the connection ended before everything was sent'));
    });
    socket.resume();
  });
}

/** RFC 5424, 6.2.1: facility 13 is the log audit's. */
const FACILITY = 13;
const SEVERITY: Readonly<Record<Severity, number>> = {
  informational: 6,
  low: 5,
  medium: 4,
  high: 3,
  critical: 2,
};

/** RFC 5424, 6: priority and version, time, host, application, no process id, type of message, no structured data. */
export function syslogMessage({ severity, at, type, json }: Message, hostname: string): string {
  const priority = FACILITY * 8 + SEVERITY[severity];
  const time = new Date(at).toISOString();
  return `<${priority}>1 ${time} ${hostname} countersign - ${type} - ${ascii(json)}`;
}

/** The same JSON in ASCII: a message in UTF-8 would have to begin with a byte order mark (6.4), which parsers trip over. */
const ascii = (json: string): string =>
  json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** RFC 5425, 4.3: the length in octets, a space, the message. */
const framed = (message: string): string => `${message.length} ${message}`;
