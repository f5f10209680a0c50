import type { RequestId, Subject } from '../domain/values.ts';
import type { ShownText } from '../domain/visibility.ts';
import { columnsOf, report, type Row } from './report.ts';

interface BreakGlassRow extends Row {
  readonly request: RequestId;
  readonly by: Subject;
  readonly entitlement: string;
  readonly openedAt: number;
  readonly reason: ShownText | null;
  readonly goneAt: number | null;
  readonly reviewDueAt: number;
  readonly reviewedAt: number | null;
  readonly reviewedBy: Subject | null;
  readonly outcome: string | null;
}

const is = columnsOf<BreakGlassRow>();

/** No event opens access before it is consented to: there is nothing that a row could come from. */
export const breakGlass = report<BreakGlassRow>({
  name: 'break-glass',
  number: 4,
  title: 'Break-glass access and its review',
  answers: 'Who took access first and was reviewed after, and whether each review came before its deadline.',
  period: 'Every access that was taken without prior consent in the period.',
  nothing:
    'This version of Countersign has no break-glass: every access takes consent or a rule that waives it beforehand. So none was taken, and no review is owed.',
  serves: 'SOC 2 CC6.1; ISO 27001 A.8.2; NIST 800-53 AC-2',
  over: 'requests',
  columns: [
    is.text('request', 'Request', 'The access that was taken.', ({ request }) => request),
    is.person('taken_by', 'Who', 'Who took it.', ({ by }) => by),
    is.text('entitlement', 'Entitlement', 'What was taken.', ({ entitlement }) => entitlement),
    is.moment('opened_at', 'Taken', 'When it was taken.', ({ openedAt }) => openedAt),
    is.instant('gone_at', 'Proven gone', 'When the target showed that it was gone.', ({ goneAt }) => goneAt),
    is.instant(
      'review_due_at',
      'Review due',
      'When it has to be reviewed at the latest.',
      ({ reviewDueAt }) => reviewDueAt,
    ),
    is.instant('reviewed_at', 'Reviewed', 'When it was.', ({ reviewedAt }) => reviewedAt),
    is.person('reviewed_by', 'By', 'Who reviewed it.', ({ reviewedBy }) => reviewedBy),
    is.text('outcome', 'Outcome', 'What the review found.', ({ outcome }) => outcome),
    is.words('reason', 'Why', 'What was given as the reason.', ({ reason }) => reason, 'below'),
  ],
  rows: () => Promise.resolve([]),
  figures: () => [],
});
