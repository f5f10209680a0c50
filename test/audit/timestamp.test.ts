import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTimeStampAnswer, timeStampRequest } from '../../src/audit/timestamp.ts';
import vectors from '../vectors/timestamp.json' with { type: 'json' };
import { refusal } from './refusal.ts';

const sha256 = Buffer.from(vectors.sha256, 'hex');
const nonce = Buffer.from(vectors.nonce, 'hex');
const granted = Buffer.from(vectors.granted, 'base64');
const rejected = Buffer.from(vectors.rejected, 'base64');
const read = (der: Uint8Array) => readTimeStampAnswer(der, sha256, nonce);

/** One DER value of `parts`, shorter than 64 KiB. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}
const hex = (digits: string): Buffer => Buffer.from(digits, 'hex');
const small = (value: number): Buffer => der(0x02, Buffer.from([value]));

/** A TimeStampResp of these parts; nobody has signed it. */
function answerOf({
  status = der(0x30, small(0)),
  contentType = hex('2a864886f70d010702'),
  eContentType = hex('2a864886f70d0109100104'),
  version = small(1),
  algorithm = hex('608648016503040201'),
  time = '20261120212306Z',
  beforeNonce = [],
  serverNonce = [der(0x02, nonce)],
  afterNonce = [],
  afterImprint = [],
  afterInfo = [],
  afterContent = [],
  afterToken = [],
}: {
  status?: Buffer;
  contentType?: Buffer;
  eContentType?: Buffer;
  version?: Buffer;
  algorithm?: Buffer;
  time?: string;
  beforeNonce?: readonly Buffer[];
  serverNonce?: readonly Buffer[];
  afterNonce?: readonly Buffer[];
  afterImprint?: readonly Buffer[];
  afterInfo?: readonly Buffer[];
  afterContent?: readonly Buffer[];
  afterToken?: readonly Buffer[];
} = {}): Buffer {
  const imprint = der(0x30, der(0x30, der(0x06, algorithm), hex('0500')), der(0x04, sha256), ...afterImprint);
  const genTime = der(0x18, Buffer.from(time));
  const fields = [version, der(0x06, hex('2a03')), imprint, small(9), genTime];
  const info = der(0x30, ...fields, ...beforeNonce, ...serverNonce, ...afterNonce);
  const encapsulated = der(0x30, der(0x06, eContentType), der(0xa0, der(0x04, info, ...afterInfo)));
  const signedData = der(0x30, small(3), der(0x31), encapsulated, der(0x31));
  const token = der(0x30, der(0x06, contentType), der(0xa0, signedData), ...afterContent);
  return der(0x30, status, token, ...afterToken);
}

describe('a time-stamp request', () => {
  it('is the 69 bytes of RFC 3161 section 2.4.1', () => {
    expect(timeStampRequest(sha256, nonce).toString('hex')).toBe(
      `30430201013031300d060960864801650304020105000420${vectors.sha256}0208${vectors.nonce}0101ff`,
    );
    expect(timeStampRequest(sha256, nonce)).toHaveLength(69);
  });

  it.each([
    ['a hash of 20 bytes', Buffer.alloc(20), nonce],
    ['a nonce of 7 bytes', sha256, nonce.subarray(1)],
    ['a nonce that DER would shorten', sha256, Buffer.from([0, ...nonce.subarray(1)])],
    ['a nonce that is negative', sha256, Buffer.from([0x80, ...nonce.subarray(1)])],
    ['no nonce', sha256, Buffer.alloc(0)],
  ])('is not made of %s', (_what, hash, number) => {
    expect(refusal(() => timeStampRequest(hash, number))).toBe('timestamp_malformed');
  });
});

describe('a time-stamp answer', () => {
  it('tells status, time and token', () => {
    const { status, genTime, token } = read(granted);
    expect([status, new Date(genTime).toISOString()]).toEqual([0, vectors.genTime]);
    expect(granted.indexOf(token)).toBe(granted.length - token.length);
    expect(token.readUInt8()).toBe(0x30);
  });

  it('is refused for another hash', () => {
    expect(() => readTimeStampAnswer(granted, Buffer.alloc(32), nonce)).toThrow(
      'a time-stamp is malformed: it is for another hash',
    );
    expect(refusal(() => readTimeStampAnswer(granted, sha256.subarray(1), nonce))).toBe(
      'timestamp_malformed',
    );
  });

  it('is refused with another nonce', () => {
    const other = Buffer.from([...nonce.subarray(0, 7), 9]);
    expect(() => readTimeStampAnswer(granted, sha256, other)).toThrow(
      'a time-stamp is malformed: it has another nonce',
    );
  });

  it('that says no is told apart, with its reason', () => {
    expect(() => read(rejected)).toThrow(
      'the time-stamp server refused: status 2 (rejection), failure badAlg',
    );
    expect(refusal(() => read(rejected))).toBe('timestamp_refused');
  });

  it.each([
    [2, hex('0780'), 'status 2 (rejection), failure badAlg'],
    [2, hex('0520'), 'status 2 (rejection), failure badRequest'],
    [2, hex('020024'), 'status 2 (rejection), failure unknown'],
    [2, hex('000002'), 'status 2 (rejection), failure timeNotAvailable'],
    [2, hex('0600000040'), 'status 2 (rejection), failure systemFailure'],
    [2, hex('0501a0'), 'status 2 (rejection), failure unknown'],
    [2, Buffer.alloc(0), 'status 2 (rejection), failure unknown'],
    [3, undefined, 'status 3 (waiting)'],
    [4, undefined, 'status 4 (revocationWarning)'],
    [5, undefined, 'status 5 (revocationNotification)'],
  ])('of status %i and failure %o is refused in words', (status, failure, words) => {
    const info = der(0x30, small(status), ...(failure ? [der(0x03, failure)] : []));
    expect(() => read(der(0x30, info))).toThrow(`the time-stamp server refused: ${words}`);
  });

  it('is no time-stamp when it is refused, though it holds one', () => {
    expect(refusal(() => read(answerOf({ status: der(0x30, small(2)) })))).toBe('timestamp_refused');
    expect(read(answerOf({ status: der(0x30, small(1)) })).status).toBe(1);
  });

  it.each([
    ['20261120212306Z', '2026-11-20T21:23:06.000Z'],
    ['20261120212306.5Z', '2026-11-20T21:23:06.500Z'],
    ['20261120212306.123456Z', '2026-11-20T21:23:06.123Z'],
    ['20240229000000Z', '2024-02-29T00:00:00.000Z'],
  ])('of time %s is of %s', (time, iso) => {
    expect(new Date(read(answerOf({ time })).genTime).toISOString()).toBe(iso);
  });

  it.each([
    '20261320212306Z',
    '20260230212306Z',
    '20261120242306Z',
    '20261120216006Z',
    '20261120212306',
    '20261120212306+0100',
    '202611202123Z',
    '20261120212306.Z',
    '261120212306Z',
    '',
  ])('is refused when its time is "%s"', (time) => {
    expect(() => read(answerOf({ time }))).toThrow('a time-stamp is malformed: its genTime is no time');
  });

  it('may tell accuracy, ordering, server and extensions', () => {
    const beforeNonce = [der(0x30, small(1)), der(0x01, hex('ff'))];
    const afterNonce = [der(0xa0, hex('0500')), der(0xa1, hex('0500'))];
    expect(read(answerOf({ beforeNonce, afterNonce })).status).toBe(0);
  });

  it.each([
    ['no token', der(0x30, der(0x30, small(0)))],
    ['a status that is not known', answerOf({ status: der(0x30, small(6)) })],
    ['a negative status', answerOf({ status: der(0x30, small(0xff)) })],
    ['a status of two bytes', answerOf({ status: der(0x30, hex('02020000')) })],
    ['a status of no bytes', answerOf({ status: der(0x30, hex('0200')) })],
    ['a token that is not signed data', answerOf({ contentType: hex('2a864886f70d010701') })],
    ['a token of something else', answerOf({ eContentType: hex('2a864886f70d010701') })],
    ['another version', answerOf({ version: small(2) })],
    ['a hash of another algorithm', answerOf({ algorithm: hex('608648016503040202') })],
    ['no nonce', answerOf({ serverNonce: [] })],
    ['two nonces', answerOf({ serverNonce: [der(0x02, nonce), der(0x02, nonce)] })],
    ['something behind its status', answerOf({ status: der(0x30, small(0), hex('0500')) })],
    ['something behind its hash', answerOf({ afterImprint: [hex('0500')] })],
    ['something behind its content', answerOf({ afterContent: [hex('0500')] })],
    ['something behind its TSTInfo', answerOf({ afterInfo: [hex('0500')] })],
    ['something behind its token', answerOf({ afterToken: [hex('0500')] })],
    ['something behind itself', Buffer.concat([answerOf(), hex('00')])],
    ['an indefinite length', Buffer.concat([hex('3080'), answerOf().subarray(4), hex('0000')])],
    ['a length in more octets than it needs', Buffer.concat([hex('308300'), answerOf().subarray(2)])],
    ['a short length in the long form', answerOf({ status: hex('308103020100') })],
    ['a length of five octets', hex('308500000000010500')],
    ['a length beyond its end', hex('3084ffffffff')],
    ['no bytes', Buffer.alloc(0)],
    ['a page of HTML', Buffer.from('<html><body>502 Bad Gateway</body></html>')],
  ])('is refused with %s', (_what, answer) => {
    expect(refusal(() => read(answer))).toBe('timestamp_malformed');
  });

  it('is refused when it is cut off, wherever', () => {
    const taken: number[] = [];
    for (const answer of [granted, rejected, answerOf()])
      for (let length = 0; length < answer.length; length++)
        if (refusal(() => read(answer.subarray(0, length))) !== 'timestamp_malformed') taken.push(length);
    expect(taken).toEqual([]);
  });

  it('is read, or refused, whatever its bytes are', () => {
    const at = fc.nat(granted.length - 1);
    const changed = fc
      .array(fc.tuple(at, fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) =>
        changes.reduce((bytes, [i, value]) => bytes.fill(value, i, i + 1), Buffer.from(granted)),
      );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), changed), (answer) => {
        expect(['taken', 'timestamp_malformed', 'timestamp_refused']).toContain(refusal(() => read(answer)));
      }),
      { numRuns: 1_000 },
    );
  });
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** The exchange with a real server; without openssl, its answers in test/vectors/timestamp.json stand for it. */
describe.skipIf(!hasOpenssl)('with a time-stamp server of openssl', () => {
  let folder: string;
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe', timeout: 10_000 });
  const write = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content);

  const config = (digests: string) => `
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = ${digests}
accuracy = secs:1
ordering = yes
tsa_name = yes
[req]
distinguished_name = dn
[dn]
[ext]
extendedKeyUsage = critical,timeStamping
`;

  function answerWith(configuration: string, hash: Uint8Array): Buffer {
    write('request.tsq', timeStampRequest(hash, nonce));
    openssl('ts', '-reply', '-config', configuration, '-queryfile', 'request.tsq', '-out', 'answer.tsr');
    return readFileSync(join(folder, 'answer.tsr'));
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-tsa-'));
    write('serial', '01\n');
    write('sha256.cnf', config('sha256'));
    write('sha512.cnf', config('sha512'));
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'tsa.key'];
    const name = ['-subj', '/CN=throw-away', '-days', '1', '-config', 'sha256.cnf', '-extensions', 'ext'];
    openssl('req', '-x509', ...key, ...name, '-out', 'tsa.pem');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is understood, and its answer is read', () => {
    const before = Date.now();
    const { status, genTime, token } = read(answerWith('sha256.cnf', sha256));
    expect(status).toBe(0);
    expect(genTime).toBeGreaterThan(before - 2_000);
    expect(genTime).toBeLessThan(Date.now() + 2_000);
    write('token.der', token);
    const verify = ['-verify', '-in', 'token.der', '-token_in', '-CAfile', 'tsa.pem'];
    expect(openssl('ts', ...verify, '-digest', vectors.sha256)).toContain('Verification: OK');
    expect(() => openssl('ts', ...verify, '-digest', '00'.repeat(32))).toThrow();
  });

  it('is refused for another hash or another nonce than ours', () => {
    const other = answerWith('sha256.cnf', Buffer.alloc(32, 1));
    expect(refusal(() => read(other))).toBe('timestamp_malformed');
    const ours = answerWith('sha256.cnf', sha256);
    expect(refusal(() => readTimeStampAnswer(ours, sha256, Buffer.alloc(8, 1)))).toBe('timestamp_malformed');
  });

  it('is told apart when it says no', () => {
    expect(refusal(() => read(answerWith('sha512.cnf', sha256)))).toBe('timestamp_refused');
  });
});
