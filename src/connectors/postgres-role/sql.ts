import pg from 'pg';
import { ConnectorFault } from '../../ports/connector.ts';

export const ident = pg.escapeIdentifier;
export const literal = pg.escapeLiteral;

/** Ms since the epoch as a timestamptz literal. */
export const instant = (ms: number): string => literal(new Date(ms).toISOString());

/** The lock that everything which changes a credential holds; one number for each name, on every installation. */
export const lockKey = (name: string): string => `hashtextextended(${literal(name)}, 0)`;

/** Names that this installation makes: its prefix and 20 characters of base32. */
export const ownName = (prefix: string): RegExp => new RegExp(`^${prefix}[a-z2-7]{20}$`);

/** Throws `invalid`: a name that is not ours is never touched, whatever a caller says. */
export function checkName(prefix: string, name: string): void {
  if (ownName(prefix).test(name)) return;
  throw new ConnectorFault(
    'invalid',
    `credential name must be ${prefix} and 20 characters of a-z2-7; nothing was done`,
  );
}
