import type { Phase, RequestState } from '../domain/state.ts';
import type { RequestId, Subject } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { HomeView } from '../ports/view.ts';
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
  return {
    person: await people(subject),
    mine: await show(mine),
    waitingForMe: await show(await waitingFor(deps, subject)),
    recent: await show(recent),
  };
}

/** Open ballots this person could fill now and has not decided on. */
async function waitingFor(deps: Deps, subject: Subject): Promise<readonly RequestState[]> {
  const person = await deps.store.personOf(subject);
  if (person === null) return [];
  const limit = LIMITS.listMax;
  // Apart: many grants that run would else crowd out what waits.
  const asked = await deps.store.requests({ phases: ['requested'], limit });
  const open = [...asked, ...(await deps.store.requests({ phases: ['active'], limit }))];
  const waiting: RequestState[] = [];
  for (const state of open) {
    if (waiting.length >= HOME_ROWS_MAX) break;
    const ballot = state.phase === 'requested' ? state.ballot : state.extension;
    if (ballot === null || state.requester === subject) continue;
    if (state.phase === 'active' && state.extension?.phase !== 'asked') continue;
    if (ballot.approvals.some((a) => a.by === subject)) continue;
    const stages = await deps.policy.stagesOpenTo(person, ballot.consent, deps.clock.now());
    if (stages.length > 0) waiting.push(state);
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
