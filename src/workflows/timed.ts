import type { RequestId } from '../domain/values.ts';
import type { Claim } from '../ports/store.ts';
import type { Deps } from './deps.ts';
import { handleCommand } from './handle-command.ts';
import { settleRefused, type WorkResult } from './work.ts';

/** Due work that is nothing but a command with the time in it. */
export type TimedKind = 'lapse' | 'lapse-extension' | 'remind' | 'warn' | 'expire';

export async function timed(deps: Deps, claim: Claim, id: RequestId, kind: TimedKind): Promise<WorkResult> {
  const command = () => ({ kind, at: deps.clock.now() });
  return settleRefused(deps, claim, await handleCommand(deps, id, command, { completes: claim }));
}
