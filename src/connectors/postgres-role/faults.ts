import pg from 'pg';
import type { FaultClass } from '../../domain/values.ts';
import { ConnectorFault } from '../../ports/connector.ts';

/** SQLSTATE, or its class of two characters, to what it means for a connector. */
const CLASSES: readonly (readonly [prefix: string, code: FaultClass])[] = [
  ['28', 'auth'],
  ['42501', 'auth'],
  ['53', 'throttled'],
  ['57014', 'unreachable'],
  ['57P', 'unreachable'],
  ['25P0', 'unreachable'],
  ['08', 'unreachable'],
  ['3D000', 'unreachable'],
  ['55', 'conflict'],
  ['40', 'conflict'],
  ['2BP01', 'conflict'],
  ['42704', 'invalid'],
  ['0LP01', 'invalid'],
];

/**
 * Any error of pg or the network as a ConnectorFault. The original is not kept as `cause`: its fields can hold the
 * text of a statement, and with it a password verifier.
 */
export function asFault(error: unknown, what: string): ConnectorFault {
  if (error instanceof ConnectorFault) return error;
  const [code, why] = classify(error);
  return new ConnectorFault(code, `${what}: ${why}`);
}

function classify(error: unknown): [FaultClass, string] {
  if (!(error instanceof Error)) return ['internal', 'an unknown error'];
  const state = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const why = `${plain(error.message)}${state === '' ? '' : ` (${state})`}`;
  if (error instanceof pg.DatabaseError) {
    // A catalogue row changed by two at once has no SQLSTATE of its own.
    if (error.message === 'tuple concurrently updated') return ['conflict', why];
    return [CLASSES.find(([prefix]) => state.startsWith(prefix))?.[1] ?? 'internal', why];
  }
  if (/^(E[A-Z]+|UND_.*)$/.test(state)) return ['unreachable', why || state];
  if (/SASL|password/.test(error.message)) return ['auth', why];
  if (/timeout|terminated|closed|not queryable|SSL|ended/i.test(error.message)) return ['unreachable', why];
  return ['internal', why];
}

export const sqlState = (error: unknown): string =>
  error instanceof pg.DatabaseError ? (error.code ?? '') : '';

/** A target's text is hostile too: one line, no control or direction characters, capped. */
export const plain = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 300);
