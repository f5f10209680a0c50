import { openStages, seat } from '../../domain/approval.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { RecordedEvent } from '../../domain/events.ts';
import type { Subject } from '../../domain/values.ts';
import { only } from '../source.ts';
import { type Answered, answersIn, approvalOf, type Granting, type Voice, voicesFor } from './ballots.ts';
import { before, count, indexOf, marks, rule } from './finding.ts';

const requesterOf = (own: readonly RecordedEvent[]): Subject | null =>
  only(own, 'RequestSubmitted')[0]?.data.requester ?? null;

/** Separation of duties: no voice and no name among the approvers is the requester's. */
export const notTheirOwn = rule('separation-of-duties', 'Nobody approved their own request', ({ own }) => {
  const requester = requesterOf(own);
  const voices = only(own, 'ApprovalRecorded');
  const answers = only(own, 'RequestApproved', 'ExtensionApproved');
  const theirs = [
    ...voices.filter(({ data }) => data.by === requester || data.insteadOf === requester),
    ...answers.filter(({ data }) => data.approvers.some((by) => by === requester)),
  ];
  const events = [...only(own, 'RequestSubmitted'), ...voices, ...answers].map(indexOf);
  if (theirs.length > 0) {
    const why = `the requester stands among the approvers in ${marks(theirs.map(indexOf))}`;
    return { verdict: 'does-not-hold', why, events };
  }
  if (voices.length === 0) {
    const why = answers.length === 0 ? 'nobody has approved it' : 'a rule approved it, nobody was asked';
    return { verdict: 'does-not-apply', why, events };
  }
  const people = new Set(voices.map(({ data }) => data.by)).size;
  const why = `${count(people, 'person', 'people')} approved, and none of them is the requester`;
  return { verdict: 'holds', why, events };
});

/** Every yes rests on its quorum, and nothing was made or lengthened without one. */
export const quorumMet = rule(
  'quorum',
  'The right number of different people agreed, for each stage, before anything was made',
  ({ own }) => {
    const answers = answersIn(own);
    const faults = [...answers.flatMap((answer) => faultsOf(answer, own)), ...unanswered(own)];
    const events = answers.flatMap(eventsOf);
    if (faults.length > 0)
      return {
        verdict: 'does-not-hold',
        why: faults.map(({ why }) => why).join('; '),
        events: [...events, ...faults.map((f) => f.index)],
      };
    if (answers.length === 0)
      return { verdict: 'does-not-apply', why: 'it was never approved, and nothing was made', events };
    return { verdict: 'holds', why: answers.flatMap(standing).join('; '), events };
  },
);

interface Fault {
  readonly index: number;
  readonly why: string;
}

const isAnswered = (answer: Answered | Granting): answer is Answered => 'asking' in answer;

function eventsOf(answer: Answered | Granting): readonly number[] {
  if (!isAnswered(answer)) return [indexOf(answer)];
  return [answer.asking, ...answer.voices, answer.granting].map(indexOf);
}

function faultsOf(answer: Answered | Granting, own: readonly RecordedEvent[]): readonly Fault[] {
  if (!isAnswered(answer))
    return [{ index: indexOf(answer), why: `#${indexOf(answer)} answers a question that nobody asked` }];
  const { consent, voices, granting } = answer;
  const index = indexOf(granting);
  const { approvers } = granting.data;
  if (consent.stages.length === 0 && consent.autoApprovedBy === null)
    return [{ index, why: `#${index} rests on neither people nor a rule` }];
  const strangers = approvers.filter((by) => !voices.some(({ data }) => data.by === by));
  if (strangers.length > 0 || new Set(approvers).size < approvers.length)
    return [{ index, why: `#${index} names approvers whose consent is not on record, or one twice` }];
  const seatOf = new Map(voices.map(({ data }) => [data.by, data.insteadOf ?? data.by]));
  if (new Set(seatOf.values()).size < seatOf.size)
    return [
      { index, why: `#${index} counts someone who was away and who stood in for them, or two in one place` },
    ];
  return [...shortStages(answer), ...outOfTurn(answer, own)];
}

/** Counted anew from the consents themselves, each person in one seat. */
function shortStages({ consent, voices, granting }: Answered): readonly Fault[] {
  const seats = seat(consent, voices.map(approvalOf));
  return consent.stages.flatMap(({ name, quorum }, i) => {
    const got = seats[i]?.length ?? 0;
    const why = `#${indexOf(granting)} came with ${got} of ${quorum} for stage ${name}`;
    return got < quorum ? [{ index: indexOf(granting), why }] : [];
  });
}

/** Where stages are ordered, nobody may fill one before those in front of it are full. */
function outOfTurn({ asking, consent, voices }: Answered, own: readonly RecordedEvent[]): readonly Fault[] {
  if (consent.order !== 'ordered') return [];
  return voices.flatMap((voice) => {
    const earlier = voicesFor(asking, before(own, voice));
    const open = openStages(consent, earlier.map(approvalOf));
    const why = `#${indexOf(voice)} filled a stage before its turn`;
    return voice.data.stages.every((stage) => open.includes(stage)) ? [] : [{ index: indexOf(voice), why }];
  });
}

/** What was made or lengthened where the last word before it was not a yes. */
function unanswered(own: readonly RecordedEvent[]): readonly Fault[] {
  const made = only(own, 'ProvisioningStarted', 'GrantExtended').filter((act) =>
    act.type === 'ProvisioningStarted'
      ? only(before(own, act), ...WORDS.request).at(-1)?.type !== 'RequestApproved'
      : only(before(own, act), ...WORDS.extension).at(-1)?.type !== 'ExtensionApproved',
  );
  return made.map((act) => ({ index: indexOf(act), why: `#${indexOf(act)} came without an approval` }));
}

const WORDS = {
  request: [
    ...(['RequestSubmitted', 'RequestApproved', 'RequestDenied', 'RequestWithdrawn'] as const),
    ...(['RequestLapsed', 'ApprovalsVoided', 'ActivationRefused'] as const),
  ],
  extension: ['ExtensionRequested', 'ExtensionApproved', 'ExtensionDenied', 'ExtensionLapsed'],
} as const;

function standing(answer: Answered | Granting): readonly string[] {
  if (!isAnswered(answer)) return [];
  const { consent, voices, asking } = answer;
  const what = asking.type === 'RequestSubmitted' ? '' : `more time (#${indexOf(asking)}): `;
  if (consent.stages.length === 0) return [`${what}rule ${consent.autoApprovedBy} waives consent`];
  const seats = seat(consent, voices.map(approvalOf));
  return consent.stages.map(
    ({ name, quorum }, i) => `${what}stage ${name}: ${seats[i]?.length ?? 0} of ${quorum}`,
  );
}

/** What a decision says it was shown is the leaf hash of a question asked before it: every byte of what was shown. */
export const onWhatWasShown = rule(
  'consent-on-what-was-shown',
  'Each decision was made on exactly what was asked',
  ({ own }) => {
    const decisions = only(own, 'ApprovalRecorded', 'RequestDenied', 'ExtensionDenied');
    const questions = only(own, 'RequestSubmitted', 'ExtensionRequested');
    const questionOf = (decision: (typeof decisions)[number]) =>
      questions.find((q) => q.meta.leaf === decision.data.shown && indexOf(q) < indexOf(decision));
    const astray = decisions.filter((decision) => questionOf(decision) === undefined).map(indexOf);
    const events = decisions.flatMap((decision) => {
      const question = questionOf(decision);
      return question === undefined ? [indexOf(decision)] : [indexOf(question), indexOf(decision)];
    });
    if (decisions.length === 0)
      return { verdict: 'does-not-apply', why: 'no person has decided anything', events };
    if (astray.length > 0) {
      const why = `${marks(astray)} name${astray.length === 1 ? 's' : ''} a leaf hash of no question asked before`;
      return { verdict: 'does-not-hold', why, events };
    }
    const why = `${count(decisions.length, 'decision names', 'decisions name')} the leaf hash of the question asked`;
    return { verdict: 'holds', why, events };
  },
);

/** The window is no longer than the shortest time that anyone agreed to. */
export const notLonger = rule(
  'no-longer-than-agreed',
  'Access was set to end no later than was agreed',
  ({ own }) => {
    const windows = only(own, 'ProvisioningStarted', 'GrantExtended');
    const [first, last] = [windows[0], windows.at(-1)];
    const faults = windows.filter((window) => !isAgreed(window, own)).map(indexOf);
    const events = [...windows, ...only(own, 'RequestApproved', 'ExtensionApproved')].map(indexOf);
    if (first === undefined || last === undefined)
      return { verdict: 'does-not-apply', why: 'nothing was made', events };
    if (faults.length > 0)
      return { verdict: 'does-not-hold', why: `${marks(faults)} set a later end than was agreed`, events };
    const length = formatDuration(last.data.expiresAt - first.meta.at);
    return { verdict: 'holds', why: `${length} from #${indexOf(first)} to the last end on record`, events };
  },
);

type Window = Extract<RecordedEvent, { readonly type: 'ProvisioningStarted' | 'GrantExtended' }>;

function isAgreed(window: Window, own: readonly RecordedEvent[]): boolean {
  const earlier = before(own, window);
  const answer = answersIn(earlier).findLast(
    (each) => isAnswered(each) && each.granting.type === YES[window.type],
  );
  if (answer === undefined || !isAnswered(answer)) return false;
  const { asking, granting, voices } = answer;
  const asked = asking.type === 'RequestSubmitted' ? asking.data.durationMs : asking.data.extraMs;
  const agreed = Math.min(asked, ...voices.flatMap(shorterOf));
  if (window.type === 'ProvisioningStarted') return window.data.expiresAt - window.meta.at <= agreed;
  const from = only(earlier, 'ProvisioningStarted', 'GrantExtended').at(-1)?.data.expiresAt ?? 0;
  const said = granting.type === 'ExtensionApproved' && granting.data.expiresAt === window.data.expiresAt;
  return said && window.data.expiresAt - from <= agreed;
}

const YES = { ProvisioningStarted: 'RequestApproved', GrantExtended: 'ExtensionApproved' } as const;

const shorterOf = ({ data }: Voice): readonly number[] =>
  data.shortenToMs === null ? [] : [data.shortenToMs];
