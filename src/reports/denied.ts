import type { EventMeta } from '../domain/events.ts';
import type { Subject } from '../domain/values.ts';
import type { ShownText } from '../domain/visibility.ts';
import { counted } from './figures.ts';
import { columnsOf, report, type Row } from './report.ts';
import {
  type EventOf,
  eventsOf,
  type History,
  inLogOrder,
  inPeriod,
  isOneOf,
  type ReportSource,
  requestsWith,
} from './source.ts';

interface DeniedRow extends Row {
  readonly event: EventMeta;
  readonly what:
    | 'attempt refused'
    | 'refused by rules'
    | 'denied'
    | 'refused at its start'
    | 'failed'
    | 'log read';
  readonly action: string;
  readonly by: Subject | null;
  readonly request: string | null;
  readonly entitlement: string | null;
  readonly code: string | null;
  readonly words: ShownText | null;
}

const is = columnsOf<DeniedRow>();

export const denied = report<DeniedRow>({
  name: 'denied',
  number: 9,
  title: 'Denied and failed actions, and reads of the log',
  answers: 'What people tried and were not allowed, what failed, and who read the record.',
  period: 'Every refused attempt, denial, failure and reading of the log that was recorded in the period.',
  nothing: 'Nothing was refused, denied or failed in the period, and nobody read the log.',
  serves: 'SOC 2 CC6.1; ISO 27001 A.8.15; PCI DSS 10.2; NIST 800-53 AU-9',
  over: 'requests',
  columns: [
    is.moment('at', 'When', 'When it was recorded.', ({ event }) => event.at),
    is.text('what', 'What', 'What kind of event it was.', ({ what }) => what),
    is.text('action', 'Action', 'What was tried, or read.', ({ action }) => action),
    is.person('by', 'By', 'Who; empty where it was the software.', ({ by }) => by),
    is.text('request', 'Request', 'The request it was about.', ({ request }) => request),
    is.text('entitlement', 'Entitlement', 'What that asks for.', ({ entitlement }) => entitlement),
    is.text('code', 'Why', 'The rule that refused, or the class of the fault.', ({ code }) => code),
    is.words('words', 'Said', 'What the person wrote, or the target said.', ({ words }) => words, 'below'),
  ],
  rows: (source) => inLogOrder(rowsOf(source)),
  figures: (rows) => [
    counted('Attempts refused', rows, ({ what }) => what === 'attempt refused'),
    counted('Refused by rules', rows, ({ what }) => what === 'refused by rules'),
    counted('Denied', rows, ({ what }) => what === 'denied'),
    counted('Failed', rows, ({ what }) => what === 'failed'),
    counted('Reads of the log', rows, ({ what }) => what === 'log read'),
  ],
});

const TYPES = [
  'AttemptRefused',
  'RequestDenied',
  'ExtensionDenied',
  'ActivationRefused',
  'ProvisioningFailed',
  'ExtensionFailed',
  'RevocationFailed',
] as const;

async function* rowsOf(source: ReportSource): AsyncGenerator<DeniedRow> {
  for await (const history of requestsWith(source, TYPES, source.period))
    for (const { event } of history.steps)
      if (isOneOf(event, TYPES) && inPeriod(source, event.meta.at)) yield await rowOf(history, event);
  if (source.mayAll)
    for await (const event of eventsOf(source, ['LogRead', 'AccessRefused'], source.period))
      yield event.type === 'LogRead' ? readOf(event) : ruledOut(event);
}

async function rowOf(
  { state, textOf }: History,
  { type, data, meta }: EventOf<(typeof TYPES)[number]>,
): Promise<DeniedRow> {
  const about = { event: meta, request: state.id, entitlement: state.entitlement.id };
  const row = { ...about, by: null, code: null, words: null, exceptions: [] };
  const fault = async (action: string, code: string) =>
    ({ ...row, what: 'failed', action, code, words: await textOf(meta, 'detail') }) as const;
  switch (type) {
    case 'AttemptRefused':
      return { ...row, what: 'attempt refused', ...data };
    case 'RequestDenied':
      return { ...row, what: 'denied', action: 'request', by: data.by, words: await textOf(meta, 'reason') };
    case 'ExtensionDenied':
      return { ...row, what: 'denied', action: 'extend', by: data.by, words: await textOf(meta, 'reason') };
    case 'ActivationRefused':
      return { ...row, what: 'refused at its start', action: 'start', code: data.code };
    case 'ProvisioningFailed':
      return fault('provision', data.fault);
    case 'ExtensionFailed':
      return fault('extend', data.fault);
    case 'RevocationFailed':
      return {
        ...(await fault(data.step, data.fault)),
        exceptions: data.escalated ? ['people had to be alarmed'] : [],
      };
  }
}

const ruledOut = ({ data, meta }: EventOf<'AccessRefused'>): DeniedRow => ({
  event: meta,
  what: 'refused by rules',
  action: 'request',
  by: data.by,
  request: null,
  entitlement: data.entitlement,
  code: data.code,
  words: null,
  exceptions: [],
});

const readOf = ({ data, meta }: EventOf<'LogRead'>): DeniedRow => ({
  event: meta,
  what: 'log read',
  action: data.what,
  by: data.by,
  request: data.request,
  code: `as ${data.as}`,
  entitlement: null,
  words: null,
  exceptions: [],
});
