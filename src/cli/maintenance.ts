import { carryOut, type Order, type OrderAnswer } from '../admin.ts';
import { addressOf, openBase } from '../base.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import { startWorker, type Worker } from '../workflows/due.ts';

export interface Maintenance extends AsyncDisposable {
  readonly store: Store;
  carryOut(order: Order): Promise<OrderAnswer>;
}

/** The revocation lane alone, for when no bot runs: the rest is done by the bot, when it is back. */
export async function openMaintenance(config: Config, logger: Logger): Promise<Maintenance> {
  const base = await openBase(config, logger, () => addressOf(config));
  let worker: Worker | null = null;
  const deps = base.deps([], () => worker?.wake());
  worker = startWorker(deps, ['revocation']);
  const guard = base.guard(deps, async (open) => open());
  return {
    store: base.store,
    carryOut: async (order) => {
      // What ends access does not wait until the log is known to be what was signed.
      if (order.order !== 'revoke') await guard.checked;
      return carryOut(deps, order);
    },
    [Symbol.asyncDispose]: async () => {
      await guard.stop();
      await worker?.drain();
      await base.close();
    },
  };
}
