import { openStages } from '../domain/approval.ts';
import { openBallot } from '../domain/escalating.ts';
import type { Ballot, RequestState } from '../domain/state.ts';
import type { Stage, Subject } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { Chat } from '../ports/chat.ts';
import type { StageApprovers } from '../ports/policy.ts';
import type { PersonRef, RequestView, Told } from '../ports/view.ts';
import { ballotQuestion } from './ballot.ts';
import type { Deps } from './deps.ts';
import type { Desired, Shown } from './posting.ts';
import type { People } from './view.ts';

/** Someone who is asked by a message of their own: they hold a role, or their group has no channel. */
export interface AskedDirectly {
  readonly person: PersonRef;
  /** Who is away and named them to stand in; null: they are asked in their own right. */
  readonly standInFor: PersonRef | null;
}

/** A stage by the group or role that may fill it: its own, and those that it was opened to. */
export const groupsOf = ({ consent, opened }: Ballot, index: number): readonly string[] => {
  const own = consent.stages[index]?.group;
  const further = opened.filter(({ stage }) => stage === index).map(({ group }) => group);
  return own === undefined ? further : [...new Set([own, ...further])];
};

/** Who is to be asked directly now and has not decided. Whoever is not to be pinged sees it in their home. */
export async function askedDirectly(
  deps: Deps,
  state: RequestState,
  people: People,
): Promise<readonly AskedDirectly[]> {
  const ballot = openBallot(state);
  if (ballot === null) return [];
  const stages = openStages(ballot.consent, ballot.approvals).flatMap((index) =>
    groupsOf(ballot, index).flatMap((group): Stage[] =>
      deps.directory.channelOfGroup(group) === null ? [{ name: '', group, quorum: 1 }] : [],
    ),
  );
  if (stages.length === 0) return [];
  const consent = { ...ballot.consent, stages };
  const question = await ballotQuestion(deps, state, { ...ballot, consent, opened: [] });
  const asked = await Promise.all(
    (await deps.policy.approvers(question)).map((each) => membersAsked(deps, each)),
  );
  const byKey = new Map(asked.flat());
  const decided = new Set(ballot.approvals.flatMap(({ by, insteadOf }) => [by, insteadOf]));
  const refs = [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(0, LIMITS.askedDirectlyMax);
  const found = await Promise.all(
    refs.map(async ([key, instead]) => ({
      person: await people(await subjectOf(deps, key)),
      standInFor: instead === null ? null : await people(await subjectOf(deps, instead)),
    })),
  );
  return found.filter(
    ({ person, standInFor }) => ![person, standInFor].some((p) => p && decided.has(p.subject)),
  );
}

const subjectOf = (deps: Deps, key: string): Promise<Subject> =>
  deps.store.subjectOf(key, () => deps.ids.subject());

/** Keys of those of one group who may be pinged, with the key of whom they stand in for. */
async function membersAsked(
  { directory, clock }: Deps,
  { group, people, quiet }: StageApprovers,
): Promise<readonly (readonly [string, string | null])[]> {
  const state = group.startsWith('role:') ? null : await directory.group(group, clock.now());
  const standIns = state?.kind === 'known' ? state.standIns : new Map<string, string>();
  const pinged = people.filter((key) => !quiet.includes(key));
  return pinged.map((key) => [key, standIns.get(key) ?? null] as const);
}

const slotOf = ({ subject }: PersonRef): string => `ask:${subject}`;

/** Where a message to one person goes on a platform; null where they have no account there. */
function placeOf({ account }: PersonRef, chat: Chat) {
  return account?.platform === chat.platform ? { conversation: `@${account.user}`, direct: account } : null;
}

/** The card for each who is asked directly. One that was sent follows the state for good. */
export function askCards(
  chat: Chat,
  view: RequestView,
  asked: readonly AskedDirectly[],
  sent: Shown,
): readonly Desired[] {
  const card = { root: null, follows: true } as const;
  const now = asked.flatMap(({ person, standInFor }): Desired[] => {
    const place = placeOf(person, chat);
    if (place === null) return [];
    return [{ ...card, ...place, slot: slotOf(person), notice: { kind: 'request-card', view, standInFor } }];
  });
  const slots = new Set(now.map(({ slot }) => slot));
  const before = [...sent.values()].filter(({ slot }) => slot.startsWith('ask:') && !slots.has(slot));
  return [
    ...now,
    ...before.flatMap(({ slot, conversation }): Desired[] =>
      conversation === ''
        ? []
        : [{ ...card, slot, conversation, direct: null, notice: { kind: 'request-card', view } }],
    ),
  ];
}

/** While a reminder is the newest that happened, it goes to those as well who are asked directly. */
export function reminders(
  chat: Chat,
  view: RequestView,
  told: readonly Told[],
  asked: readonly AskedDirectly[],
): readonly Desired[] {
  const last = told.at(-1);
  if (last?.type !== 'ApproversReminded') return [];
  return asked.flatMap(({ person }): Desired[] => {
    const place = placeOf(person, chat);
    if (place === null) return [];
    const slot = `reminder:${person.subject}:${told.length}`;
    return [
      { ...place, slot, root: null, notice: { kind: 'thread-post', view, told: last }, follows: false },
    ];
  });
}

/** What the resource's owner alone can mend, or should look at. */
const forOwner = ({ type, data }: Told): boolean =>
  type === 'GrantFlagged' || (type === 'StageEscalated' && data['to'] === null);

export function ownerNotes(chat: Chat, view: RequestView, told: readonly Told[]): readonly Desired[] {
  const place = placeOf(view.owner, chat);
  // Who asked is told in a note of their own.
  if (place === null || view.owner.subject === view.requester.subject) return [];
  return told.flatMap((one, index): Desired[] => {
    if (!forOwner(one)) return [];
    const slot = `owner:${index + 1}`;
    return [{ ...place, slot, root: null, notice: { kind: 'thread-post', view, told: one }, follows: false }];
  });
}

/** Whose conversation with us a slot tells of; null: nobody's. */
export function whoseSlot(slot: string, { requester, entitlement }: RequestState): Subject | null {
  const [kind, ...rest] = slot.split(':');
  if (kind === 'dm') return requester;
  if (kind === 'owner') return entitlement.owner;
  return kind === 'ask' || kind === 'reminder' ? (`${rest[0]}:${rest[1]}` as Subject) : null;
}
