import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A witness as c2sp.org/tlog-witness describes it, written from that page and from RFC 9162 alone: it shares no code
 * with what talks to it, so that a mistake in the one is not hidden by the same mistake in the other.
 */
export interface WitnessServer extends AsyncDisposable {
  readonly url: string;
  readonly vkey: string;
  /** The newest checkpoint it has cosigned of the log. */
  readonly seen: { size: number; root: Buffer };
  /** The sizes it has cosigned, each once. */
  readonly cosigned: number[];
  readonly requests: string[];
  /** What it does with the next requests, until told otherwise. */
  behave(
    how: 'well' | 'hang' | 'drop-answer' | 'fail' | 'not-for-long' | 'lie' | 'babble' | 'tell-size',
  ): void;
  close(): Promise<void>;
}

interface LogKey {
  readonly origin: string;
  /** As C2SP writes them. */
  readonly vkeys: readonly string[];
}

/** `log` is the one it is configured with, at the time of each request. */
export async function startWitness(log: () => LogKey, name = 'witness.test/w1'): Promise<WitnessServer> {
  const pair = generateKeyPairSync('ed25519');
  const publicKey = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const typed = Buffer.concat([Buffer.from([4]), publicKey]);
  const id = sha256(Buffer.from(`${name}\n`), typed).subarray(0, 4);
  const seen = { size: 0, root: sha256() };
  const cosigned: number[] = [];
  const requests: string[] = [];
  let how: Parameters<WitnessServer['behave']>[0] = 'well';

  const cosign = (text: string, honest: boolean): string => {
    const time = Math.floor(Date.now() / 1_000);
    const message = `cosignature/v1\ntime ${time}\n${honest ? text : `not ${text}`}`;
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(BigInt(time));
    const signature = Buffer.concat([id, stamp, sign(null, Buffer.from(message), pair.privateKey)]);
    return `\u2014 ${name} ${signature.toString('base64')}\n`;
  };

  const answer = (body: string): { status: number; type?: string; text: string } => {
    const cut = body.indexOf('\n\n');
    const [first = '', ...proof] = body.slice(0, cut).split('\n');
    const note = body.slice(cut + 2);
    const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
    const [origin, decimal = '', root64 = ''] = text.split('\n');
    const old = Number(/^old (0|[1-9]\d*)$/.exec(first)?.[1]);
    const size = Number(decimal);
    const root = Buffer.from(root64, 'base64');
    if (Number.isNaN(old) || proof.length > 63) return { status: 400, text: 'malformed\n' };
    if (origin !== log().origin) return { status: 404, text: 'unknown log\n' };
    const lines = note.slice(note.lastIndexOf('\n\n') + 2).split('\n');
    if (!log().vkeys.some((vkey) => lines.some((line) => signs(vkey, text, line))))
      return { status: 403, text: 'not signed\n' };
    if (old > size) return { status: 400, text: 'old is larger\n' };
    if (old !== seen.size) return { status: 409, type: 'text/x.tlog.size', text: `${seen.size}\n` };
    const hashes = proof.map((line) => Buffer.from(line, 'base64'));
    if (old === size && !root.equals(seen.root))
      return how === 'tell-size'
        ? { status: 409, type: 'text/x.tlog.size', text: `${seen.size}\n` }
        : { status: 409, text: 'another root\n' };
    if (!isConsistent(old, seen.root, size, root, hashes)) return { status: 422, text: 'no proof\n' };
    Object.assign(seen, { size, root });
    if (!cosigned.includes(size)) cosigned.push(size);
    const others = how === 'babble' ? `\u2014 other.test/w ${Buffer.alloc(76, 1).toString('base64')}\n` : '';
    return { status: 200, text: `${others}${cosign(text, how !== 'lie')}` };
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    if (how === 'hang') return;
    if (how === 'fail') return void response.writeHead(503).end();
    if (how === 'not-for-long') return void response.writeHead(307, { location: '/elsewhere' }).end();
    if (request.method !== 'POST' || request.url !== '/prefix/add-checkpoint')
      return void response.writeHead(404).end();
    const body = Buffer.concat(chunks).toString('utf8');
    requests.push(body);
    const { status, type = 'text/plain', text } = answer(body);
    if (how === 'drop-answer') return void response.destroy();
    response.writeHead(status, { 'content-type': type }).end(text);
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    url: `http://127.0.0.1:${port}/prefix`,
    vkey: `${name}+${id.toString('hex')}+${typed.toString('base64')}`,
    seen,
    cosigned,
    requests,
    behave: (next) => {
      how = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** One signature line under one key: name+hash+key, Ed25519. */
function signs(vkey: string, text: string, line: string): boolean {
  const [name = '', hash, ...rest] = vkey.split('+');
  const key = Buffer.from(rest.join('+'), 'base64');
  const [dash, signer, encoded = ''] = line.split(' ');
  const signed = Buffer.from(encoded, 'base64');
  if (dash !== '\u2014' || signer !== name || signed.subarray(0, 4).toString('hex') !== hash) return false;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.subarray(1).toString('base64url') };
  return verify(null, Buffer.from(text), createPublicKey({ key: jwk, format: 'jwk' }), signed.subarray(4));
}

/** Rebuilds both roots from the proof, as the definition of PROOF(m, D[n]) in RFC 6962, 2.1.2 takes them apart. */
function isConsistent(m: number, oldRoot: Buffer, n: number, newRoot: Buffer, proof: Buffer[]): boolean {
  if (m === 0) return proof.length === 0;
  const left = [...proof];
  const node = (a: Buffer, b: Buffer): Buffer => sha256(Buffer.from([1]), a, b);
  const take = (): Buffer => left.pop() ?? Buffer.alloc(0);
  /** Roots of the first `old` and of all `size` leaves of a subtree; `whole`: the verifier knows that of the first. */
  const roots = (old: number, size: number, whole: boolean): [Buffer, Buffer] => {
    if (old === size) {
      const known = whole ? oldRoot : take();
      return [known, known];
    }
    const split = 2 ** Math.floor(Math.log2(size - 1));
    const sibling = take();
    if (old <= split) {
      const [before, after] = roots(old, split, whole);
      return [before, node(after, sibling)];
    }
    const [before, after] = roots(old - split, size - split, false);
    return [node(sibling, before), node(sibling, after)];
  };
  const [before, after] = roots(m, n, true);
  return left.length === 0 && before.equals(oldRoot) && after.equals(newRoot);
}
