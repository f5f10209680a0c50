import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const CONFIG = `
[ tsa ]
default_tsa = real
[ real ]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
certs = ca.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
[ stamping ]
extendedKeyUsage = critical,timeStamping
basicConstraints = CA:FALSE
`;

export interface TimeStampServer extends AsyncDisposable {
  readonly url: string;
  /** How many stamps it has given. */
  readonly given: number;
  behave(how: 'well' | 'hang' | 'drop-answer' | 'fail' | 'replay' | 'web-page' | 'endless'): void;
  /** What OpenSSL thinks of a token (DER, base64) for these bytes. */
  verify(data: string, token: string): Promise<string>;
  close(): Promise<void>;
}

/** OpenSSL's own time-stamp authority behind a few lines of HTTP (RFC 3161, 3.4). */
export async function startTimeStampServer(): Promise<TimeStampServer> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-tsa-'));
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  await writeFile(join(folder, 'tsa.cnf'), CONFIG);
  await writeFile(join(folder, 'serial'), '01\n');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test CA');
  await openssl('req', ...key, '-keyout', 'tsa.key', '-out', 'tsa.csr', '-subj', '/CN=test TSA');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'tsa.cnf'];
  await openssl('x509', '-req', '-in', 'tsa.csr', ...signed, '-extensions', 'stamping', '-out', 'tsa.pem');

  let how: Parameters<TimeStampServer['behave']>[0] = 'well';
  let given = 0;
  let first: Buffer | null = null;
  const stamp = async (query: Buffer): Promise<Buffer> => {
    const name = `q${(given += 1)}`;
    await writeFile(join(folder, name), query);
    await openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', name, '-out', `${name}.tsr`);
    return readFile(join(folder, `${name}.tsr`));
  };
  /** OpenSSL's serial file takes one at a time. */
  let queue: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    queue = queue.then(async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      if (how === 'hang') return;
      if (how === 'fail') return void response.writeHead(500).end();
      if (how === 'web-page')
        return void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hi');
      const type = { 'content-type': 'application/timestamp-reply' };
      if (how === 'endless') return void response.writeHead(200, type).end(Buffer.alloc(1_000_000, 0x30));
      if (request.headers['content-type'] !== 'application/timestamp-query')
        return void response.writeHead(415).end();
      const reply = await stamp(Buffer.concat(chunks));
      first ??= reply;
      if (how === 'drop-answer') return void response.destroy();
      response.writeHead(200, type).end(how === 'replay' ? first : reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await rm(folder, { recursive: true, force: true });
  };
  return {
    url: `http://127.0.0.1:${port}/stamp`,
    get given() {
      return given;
    },
    behave: (next) => {
      how = next;
    },
    async verify(data, token) {
      await writeFile(join(folder, 'data'), data);
      await writeFile(join(folder, 'token'), Buffer.from(token, 'base64'));
      const args = ['-verify', '-data', 'data', '-in', 'token', '-token_in', '-CAfile', 'ca.pem'];
      const { stdout, stderr } = await openssl('ts', ...args);
      return `${stdout}${stderr}`;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
