import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { ConnectorContext } from '../../src/ports/connector.ts';
import { systemClock } from '../../src/system.ts';

const signing = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });

const notGiven = async (): Promise<never> => {
  throw new Error('this test did not give that to the connector');
};

/** What a connector gets of the bot: the machine's clock and a key made for this process; the rest as the test says. */
export function contextWith(over: Partial<ConnectorContext> = {}): ConnectorContext {
  return {
    clock: systemClock,
    secretOf: (reference) => {
      throw new Error(`no secret for ${reference}`);
    },
    prefix: 'jit_test_',
    random: (bytes) => randomBytes(bytes),
    exceptions: { put: notGiven, end: notGiven, get: notGiven, inForce: notGiven, open: notGiven },
    open: notGiven,
    tokens: { put: notGiven, revoke: notGiven, get: notGiven, living: notGiven },
    issuer: { url: 'https://countersign.test', signingKey: async () => ({ ...signing, kid: 'key-1' }) },
    ...over,
  };
}
