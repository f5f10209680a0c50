import { z } from 'zod';
import type { Json } from '../../domain/values.ts';
import { ConnectorFault } from '../../ports/connector.ts';

export const configSchema = z.strictObject({
  /** Reference to the postgres:// URL of an account that may create roles. */
  admin: z.string().regex(/^(env|file):.+$/, 'expected env:NAME or file:PATH that holds a postgres:// URL'),
  /** host or host:port as people reach it, where that is not what the admin URL says. */
  displayHost: z
    .string()
    .max(260)
    .regex(/^[A-Za-z0-9.\-[\]:]+$/, 'expected host or host:port')
    .optional(),
  /** Simultaneous sessions of one credential. */
  connectionLimit: z.int().min(1).max(100).default(5),
  /** A superuser as admin can do anything to the server; said here, it is meant. */
  allowSuperuser: z.boolean().default(false),
});
export type Config = z.infer<typeof configSchema>;

/** PostgreSQL cuts longer names at 63 bytes with a mere notice. */
const identifier = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_$-]{0,62}$/, 'expected a name of 1 to 63 letters, digits, _, $ or -');

export const scopeSchema = z.strictObject({
  role: identifier
    .refine(
      (name) => !/^pg_/i.test(name),
      'a pg_ role cannot be given out; make a group role that is a member of it',
    )
    .refine((name) => !/^(public|none|jit_.*)$/i.test(name), 'this name is reserved; name a group role'),
  database: identifier,
});
export type Scope = z.infer<typeof scopeSchema>;

/** Throws ConnectorFault `invalid` that names the key. */
export function parseScope(scope: Readonly<Record<string, Json>>): Scope {
  const parsed = scopeSchema.safeParse(scope);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues
    .map((issue) => `${issue.path.join('.') || 'scope'}: ${issue.message}`)
    .join('; ');
  throw new ConnectorFault(
    'invalid',
    `the scope of a postgres-role entitlement is wrong: ${why.slice(0, 500)}`,
  );
}
