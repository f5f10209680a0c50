import type { RevokeOrder } from '../admin.ts';
import { addressOf, openBase } from '../base.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import { startWorker, type Worker } from '../workflows/due.ts';
import { type OperatorAnswer, revokeAsOperator } from '../workflows/operator.ts';

export interface Maintenance extends AsyncDisposable {
  readonly store: Store;
  revoke(order: RevokeOrder): Promise<OperatorAnswer>;
}

/** The revocation lane alone, for when no bot runs: chat is told by the bot, when it is back. */
export async function openMaintenance(config: Config, logger: Logger): Promise<Maintenance> {
  const base = await openBase(config, logger, () => addressOf(config));
  let worker: Worker | null = null;
  const deps = base.deps([], () => worker?.wake());
  worker = startWorker(deps, ['revocation']);
  return {
    store: base.store,
    revoke: ({ request, as, reason }) => revokeAsOperator(deps, request, as, reason),
    [Symbol.asyncDispose]: async () => {
      await worker?.drain();
      await base.close();
    },
  };
}
