import { openBallot } from '../domain/escalating.ts';
import type { Phase, RequestState } from '../domain/state.ts';
import type { RequestId, Subject } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { HomeView, PersonRef } from '../ports/view.ts';
import { ballotQuestion, voteOf } from './ballot.ts';
import type { Deps } from './deps.ts';
import { peopleOf, viewOf } from './view.ts';

export const LIVE: readonly Phase[] = ['requested', 'approved', 'provisioning', 'active', 'revoking'];
const CLOSED: readonly Phase[] = ['revoked', 'denied', 'withdrawn', 'lapsed', 'failed'];
const HOME_ROWS_MAX = 10;
const RECENT_ROWS_MAX = 5;

/** What one person sees of their own: their access, what waits for them, and what has ended lately. */
export async function homeOf(deps: Deps, subject: Subject): Promise<HomeView> {
  const people = peopleOf(deps);
  const show = (states: readonly RequestState[]) => Promise.all(states.map((s) => viewOf(deps, s, people)));
  const mine = await deps.store.requests({ requester: subject, phases: LIVE, limit: HOME_ROWS_MAX });
  const recent = await deps.store.requests({ requester: subject, phases: CLOSED, limit: RECENT_ROWS_MAX });
  const waiting = await waitingFor(deps, subject);
  const standIns = waiting.flatMap(({ state, insteadOf }) =>
    insteadOf === null ? [] : [{ state, insteadOf }],
  );
  const standInFor = standIns.map(
    async ({ state, insteadOf }): Promise<[RequestId, PersonRef]> => [state.id, await people(insteadOf)],
  );
  return {
    person: await people(subject),
    mine: await show(mine),
    waitingForMe: await show(waiting.map(({ state }) => state)),
    standInFor: Object.fromEntries(await Promise.all(standInFor)),
    recent: await show(recent),
  };
}

interface Waiting {
  readonly state: RequestState;
  readonly insteadOf: Subject | null;
}

/** Open ballots this person could fill now, in their own place or another's, and that has not been decided in it. */
async function waitingFor(deps: Deps, subject: Subject): Promise<readonly Waiting[]> {
  const person = await deps.store.personOf(subject);
  if (person === null) return [];
  const limit = LIMITS.listMax;
  // Apart: many grants that run would else crowd out what waits.
  const asked = await deps.store.requests({ phases: ['requested'], limit });
  const open = [...asked, ...(await deps.store.requests({ phases: ['active'], limit }))];
  const waiting: Waiting[] = [];
  for (const state of open) {
    if (waiting.length >= HOME_ROWS_MAX) break;
    const ballot = openBallot(state);
    if (ballot === null || state.requester === subject) continue;
    if (ballot.approvals.some((a) => a.by === subject || a.insteadOf === subject)) continue;
    const { stages, insteadOf } = await voteOf(deps, person, await ballotQuestion(deps, state, ballot));
    if (stages.length > 0) waiting.push({ state, insteadOf });
  }
  return waiting;
}

/** The person's requests an action could mean, when they did not say which. */
export async function ownIn(
  deps: Deps,
  subject: Subject,
  phases: readonly Phase[],
): Promise<readonly { id: RequestId; title: string }[]> {
  const states = await deps.store.requests({ requester: subject, phases, limit: HOME_ROWS_MAX });
  return states.map((state) => ({ id: state.id, title: state.entitlement.title }));
}
