import { isSatisfied, seat } from '../domain/approval.ts';
import type { EventMeta } from '../domain/events.ts';
import type { Ballot, RequestState } from '../domain/state.ts';
import type { PolicyStamp, Subject } from '../domain/values.ts';
import type { ShownText } from '../domain/visibility.ts';
import { counted, spread } from './figures.ts';
import { columnsOf, report, type Row } from './report.ts';
import {
  type EventOf,
  type History,
  inLogOrder,
  inPeriod,
  isOneOf,
  type ReportSource,
  requestsWith,
  type Step,
} from './source.ts';

type About = 'request' | 'extension';

interface ApprovalRow extends Row {
  readonly event: EventMeta;
  readonly state: RequestState;
  readonly about: About;
  readonly decision: 'approved' | 'denied' | 'consent complete';
  readonly by: Subject | null;
  readonly ballot: Ballot;
  readonly stages: readonly string[];
  readonly askedAt: number;
  readonly policy: PolicyStamp;
  readonly words: ShownText | null;
}

const is = columnsOf<ApprovalRow>();

export const approvals = report<ApprovalRow>({
  name: 'approvals',
  number: 2,
  title: 'Approvals and separation of duties',
  answers:
    'Who consented to what, under which rules and how fast; and whether anyone consented to their own request.',
  period: 'Every approval, denial and completed consent that was recorded in the period.',
  nothing: 'Nobody approved or denied anything in the period, and no rule waived consent.',
  serves: 'SOC 2 CC6.1, CC6.3; ISO 27001 A.5.18; PCI DSS 7.2; NIST 800-53 AC-5',
  over: 'requests',
  columns: [
    is.text('request', 'Request', 'What was decided on.', ({ state }) => state.id),
    is.text('about', 'About', 'The request itself, or an extension of its grant.', ({ about }) => about),
    is.text('entitlement', 'Entitlement', 'What was asked for.', ({ state }) => state.entitlement.id),
    is.person('requester', 'Asked by', 'Who asked.', ({ state }) => state.requester),
    is.text(
      'decision',
      'Decision',
      'What was recorded; "consent complete" when nothing more was needed.',
      ({ decision }) => decision,
    ),
    is.person('decided_by', 'Decided by', 'Who decided; nobody on a completed consent.', ({ by }) => by),
    is.list('stages', 'Stage', 'The stages that this approval could fill.', ({ stages }) => stages),
    is.text('consents', 'Consents', 'Slots filled, of those needed, after this.', consents),
    is.moment('decided_at', 'Decided', 'When it was recorded.', ({ event }) => event.at),
    is.duration('latency', 'After', 'Since the question was open.', latency),
    is.text(
      'rule',
      'Rule',
      'The rule that waived consent, where one did.',
      ({ ballot }) => ballot.consent.autoApprovedBy,
      'below',
    ),
    is.list('policy_rules', 'Rules', 'The rules that answered.', ({ policy }) => policy.ids, 'below'),
    is.hash(
      'policy',
      'Policy',
      'Digest of the rule set they are of.',
      ({ policy }) => policy.digest,
      'below',
    ),
    is.words('words', 'Said', 'What the decider wrote.', ({ words }) => words, 'below'),
  ],
  rows: (source) => inLogOrder(rowsOf(source)),
  figures: (rows) => [
    counted('Approved', rows, ({ decision }) => decision === 'approved'),
    counted('Denied', rows, ({ decision }) => decision === 'denied'),
    counted('By rule, without consent', rows, isByRule),
    ...spread('Time to consent', rows.filter((row) => isComplete(row) && !isByRule(row)).map(latency)),
  ],
});

const isComplete = ({ decision }: ApprovalRow): boolean => decision === 'consent complete';
const isByRule = (row: ApprovalRow): boolean => isComplete(row) && row.ballot.consent.autoApprovedBy !== null;
function latency({ event, askedAt }: ApprovalRow): number {
  return event.at - askedAt;
}

function consents({ ballot, state }: ApprovalRow): string {
  const needed = ballot.consent.stages.reduce((sum, stage) => sum + stage.quorum, 0);
  return `${seat(ballot.consent, byOthers(ballot, state)).flat().length} of ${needed}`;
}

const byOthers = ({ approvals: given }: Ballot, { requester }: RequestState): Ballot['approvals'] =>
  given.filter(({ by }) => by !== requester);

async function* rowsOf(source: ReportSource): AsyncGenerator<ApprovalRow> {
  for await (const history of requestsWith(source, [...DECISIONS, ...COMPLETIONS], source.period))
    for await (const row of decisionsOf(history)) if (inPeriod(source, row.event.at)) yield row;
}

const OPENINGS = ['ExtensionRequested', 'ApprovalsVoided'] as const;
const DECISIONS = ['ApprovalRecorded', 'RequestDenied', 'ExtensionDenied'] as const;
const COMPLETIONS = ['RequestApproved', 'ExtensionApproved'] as const;

/** Since when a question has been open, and the rules it was last looked at under. */
type Open = Pick<ApprovalRow, 'askedAt' | 'policy'>;

async function* decisionsOf(history: History): AsyncGenerator<ApprovalRow> {
  let open: Open = { askedAt: history.state.submittedAt, policy: history.state.policy };
  for (const step of history.steps) {
    const { event } = step;
    if (isOneOf(event, OPENINGS)) open = { askedAt: event.meta.at, policy: event.data.policy };
    if (isOneOf(event, COMPLETIONS)) yield completed(step, event, open);
    if (!isOneOf(event, DECISIONS)) continue;
    open = { ...open, policy: event.data.policy };
    yield await decided(history, step, event, open);
  }
}

async function decided(
  { textOf }: History,
  { before, after }: Step,
  { type, data, meta }: EventOf<(typeof DECISIONS)[number]>,
  open: Open,
): Promise<ApprovalRow> {
  const about = before.extension?.shown === data.shown ? 'extension' : 'request';
  const isApproval = type === 'ApprovalRecorded';
  const asked = ballotOf(before, about);
  const twice = isApproval && asked.approvals.some(({ by }) => by === data.by);
  return {
    ...open,
    state: after,
    about,
    event: meta,
    by: data.by,
    decision: isApproval ? 'approved' : 'denied',
    ballot: isApproval ? ballotOf(after, about) : asked,
    stages: isApproval ? data.stages.map((stage) => asked.consent.stages[stage]?.name ?? `${stage}`) : [],
    words: await textOf(meta, isApproval ? 'comment' : 'reason'),
    exceptions: [
      ...(data.by === before.requester ? ['decided on their own request'] : []),
      ...(twice ? ['approved a second time by the same person'] : []),
      ...(asked.shown === data.shown ? [] : ['decided on something else than was asked']),
    ],
  };
}

function completed(
  { before, after }: Step,
  { type, meta }: EventOf<(typeof COMPLETIONS)[number]>,
  open: Open,
): ApprovalRow {
  const about = type === 'ExtensionApproved' ? 'extension' : 'request';
  const ballot = ballotOf(before, about);
  const satisfied = isSatisfied(ballot.consent, byOthers(ballot, before));
  return {
    ...open,
    state: after,
    about,
    event: meta,
    ballot,
    decision: 'consent complete',
    by: null,
    stages: [],
    words: null,
    exceptions: satisfied ? [] : ['taken as complete without the consent it takes'],
  };
}

const ballotOf = ({ ballot, extension }: RequestState, about: About): Ballot =>
  about === 'extension' ? (extension ?? ballot) : ballot;
