import cron from 'node-cron';
import type { Base } from './base.ts';
import { createGroupRefresh } from './identity/refresh.ts';
import type { GroupReader } from './ports/group-reader.ts';
import type { Deps } from './workflows/deps.ts';
import { sweepLeavers } from './workflows/leaver.ts';
import { sweepAll } from './workflows/reconcile.ts';
import { lookForStuck } from './workflows/stuck.ts';

const EVERY = '*/5 * * * *';

/** What nobody would tell of, looked for every five minutes, and at once when there is a reason to. */
export interface Rounds {
  /** Who belongs to what, and who is left, may be another than before. Never rejects. */
  lookAround(): void;
  /** Begins no more, and resolves when what was begun has ended. */
  stop(): Promise<void>;
}

export function startRounds(
  deps: Deps,
  base: Pick<Base, 'catalogue' | 'store'>,
  readers: readonly GroupReader[],
): Rounds {
  const { logger, clock, deadline } = deps;
  const refresh = createGroupRefresh({
    readers,
    shelf: base.store.groups,
    catalogue: () => base.catalogue,
    clock,
    logger,
    deadline,
  });
  const tried = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    await work().catch((error: unknown) => logger.warn({ what, error }, 'a round failed; it is made again'));
  };
  const look = oneAtATime(async () => {
    await tried('groups', refresh);
    await tried('people who have left', () => sweepLeavers(deps));
    await tried('questions that nobody can answer', () => lookForStuck(deps));
  });
  const sweeping = cron.schedule(
    EVERY,
    async () => {
      look.ask();
      await sweepAll(deps, base.catalogue.connectors.values());
    },
    { noOverlap: true },
  );
  return {
    lookAround: () => look.ask(),
    stop: async () => {
      await sweeping.stop();
      await look.stop();
    },
  };
}

/** Asked for while it runs, it is done once more after that, however often it was asked for. `work` never rejects. */
function oneAtATime(work: () => Promise<void>) {
  let running: Promise<void> | null = null;
  let isWanted = false;
  let isStopped = false;
  const run = async (): Promise<void> => {
    while (isWanted && !isStopped) {
      isWanted = false;
      await work();
    }
    running = null;
  };
  return {
    ask(): void {
      isWanted = true;
      running ??= run();
    },
    async stop(): Promise<void> {
      isStopped = true;
      await running;
    },
  };
}
