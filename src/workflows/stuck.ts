import { openBallot } from '../domain/escalating.ts';
import type { Ballot, RequestState } from '../domain/state.ts';
import { LIMITS } from '../limits.ts';
import { ballotQuestion } from './ballot.ts';
import type { Deps } from './deps.ts';
import { handleCommand } from './handle-command.ts';
import { currentState } from './work.ts';

/**
 * Finds open questions that nobody is left to answer: a group is gone, empty, or not known any more. Their stage is
 * opened at once to the group that it names for this, and where it names none people are told. To be called when
 * groups or rules have changed, and regularly; what is on record already is not said again.
 */
export async function lookForStuck(deps: Deps): Promise<void> {
  if (deps.mode() !== 'full') return;
  const limit = LIMITS.listMax;
  // Apart: many grants that run would else crowd out what waits.
  const asked = await deps.store.requests({ phases: ['requested'], limit });
  const running = await deps.store.requests({ phases: ['active'], limit });
  for (const state of [...asked, ...running]) {
    if (openBallot(state) === null) continue;
    try {
      await freeOf(deps, state);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      deps.logger.warn({ request: state.id, error: said }, 'who is left to approve could not be looked up');
    }
  }
}

/** Opening one stage may leave another to be looked at: each is opened, or reported, once. */
async function freeOf(deps: Deps, { id }: RequestState): Promise<void> {
  for (let step = 0; step < 2 * LIMITS.stagesMax; step += 1) {
    const state = await currentState(deps, id);
    const ballot = state && openBallot(state);
    if (state === null || ballot === null) return;
    const stage = await deps.policy.stuckStage(await ballotQuestion(deps, state, ballot));
    if (stage === null) return;
    const { shown } = ballot;
    const to = furtherGroup(ballot, stage);
    const at = deps.clock.now();
    const command = { kind: 'escalate', at, shown, stage, to, cause: 'nobody-left' } as const;
    if (ballot.stuck.includes(stage) && to === null) return;
    if ((await handleCommand(deps, id, () => command)).outcome !== 'stored') return;
  }
}

/** The group that a stage names for this and that it has not been opened to; null: none. */
function furtherGroup({ consent, opened }: Ballot, stage: number): string | null {
  const group = consent.stages[stage]?.escalation?.group;
  if (group === undefined || opened.some((each) => each.stage === stage && each.group === group)) return null;
  return group;
}
