import plugin from '../../src/connectors/exception/index.ts';
import type { Connector } from '../../src/ports/connector.ts';
import { connectorContract } from '../contracts/connector.ts';
import { type ConnectorHarness, freshName } from '../contracts/connector-harness.ts';
import { contextWith } from './context.ts';
import { cutting, failing, type OwnStores, openOwnStores, silent } from './own-stores.ts';

connectorContract('exception', async (): Promise<ConnectorHarness> => {
  const stores = await openOwnStores();
  const { exceptions } = stores;
  const context = contextWith({ exceptions });
  const open = (own: Pick<OwnStores, 'exceptions'> = stores): Connector =>
    plugin.open('exceptions', {}, { ...context, exceptions: own.exceptions });
  const scope = { overrides: 'freeze', entitlement: 'orders-db:write' };
  return {
    prefix: context.prefix,
    scope,
    hostileScopes: [
      {},
      { overrides: '' },
      { overrides: '*' },
      { overrides: 'freeze\nall' },
      { overrides: '\u202efreeze' },
      { overrides: 'f'.repeat(200) },
      { overrides: 'freeze', entitlement: '' },
      { overrides: 'freeze', entitlement: '*' },
      { overrides: 'freeze', entitlement: ['orders-db:write'] },
      { ...scope, until: 'for ever' },
    ],
    open: () => open(),
    works: async ({ handle, subject }) =>
      (await exceptions.inForce(subject, context.clock.now())).some(({ name }) => name === handle.name),
    replacesSecret: false,
    canaries: [],
    targetLog: null,
    openSession: null,
    leaveBehind: null,
    down: [{ what: 'the store refuses', open: () => open(failing(stores)) }],
    hanging: () => open(silent(stores)),
    foreign: async () => {
      const name = freshName('jit_othr_');
      const subject = 's:0123456789abcdef01234567';
      const expiresAt = context.clock.now() + 3_600_000;
      await exceptions.put({ name, subject, overrides: 'freeze', entitlement: null, expiresAt });
      return { name, exists: async () => (await exceptions.get(name))?.endedAt === null };
    },
    cut: (nth, when) => {
      const own = cutting(stores, nth, when);
      return { open: () => open(own), hasCut: () => own.hasCut(), mend: () => {} };
    },
    waiting: null,
    lacks: {
      targetLog: 'the target is our own registry, which keeps names, people and times only',
      openSession: 'whoever asks looks again each time',
      leaveBehind: 'an exception owns nothing',
    },
    close: () => stores.close(),
  };
});
