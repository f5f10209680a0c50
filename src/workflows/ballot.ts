import type { Ballot, OpenedStage, RequestState } from '../domain/state.ts';
import type { Consent, Subject } from '../domain/values.ts';
import type { BallotQuestion, StageApprovers, VoteAnswer } from '../ports/policy.ts';
import type { PersonRef } from '../ports/view.ts';
import type { Deps } from './deps.ts';
import { peopleOf } from './view.ts';

type About = Pick<RequestState, 'requester' | 'entitlement' | 'durationMs' | 'startAt' | 'grant'>;
type Asked = Pick<Ballot, 'consent' | 'opened'> & { readonly extraMs?: number };

/** What approvers are asked, as the rules need to know it: of the request, or of the extension of its grant. */
export async function ballotQuestion(
  deps: Deps,
  { requester, entitlement, durationMs, startAt, grant }: About,
  { consent, opened, extraMs }: Asked,
): Promise<BallotQuestion> {
  return {
    entitlement,
    consent,
    opened,
    requester: await deps.store.personOf(requester),
    durationMs: extraMs ?? durationMs,
    at: deps.clock.now(),
    startAt: extraMs === undefined ? startAt : (grant?.expiresAt ?? null),
  };
}

interface Vote extends Omit<VoteAnswer, 'insteadOf'> {
  readonly insteadOf: Subject | null;
}

/** What someone may do with a ballot, as facts for a command. */
export async function voteOf(deps: Deps, person: string, question: BallotQuestion): Promise<Vote> {
  const { stages, insteadOf, stamp } = await deps.policy.stagesOpenTo(person, question);
  const seat = insteadOf === null ? null : await deps.store.subjectOf(insteadOf, () => deps.ids.subject());
  return { stages, insteadOf: seat, stamp };
}

/** Whether someone is among those who could be asked, whatever the rules say of them. */
export async function isApprover(deps: Deps, person: string, question: BallotQuestion): Promise<boolean> {
  return (await deps.policy.approvers(question)).some(({ people }) => people.includes(person));
}

/** The groups that stages were opened to, by the stages of another consent that ask the same group. */
export function openedIn(
  today: Consent,
  { consent, opened }: Pick<Ballot, 'consent' | 'opened'>,
): OpenedStage[] {
  return opened.flatMap(({ stage, group }) =>
    today.stages.flatMap((each, index) =>
      each.group === consent.stages[stage]?.group && each.escalation?.group === group
        ? [{ stage: index, group }]
        : [],
    ),
  );
}

export interface Approvers {
  readonly stage: string;
  readonly group: string;
  readonly quorum: number;
  readonly people: readonly PersonRef[];
}

/** Who can consent, stage by stage, as others are shown them. */
export async function approversOf(deps: Deps, question: BallotQuestion): Promise<readonly Approvers[]> {
  const people = peopleOf(deps);
  const stages = await deps.policy.approvers(question);
  return Promise.all(
    stages.map(async ({ stage, groupTitle, quorum, people: keys }) => {
      const subjects = await subjectsOf(deps, keys);
      return { stage, group: groupTitle, quorum, people: await Promise.all(subjects.map(people)) };
    }),
  );
}

const subjectsOf = (deps: Deps, keys: StageApprovers['people']): Promise<readonly Subject[]> =>
  Promise.all(keys.map((key) => deps.store.subjectOf(key, () => deps.ids.subject())));
