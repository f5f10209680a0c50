import { importJWK, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import type { ConnectorContext } from '../../ports/connector.ts';

/** What reading and judging a token takes. */
export type TokenOffice = Pick<ConnectorContext, 'issuer' | 'tokens' | 'clock'>;

const ALGORITHM = 'EdDSA';
/** RFC 9068, 2.1. */
const TYPE = 'at+jwt';

/** Claims as signed; times in seconds since the epoch (RFC 7519, 2). */
const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.string(),
  scope: z.string(),
  iat: z.int(),
  nbf: z.int(),
  exp: z.int(),
  jti: z.string().max(64),
  /** Id of the request that was countersigned. */
  grant: z.string().max(64),
  cnf: z.record(z.string(), z.unknown()).optional(),
});
export type Claims = z.infer<typeof claimsSchema>;

/** The same claims give the same token: Ed25519 signatures are deterministic (RFC 8032, 5.1.6). */
export async function sign(office: TokenOffice, claims: Claims): Promise<string> {
  const jwk = await office.issuer.signingKey();
  const key = await importJWK(jwk, ALGORITHM);
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: jwk.kid }).sign(key);
}

/** RFC 7662, 2.2. A token that is unknown, ended, forged or unreadable is only ever inactive. */
export type Introspection =
  | { readonly active: false }
  | ({ readonly active: true; readonly token_type: 'Bearer' | 'DPoP' } & Claims);

export async function introspect(office: TokenOffice, token: string): Promise<Introspection> {
  const now = office.clock.now();
  const claims = await verified(office, token, now);
  if (claims === null) return { active: false };
  const record = await office.tokens.get(claims.jti);
  if (record === null || record.revokedAt !== null || record.expiresAt <= now) return { active: false };
  return { active: true, token_type: claims.cnf === undefined ? 'Bearer' : 'DPoP', ...claims };
}

/** Whose token this is, for RFC 7009: the request to end, also when the token has run out. Null when it is not ours. */
export async function readToken(
  office: TokenOffice,
  token: string,
): Promise<{ readonly request: string; readonly name: string } | null> {
  const claims = await verified(office, token, null);
  return claims === null ? null : { request: claims.grant, name: claims.jti };
}

/** `at` null: its times are not looked at. One algorithm, one type, one issuer, one key: nothing of the header is believed. */
async function verified(office: TokenOffice, token: string, at: number | null): Promise<Claims | null> {
  if (token.length > LIMITS.tokenMaxChars) return null;
  const { d: _private, ...publicJwk } = await office.issuer.signingKey();
  const key = await importJWK(publicJwk, ALGORITHM);
  try {
    const { payload, protectedHeader } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer: office.issuer.url,
      requiredClaims: ['exp', 'jti'],
      ...(at === null
        ? { currentDate: new Date(0), clockTolerance: Number.MAX_SAFE_INTEGER }
        : { currentDate: new Date(at) }),
    });
    if (protectedHeader.kid !== publicJwk.kid) return null;
    return claimsSchema.parse(payload);
  } catch {
    return null;
  }
}
