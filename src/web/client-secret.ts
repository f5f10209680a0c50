import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether the caller presented `secret`, as a bearer token (RFC 6750, 2.1) or as the password of Basic (RFC 6749,
 * 2.3.1; the user name is not looked at). No configured secret means nobody. Compared in constant time.
 */
export function presents(secret: string | null, headers: IncomingHttpHeaders): boolean {
  const given = presented(headers.authorization ?? '');
  if (secret === null || given === null) return false;
  return timingSafeEqual(digest(secret), digest(given));
}

function presented(authorization: string): string | null {
  const [, scheme = '', value = ''] = /^(bearer|basic) +([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return null;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) return null;
  try {
    // RFC 6749, 2.3.1: both halves are form-encoded before they are joined.
    return decodeURIComponent(pair.slice(colon + 1).replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** Equal lengths, which timingSafeEqual wants, without telling the secret's. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
