import type { Consent, Stage } from '../domain/values.ts';
import type { Catalogue } from '../ports/catalogue.ts';
import type { Channel, Directory } from '../ports/directory.ts';
import type { BallotQuestion, OpenedStage, StageApprovers } from '../ports/policy.ts';
import { firstUnfillable } from './consent.ts';
import type { EngineParts } from './engine.ts';
import { permittedBy } from './evaluate.ts';
import { gatherInput } from './gather.ts';
import type { Rules } from './rules.ts';

/** As much of a ballot as it takes to tell who could fill it. */
interface Asked {
  readonly entitlement: { readonly resource: string };
  readonly consent: Consent;
  readonly opened: readonly OpenedStage[];
  readonly requester: string | null;
  readonly at: number;
}

/** Who may fill a stage by one of its groups, or by role. */
interface Holders {
  readonly people: readonly string[];
  readonly quiet: readonly string[];
  readonly standIns: ReadonlyMap<string, string>;
}
const NOBODY: Holders = { people: [], quiet: [], standIns: new Map() };

const groupsOf = (stage: Stage, index: number, opened: readonly OpenedStage[]): readonly string[] => [
  ...new Set([stage.group, ...opened.filter((each) => each.stage === index).map(({ group }) => group)]),
];

/** A role follows from the request; a group nobody knows, or whose source is too old, holds nobody. */
async function holdersOf(
  directory: Directory,
  catalogue: Catalogue,
  { entitlement, requester, at }: Asked,
  group: string,
): Promise<Holders> {
  const resource = catalogue.resources.get(entitlement.resource);
  const only = async (key: string | null | undefined): Promise<Holders> =>
    key != null && (await directory.person(key)) !== null ? { ...NOBODY, people: [key] } : NOBODY;
  switch (group) {
    case 'role:manager':
      return only(requester === null ? null : (await directory.profile(requester))?.manager);
    case 'role:owner':
      return only(resource?.owner);
    case 'role:data-owner':
      return only(resource?.dataOwner);
    default: {
      const state = await directory.group(group, at);
      if (state.kind !== 'known') return NOBODY;
      // Nobody's stand-in consents to what the one who is away has asked for.
      const own = (key: string): boolean => requester !== null && state.standIns.get(key) === requester;
      return { ...state, people: state.members.filter((key) => !own(key)) };
    }
  }
}

/** Who can fill each stage now, in the order of the stages; never the one who asked. */
export async function approversOf(
  directory: Directory,
  catalogue: Catalogue,
  asked: Asked,
): Promise<readonly StageApprovers[]> {
  return Promise.all(
    asked.consent.stages.map(async (stage, index) => {
      const groups = groupsOf(stage, index, asked.opened);
      const held = await Promise.all(groups.map((group) => holdersOf(directory, catalogue, asked, group)));
      const without = (keys: readonly string[]): string[] =>
        [...new Set(keys)].filter((key) => key !== asked.requester);
      return {
        stage: stage.name,
        group: stage.group,
        groupTitle: directory.groupTitle(stage.group),
        quorum: stage.quorum,
        people: without(
          held.flatMap((each) => each.people.filter((key) => each.standIns.get(key) !== asked.requester)),
        ),
        quiet: without(held.flatMap(({ quiet }) => quiet)),
        channels: groups
          .map((group) => directory.channelOfGroup(group))
          .filter((c): c is Channel => c !== null),
        escalation: stage.escalation ?? null,
      };
    }),
  );
}

/** The first stage that could not be filled though everyone who may consents: one person fills one slot in all. */
export async function stuckStageOf(
  directory: Directory,
  catalogue: Catalogue,
  asked: Asked,
): Promise<number | null> {
  const stages = await approversOf(directory, catalogue, asked);
  return firstUnfillable(
    asked.consent.stages,
    stages.map(({ people }) => people),
  );
}

interface Votes {
  readonly stages: readonly number[];
  readonly insteadOf: string | null;
  readonly ids: readonly string[];
}
const NO_VOTE: Votes = { stages: [], insteadOf: null, ids: ['catalogue'] };

/**
 * The stages this person may fill now. The groups are asked first, then the rules for each stage. Whoever is a member
 * anywhere votes as themselves; only who is none at all votes for someone who is away.
 */
export async function votesOf(
  parts: EngineParts,
  rules: Rules,
  person: string,
  ballot: BallotQuestion,
): Promise<Votes> {
  const { directory } = parts;
  if (person === ballot.requester || (await directory.person(person)) === null) return NO_VOTE;
  const seats = await seatsOf(directory, rules.catalogue, person, ballot);
  const own = seats.filter(({ insteadOf }) => insteadOf === null);
  const insteadOf = own.length > 0 ? null : (seats[0]?.insteadOf ?? null);
  const stages: number[] = [];
  const ids: string[] = [];
  for (const seat of seats.filter((each) => each.insteadOf === insteadOf)) {
    const permits = await permitsOf(parts, rules, person, ballot, seat);
    if (permits === null) continue;
    if (!stages.includes(seat.stage)) stages.push(seat.stage);
    ids.push(...permits);
  }
  return { stages, insteadOf, ids: ['catalogue', ...new Set(ids)] };
}

interface Seat {
  readonly stage: number;
  readonly group: string;
  readonly insteadOf: string | null;
}

async function seatsOf(
  directory: Directory,
  catalogue: Catalogue,
  person: string,
  ballot: BallotQuestion,
): Promise<readonly Seat[]> {
  const seats: Seat[] = [];
  for (const [index, stage] of ballot.consent.stages.entries()) {
    for (const group of groupsOf(stage, index, ballot.opened)) {
      const held = await holdersOf(directory, catalogue, ballot, group);
      if (!held.people.includes(person)) continue;
      seats.push({ stage: index, group, insteadOf: held.standIns.get(person) ?? null });
    }
  }
  return seats;
}

/** Ids of the rules that let this person consent here; null: none does, or it is not known what it is about. */
async function permitsOf(
  parts: EngineParts,
  rules: Rules,
  person: string,
  { entitlement, durationMs, requester, at, startAt = null }: BallotQuestion,
  { group, insteadOf }: Seat,
): Promise<readonly string[] | null> {
  if (rules.policies === null) return [];
  const { id } = entitlement;
  const question = { action: 'approve', person, entitlement: id, durationMs, at, startAt } as const;
  const input = await gatherInput(parts, rules, { ...question, vote: { group, requester } });
  if (input === null) return null;
  // To the rules a stand-in is of the group, for this one vote.
  const groups = [...new Set([...input.person.groups, ...(insteadOf === null ? [] : [group])])].sort();
  return permittedBy(rules, { ...input, person: { ...input.person, groups } });
}
