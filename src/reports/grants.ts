import { isSatisfied } from '../domain/approval.ts';
import type { Grant, RequestState } from '../domain/state.ts';
import type { ShownText } from '../domain/visibility.ts';
import { counted } from './figures.ts';
import { columnsOf, report, type Row } from './report.ts';
import { inLogOrder, livingIn, type ReportSource } from './source.ts';

interface GrantRow extends Row {
  readonly state: RequestState;
  readonly grant: Grant;
  readonly justification: ShownText | null;
  readonly ticket: ShownText | null;
}

const is = columnsOf<GrantRow>();

export const grants = report<GrantRow>({
  name: 'grants',
  number: 1,
  title: 'Grant register',
  answers: 'Who had elevated access, to what, why, with whose consent, and until when.',
  period:
    'Every grant that stood at some time in the period: its provisioning began before the end, and its removal was not proven before the beginning.',
  nothing: 'Nobody had elevated access through Countersign at any time in the period.',
  serves: 'SOC 2 CC6.1, CC6.2; ISO 27001 A.5.18, A.8.2; PCI DSS 7.2; NIST 800-53 AC-2, AC-6',
  over: 'requests',
  columns: [
    is.text('request', 'Request', 'The request that the grant came of.', (row) => row.state.id),
    is.person('requester', 'Who', 'Who asked for the access, and had it.', (row) => row.state.requester),
    is.text('entitlement', 'Entitlement', 'What was granted.', (row) => row.state.entitlement.id),
    is.text('resource', 'Resource', 'What it gives access to.', (row) => row.state.entitlement.resource),
    is.text(
      'environment',
      'Environment',
      'Where the resource is.',
      (row) => row.state.entitlement.environment,
      'below',
    ),
    is.text('classification', 'Class', 'How sensitive it is.', (row) => row.state.entitlement.classification),
    is.people('approvers', 'Consent', 'Whose consents filled the stages.', (row) => row.state.approvers),
    is.text(
      'rule',
      'Rule',
      'The rule that waived consent, where one did.',
      (row) => row.state.ballot.consent.autoApprovedBy,
      'below',
    ),
    is.moment(
      'started_at',
      'Began',
      'When provisioning began: from then on a credential may have been there.',
      (row) => row.grant.startedAt,
    ),
    is.instant(
      'expires_at',
      'Expires',
      'When it was to end at the latest, extensions included.',
      (row) => row.grant.expiresAt,
    ),
    is.instant(
      'gone_at',
      'Proven gone',
      'When the target showed that the credential was gone.',
      (row) => row.state.closedAt,
    ),
    is.text(
      'cause',
      'Ended by',
      'Why it ended, or the state it is in.',
      (row) => row.state.revocation?.trigger ?? row.state.phase,
    ),
    is.count(
      'extensions',
      'Extensions',
      'How often it was lengthened.',
      (row) => row.grant.extensions,
      'below',
    ),
    is.instant(
      'issued_at',
      'Credential made',
      'When the target had the credential.',
      (row) => row.grant.issuedAt,
      'below',
    ),
    is.text('credential', 'Credential', 'Its name on the target.', (row) => row.grant.handle.name, 'below'),
    is.hash(
      'policy',
      'Policy',
      'Digest of the rules under which it was asked for.',
      (row) => row.state.policy.digest,
      'below',
    ),
    is.words(
      'justification',
      'Why',
      'What the requester gave as the reason.',
      (row) => row.justification,
      'below',
    ),
    is.words('ticket', 'Ticket', 'The ticket that was named.', (row) => row.ticket, 'below'),
  ],
  rows: (source) => inLogOrder(rowsOf(source)),
  figures: (rows) => [
    counted('Still open', rows, ({ state }) => state.closedAt === null),
    counted('By rule, without consent', rows, ({ state }) => state.ballot.consent.autoApprovedBy !== null),
    counted('Extended', rows, ({ grant }) => grant.extensions > 0),
  ],
});

async function* rowsOf(source: ReportSource): AsyncGenerator<GrantRow> {
  for await (const history of livingIn(source)) {
    const { submission, state, steps, textOf } = history;
    const began = steps.find(({ event }) => event.type === 'ProvisioningStarted');
    if (state.grant === null || began === undefined || began.event.meta.at >= source.period.to) continue;
    yield {
      state,
      grant: state.grant,
      justification: await textOf(submission.meta, 'justification'),
      ticket: await textOf(submission.meta, 'ticket'),
      event: began.event.meta,
      exceptions: exceptionsOf(state, state.grant, source.now),
    };
  }
}

function exceptionsOf(
  { ballot, requester, closedAt }: RequestState,
  grant: Grant,
  now: number,
): readonly string[] {
  const others = ballot.approvals.filter(({ by }) => by !== requester);
  return [
    ...(isSatisfied(ballot.consent, others) ? [] : ['granted without the consent it takes']),
    ...(closedAt === null && grant.expiresAt <= now ? ['its time is over and it is not proven gone'] : []),
  ];
}
