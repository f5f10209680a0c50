import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSatisfied, openStages, seat, stagesFor } from '../../src/domain/approval.ts';
import type { RequestState } from '../../src/domain/state.ts';
import type { Consent, Subject } from '../../src/domain/values.ts';
import {
  admits,
  ANN,
  AUTOMATIC,
  BEN,
  CLEO,
  command,
  NOBODY,
  ordered,
  parallel,
  person,
  stageOf,
} from './facts.ts';
import { carryOut, leafOf } from './given.ts';

const given = (by: Subject, ...stages: number[]) => ({
  by,
  insteadOf: null,
  stages,
  shortenToMs: null,
  at: 0,
});

describe('seating', () => {
  const both = parallel(stageOf('dba', 1), stageOf('security', 1));

  it('moves people along until the most are seated', () => {
    const three = parallel(stageOf('a', 1), stageOf('b', 1), stageOf('c', 1));
    expect(seat(three, [given(ANN, 0, 1), given(BEN, 1, 2), given(CLEO, 0)])).toEqual([[CLEO], [ANN], [BEN]]);
    expect(seat(three, [given(ANN, 0, 1), given(BEN, 0, 2), given(CLEO, 0)])).toEqual([[CLEO], [ANN], [BEN]]);
  });

  it('ignores stages that are not there', () => {
    expect(seat(both, [given(ANN, 7, -1, 0.5)])).toEqual([[], []]);
    expect(stagesFor(both, [], [7, -1, 0.5])).toEqual([]);
  });

  it('opens every unfilled stage side by side, and the first in order', () => {
    expect(openStages(both, [])).toEqual([0, 1]);
    expect(openStages(both, [given(ANN, 0)])).toEqual([1]);
    expect(openStages({ ...both, order: 'ordered' }, [])).toEqual([0]);
    expect(openStages({ ...both, order: 'ordered' }, [given(ANN, 0)])).toEqual([1]);
  });
});

describe('no stages', () => {
  it('are consent where a rule waives them', () => {
    expect(isSatisfied(AUTOMATIC, [])).toBe(true);
  });
  it('are nobody’s consent where none does: an empty list is not everyone', () => {
    expect(isSatisfied(NOBODY, [])).toBe(false);
    expect(isSatisfied(NOBODY, [given(ANN, 0)])).toBe(false);
  });
});

/** Who is in which stage's group; person 0 is the requester, who is in groups like anyone. */
interface Town {
  readonly consent: Consent;
  readonly groups: readonly (readonly number[])[];
  readonly clicks: readonly number[];
}
const townOf = (order: Consent['order']): fc.Arbitrary<Town> =>
  fc
    .record({
      quorums: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
      people: fc.integer({ min: 1, max: 8 }),
    })
    .chain(({ quorums, people }) =>
      fc.record({
        consent: fc.constant({
          ...(order === 'ordered' ? ordered : parallel)(
            ...quorums.map((quorum, i) => stageOf(`g${i}`, quorum)),
          ),
        }),
        groups: fc.array(fc.subarray(quorums.map((_, i) => i)), { minLength: people, maxLength: people }),
        clicks: fc.array(fc.nat(people - 1), { maxLength: 24 }),
      }),
    );

/** By trying everything: can these people fill every seat, each sitting once? */
function canFill(consent: Consent, people: readonly (readonly number[])[]): boolean {
  const seats = consent.stages.flatMap((stage, index) => Array<number>(stage.quorum).fill(index));
  const sit = (seatNo: number, free: readonly (readonly number[])[]): boolean => {
    const stage = seats[seatNo];
    if (stage === undefined) return true;
    return free.some((groups, i) => groups.includes(stage) && sit(seatNo + 1, free.toSpliced(i, 1)));
  };
  return seats.length <= people.length && sit(0, people);
}

/** Everyone who clicks does so with the groups they are in; double clicks and all. */
function play(town: Town, clicks: readonly number[]): RequestState {
  let { state } = carryOut(
    null,
    command('submit', { requester: person(0), admission: admits(town.consent) }),
  );
  for (const who of clicks) {
    const mayFill = town.groups[who] ?? [];
    ({ state } = carryOut(state, command('approve', { by: person(who), mayFill, shown: leafOf(1) })));
  }
  if (state === null) throw new Error('the submission was refused');
  return state;
}

const othersWhoClicked = (town: Town) =>
  [...new Set(town.clicks)].filter((who) => who !== 0).map((who) => town.groups[who] ?? []);

describe('any quorum', () => {
  it('side by side is reached exactly when those who clicked can fill it, in whatever order', () => {
    const reached = { yes: 0, no: 0 };
    fc.assert(
      fc.property(
        townOf('parallel').chain((town) =>
          fc.tuple(
            fc.constant(town),
            fc.shuffledSubarray([...town.clicks], { minLength: town.clicks.length }),
          ),
        ),
        ([town, shuffled]) => {
          const expected = canFill(town.consent, othersWhoClicked(town)) ? 'approved' : 'requested';
          reached[expected === 'approved' ? 'yes' : 'no'] += 1;
          expect(play(town, town.clicks).phase).toBe(expected);
          expect(play(town, shuffled).phase).toBe(expected);
        },
      ),
      { numRuns: 3_000 },
    );
    expect(Math.min(reached.yes, reached.no)).toBeGreaterThan(150);
  });

  it('in order is filled stage by stage by those who click while it is open', () => {
    let approved = 0;
    fc.assert(
      fc.property(townOf('ordered'), (town) => {
        const seated = new Set<number>([0]);
        let open = 0;
        let filled = 0;
        for (const who of town.clicks) {
          const quorum = town.consent.stages[open]?.quorum;
          if (quorum === undefined || seated.has(who) || !town.groups[who]?.includes(open)) continue;
          seated.add(who);
          filled += 1;
          if (filled < quorum) continue;
          open += 1;
          filled = 0;
        }
        const all = open === town.consent.stages.length;
        approved += all ? 1 : 0;
        expect(play(town, town.clicks).phase).toBe(all ? 'approved' : 'requested');
      }),
      { numRuns: 3_000 },
    );
    expect(approved).toBeGreaterThan(150);
  });

  it.each(['parallel', 'ordered'] as const)(
    '(%s) seats nobody twice, nor the requester, nor out of place',
    (order) => {
      fc.assert(
        fc.property(townOf(order), (town) => {
          const { ballot, approvers, phase } = play(town, town.clicks);
          const seating = seat(ballot.consent, ballot.approvals);
          const seated = seating.flat();
          expect(new Set(seated).size).toBe(seated.length);
          expect(seated).not.toContain(person(0));
          expect(ballot.approvals.map((a) => a.by)).not.toContain(person(0));
          for (const [index, stage] of ballot.consent.stages.entries()) {
            expect(seating[index]?.length).toBeLessThanOrEqual(stage.quorum);
            for (const by of seating[index] ?? [])
              expect(town.groups[Number.parseInt(by.slice(2), 16)]).toContain(index);
          }
          // An accepted approval is never idle: it sits, whatever came after it.
          expect([...seated].toSorted()).toEqual(ballot.approvals.map((a) => a.by).toSorted());
          if (phase === 'approved') expect([...approvers].toSorted()).toEqual(seated.toSorted());
        }),
        { numRuns: 500 },
      );
    },
  );
});

it('the requester in every group counts for none of them', () => {
  const town = {
    consent: parallel(stageOf('a', 1), stageOf('b', 1)),
    groups: [[0, 1], [0]],
    clicks: [0, 1, 0, 1],
  };
  expect(play(town, town.clicks).phase).toBe('requested');
});
