import { nextEscalation, openBallot } from '../domain/escalating.ts';
import type { RequestId } from '../domain/values.ts';
import type { Claim } from '../ports/store.ts';
import type { Deps } from './deps.ts';
import { handleCommand } from './handle-command.ts';
import { currentState, settleRefused, type WorkResult } from './work.ts';

/** Opens the stage that has waited for so long to the group that it names for this. */
export async function escalateStage(deps: Deps, claim: Claim, id: RequestId): Promise<WorkResult> {
  const state = await currentState(deps, id);
  const ballot = state && openBallot(state);
  const next = ballot && nextEscalation(ballot);
  if (state === null || ballot === null || next === null) return { kind: 'complete' };
  const { stage, to } = next;
  const { shown } = ballot;
  const handled = await handleCommand(
    deps,
    id,
    () => ({ kind: 'escalate', at: deps.clock.now(), shown, stage, to, cause: 'waited' }),
    { completes: claim, from: state },
  );
  return settleRefused(deps, claim, handled);
}
