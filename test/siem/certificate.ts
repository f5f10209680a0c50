import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** An authority of the test's own, and a server of its on loopback. PEM. */
export interface TestAuthority {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export function testAuthority(): TestAuthority {
  const [authority, server] = [p256(), p256()];
  const issuer = { name: 'Test authority', key: authority.privateKey };
  const { privateKey } = server;
  return {
    ca: certificate(issuer, 'Test authority', authority.publicKey, [extension('551d13', seq(TRUE))]),
    cert: certificate(issuer, 'localhost', server.publicKey, [extension('551d11', seq(dns, ip))]),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const p256 = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** X.690, 8.1: a tag, the length in its shortest form, the content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(content);
  const short = value.length < 0x80;
  const length = short ? [value.length] : [0x82, value.length >> 8, value.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}
const seq = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const text = (tag: number, value: string): Buffer => der(tag, Buffer.from(value));
const bits = (value: Uint8Array): Buffer => der(0x03, Buffer.from([0]), value);

const TRUE = der(0x01, Buffer.from([0xff]));
const dns = text(0x82, 'localhost');
const ip = der(0x87, Buffer.from([127, 0, 0, 1]));
/** ecdsa-with-SHA256 (RFC 5758, 3.2). */
const algorithm = seq(oid('2a8648ce3d040302'));
const commonName = (name: string): Buffer => seq(der(0x31, seq(oid('550403'), text(0x0c, name))));
const validity = seq(text(0x17, '200101000000Z'), text(0x17, '491231235959Z'));
const extension = (id: string, value: Buffer): Buffer => seq(oid(id), der(0x04, value));

/** RFC 5280, 4.1: a certificate of version 3. */
function certificate(
  issuer: { readonly name: string; readonly key: KeyObject },
  subject: string,
  publicKey: KeyObject,
  extensions: readonly Buffer[],
): string {
  const tbs = seq(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    commonName(issuer.name),
    validity,
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, seq(...extensions)),
  );
  const signed = seq(tbs, algorithm, bits(sign('sha256', tbs, issuer.key)));
  const body = signed.toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
}
