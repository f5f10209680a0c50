import { z } from 'zod';
import type { Json } from '../../domain/values.ts';
import { LIMITS } from '../../limits.ts';
import { ConnectorFault } from '../../ports/connector.ts';

export const configSchema = z.strictObject({
  /** A token cannot be called back from someone who checks it offline, so it lives no longer than this. */
  lifetimeMaxMs: z.int().positive().max(LIMITS.tokenLifetimeMaxMs).default(LIMITS.tokenLifetimeMaxMs),
});
export type Config = z.infer<typeof configSchema>;

const thumbprint = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'expected a SHA-256 JWK thumbprint (RFC 7638)');
const publicJwk = z
  .record(z.string().max(20), z.string().max(1_000))
  .refine(
    (jwk) => ['OKP', 'EC', 'RSA'].includes(jwk['kty'] ?? ''),
    'expected a public JWK of kty OKP, EC or RSA',
  )
  .refine((jwk) => !('d' in jwk || 'k' in jwk), 'this is a private key: give only its public members');

export const scopeSchema = z.strictObject({
  audience: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'expected 1 to 200 printable ASCII characters without spaces'),
  /** RFC 6749, 3.3: tokens of printable ASCII, one space between. */
  scope: z
    .string()
    .max(500)
    .regex(
      /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/,
      'expected words with one space between',
    ),
  /** RFC 7800: the key its holder must prove, so that a stolen token is of no use. */
  cnf: z.union([z.strictObject({ jkt: thumbprint }), z.strictObject({ jwk: publicJwk })]).optional(),
});
export type Scope = z.infer<typeof scopeSchema>;

/** Throws ConnectorFault `invalid` that names the key. */
export function parseScope(scope: Readonly<Record<string, Json>>): Scope {
  const parsed = scopeSchema.safeParse(scope);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues
    .map((issue) => `${issue.path.join('.') || 'scope'}: ${issue.message}`)
    .join('; ');
  throw new ConnectorFault('invalid', `the scope of a signed-jwt entitlement is wrong: ${why.slice(0, 500)}`);
}
