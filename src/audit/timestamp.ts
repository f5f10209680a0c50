import { DerReader } from './der.ts';
import { AuditError } from './error.ts';

/** RFC 3161: a time-stamp server's word that a hash existed at a time. */

const integer = 0x02;
const bitString = 0x03;
const octetString = 0x04;
const objectId = 0x06;
const boolean = 0x01;
const generalizedTime = 0x18;
const sequence = 0x30;
const set = 0x31;
const explicit0 = 0xa0;
const explicit1 = 0xa1;

const sha256Id = Buffer.from('608648016503040201', 'hex');
const signedDataId = Buffer.from('2a864886f70d010702', 'hex');
const tstInfoId = Buffer.from('2a864886f70d0109100104', 'hex');

const requestHead = Buffer.from('30430201013031300d060960864801650304020105000420', 'hex');
const nonceHead = Buffer.from('0208', 'hex');
const certReq = Buffer.from('0101ff', 'hex');

/**
 * Section 2.4.1: a TimeStampReq for a SHA-256, which asks for the certificate as well; 69 bytes of DER. `nonce` is
 * 8 random bytes, the first of them 01 to 7f, so that it is a positive integer of that length. Throws AuditError
 * `timestamp_malformed` for other sizes.
 */
export function timeStampRequest(sha256: Uint8Array, nonce: Uint8Array): Buffer {
  const [first = 0] = nonce;
  if (sha256.length !== 32) throw malformed(`the hash has ${sha256.length} bytes, expected 32`);
  if (nonce.length !== 8 || first < 0x01 || first > 0x7f)
    throw malformed('the nonce must have 8 bytes, the first of them 01 to 7f');
  return Buffer.concat([requestHead, sha256, nonceHead, nonce, certReq]);
}

export interface TimeStampAnswer {
  /** 0 granted, 1 granted with modifications. */
  readonly status: number;
  /** Ms since the epoch, as the server says. */
  readonly genTime: number;
  /** DER of the TimeStampToken, to be kept. */
  readonly token: Buffer;
}

/**
 * Section 2.4.2: a TimeStampResp that is granted, for this hash and this nonce. The server's signature and
 * certificate are NOT verified here: `openssl ts -verify` does that with the token. Throws AuditError
 * `timestamp_refused`, or `timestamp_malformed` for all else.
 */
export function readTimeStampAnswer(der: Uint8Array, sha256: Uint8Array, nonce: Uint8Array): TimeStampAnswer {
  const outer = new DerReader(der, malformed);
  const answer = outer.inside(sequence, 'TimeStampResp');
  outer.end('TimeStampResp');
  const status = readStatus(answer.inside(sequence, 'status'));
  const token = Buffer.from(answer.rest());
  const info = tstInfoOf(answer.inside(sequence, 'timeStampToken'));
  answer.end('TimeStampResp');
  return { status, genTime: readTstInfo(info, sha256, nonce), token };
}

const statuses = [
  'granted',
  'grantedWithMods',
  'rejection',
  'waiting',
  'revocationWarning',
  'revocationNotification',
];

/** PKIFailureInfo, by bit. */
const failures = new Map([
  [0, 'badAlg'],
  [2, 'badRequest'],
  [5, 'badDataFormat'],
  [14, 'timeNotAvailable'],
  [15, 'unacceptedPolicy'],
  [16, 'unacceptedExtension'],
  [17, 'addInfoNotAvailable'],
  [25, 'systemFailure'],
]);

function readStatus(info: DerReader): number {
  const content = info.value(integer, 'status');
  info.optional(sequence);
  const failInfo = info.optional(bitString);
  info.end('status');
  const [status = 0] = content;
  if (content.length !== 1 || status >= statuses.length) throw malformed('its status is not known');
  if (status > 1) {
    const why = failInfo === undefined ? '' : `, failure ${failureOf(failInfo)}`;
    throw new AuditError(
      'timestamp_refused',
      `the time-stamp server refused: status ${status} (${statuses[status]})${why}`,
    );
  }
  return status;
}

/** A BIT STRING's first octet counts its unused bits; bit 0 is the highest of the next octet. */
function failureOf([, ...octets]: Buffer): string {
  const names = [...failures].filter(([bit]) => ((octets[Math.floor(bit / 8)] ?? 0) >> (7 - (bit % 8))) & 1);
  return names.map(([, name]) => name).join(', ') || 'unknown';
}

/** RFC 5652 sections 3 and 5.1: ContentInfo of SignedData of a TSTInfo; certificates and signatures are left unread. */
function tstInfoOf(contentInfo: DerReader): DerReader {
  if (!contentInfo.value(objectId, 'contentType').equals(signedDataId))
    throw malformed('its token is not SignedData');
  const signedData = contentInfo.inside(explicit0, 'content').inside(sequence, 'SignedData');
  contentInfo.end('timeStampToken');
  signedData.value(integer, 'version');
  signedData.value(set, 'digestAlgorithms');
  const encapsulated = signedData.inside(sequence, 'encapContentInfo');
  if (!encapsulated.value(objectId, 'eContentType').equals(tstInfoId))
    throw malformed('its token holds no TSTInfo');
  const content = encapsulated.inside(explicit0, 'eContent').inside(octetString, 'eContent');
  const info = content.inside(sequence, 'TSTInfo');
  content.end('eContent');
  return info;
}

function readTstInfo(info: DerReader, sha256: Uint8Array, nonce: Uint8Array): number {
  if (!isOne(info.value(integer, 'version'))) throw malformed('its version must be 1');
  info.value(objectId, 'policy');
  const imprint = info.inside(sequence, 'messageImprint');
  const algorithm = imprint.inside(sequence, 'hashAlgorithm').value(objectId, 'algorithm');
  const hashed = imprint.value(octetString, 'hashedMessage');
  imprint.end('messageImprint');
  if (!algorithm.equals(sha256Id) || !hashed.equals(sha256)) throw malformed('it is for another hash');
  info.value(integer, 'serialNumber');
  const genTime = readTime(info.value(generalizedTime, 'genTime'));
  info.optional(sequence);
  info.optional(boolean);
  if (!info.value(integer, 'nonce').equals(nonce)) throw malformed('it has another nonce');
  info.optional(explicit0);
  info.optional(explicit1);
  info.end('TSTInfo');
  return genTime;
}

const isOne = (content: Buffer): boolean => content.length === 1 && content[0] === 1;

/** "YYYYMMDDhhmmss[.s...]Z", to the millisecond. */
function readTime(content: Buffer): number {
  const time = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?Z$/.exec(content.toString('latin1'));
  const [, year, month, day, hour, minute, second, fraction = ''] = time ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  const at = Date.parse(iso);
  if (Number.isNaN(at) || new Date(at).toISOString() !== iso) throw malformed('its genTime is no time');
  return at;
}

function malformed(rule: string): AuditError {
  return new AuditError('timestamp_malformed', `a time-stamp is malformed: ${rule}`);
}
