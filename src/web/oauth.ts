import { LIMITS } from '../limits.ts';
import { json } from './answer.ts';
import type { Answer, Asked, Route } from './answer.ts';
import { presents } from './client-secret.ts';

/** What introspection says of a token (RFC 7662, 2.2). Anything unknown, ended or unreadable is only inactive. */
export type Introspection =
  | { readonly active: false }
  | { readonly active: true; readonly [claim: string]: unknown };

export interface TokenDesk {
  /** What resource servers prove themselves with; null: nobody may ask. */
  readonly secret: string | null;
  introspect(token: string): Promise<Introspection>;
  /** Ends the token's grant. Resolves for tokens that are not ours or have ended (RFC 7009, 2.2). */
  revoke(token: string): Promise<void>;
}

/** RFC 7662: POST, form-encoded, by an authenticated caller. */
export function introspectionRoute(desk: TokenDesk): Route {
  return async (asked) => {
    const token = tokenOf(desk, asked);
    return typeof token === 'string' ? json(200, await desk.introspect(token)) : token;
  };
}

/** RFC 7009: likewise; 200 also for a token that is not there, so that it tells nobody anything. */
export function revocationRoute(desk: TokenDesk): Route {
  return async (asked) => {
    const token = tokenOf(desk, asked);
    if (typeof token !== 'string') return token;
    await desk.revoke(token);
    return { status: 200, body: '' };
  };
}

function tokenOf(desk: TokenDesk, { headers, body }: Asked): string | Answer {
  if (!presents(desk.secret, headers)) {
    const challenge = { 'www-authenticate': 'Bearer realm="countersign", Basic realm="countersign"' };
    return json(401, { error: 'invalid_client' }, challenge);
  }
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') {
    return badRequest('the body must be application/x-www-form-urlencoded');
  }
  const [token, ...more] = new URLSearchParams(body).getAll('token');
  if (token === undefined || token === '') return badRequest('missing required "token" parameter');
  if (more.length > 0) return badRequest('"token" must not be repeated');
  if (token.length > LIMITS.tokenMaxChars) return badRequest('"token" is too long');
  return token;
}

function badRequest(description: string): Answer {
  return json(400, { error: 'invalid_request', error_description: description });
}
