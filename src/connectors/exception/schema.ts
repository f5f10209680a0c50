import { z } from 'zod';
import type { Json } from '../../domain/values.ts';
import { ConnectorFault } from '../../ports/connector.ts';

export const configSchema = z.strictObject({});

export const scopeSchema = z.strictObject({
  overrides: z
    .string()
    .regex(/^[A-Za-z0-9][\w.:/-]{0,99}$/, 'expected freeze, or the id of the policy that it overrides'),
  /** Without it the exception is good for every entitlement. */
  entitlement: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_:-]{0,99}$/, 'expected the id of an entitlement')
    .optional(),
});
export type Scope = z.infer<typeof scopeSchema>;

/** Throws ConnectorFault `invalid` that names the key. */
export function parseScope(scope: Readonly<Record<string, Json>>): Scope {
  const parsed = scopeSchema.safeParse(scope);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues
    .map((issue) => `${issue.path.join('.') || 'scope'}: ${issue.message}`)
    .join('; ');
  throw new ConnectorFault('invalid', `the scope of an exception is wrong: ${why.slice(0, 500)}`);
}

export const wordsOf = ({ overrides, entitlement }: Scope): string =>
  `override of ${overrides} for ${entitlement ?? 'every entitlement'}`;
