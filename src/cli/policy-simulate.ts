import { readDisclosure } from '../audit/disclosure.ts';
import { streamOf } from '../domain/state.ts';
import type { Subject } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import { type PastDecision, type Replay, replay, WHY_NOT, type WhyNot } from '../policy/compare/simulate.ts';
import type { Rules } from '../policy/rules.ts';
import type { AnyRecordedEvent } from '../ports/audit-log.ts';
import { found } from '../workflows/log/journal.ts';
import { CliError, facts, folded, print, utc } from './io.ts';
import { openRules } from './policy-folder.ts';
import { progressTeller } from './progress.ts';
import { openReading, type Reading } from './reading.ts';

export interface SimulateOptions {
  readonly against: string;
  readonly from?: string;
  readonly as: string;
  readonly names?: boolean;
  readonly json?: boolean;
}

/** `countersign policy simulate`: what people asked for, put to other rules. That it is read is on record first. */
export async function policySimulate(options: SimulateOptions): Promise<void> {
  const after = (await openRules(options.against)).rules;
  const before = (await openRules(options.from)).rules;
  const query = { report: 'policy-simulate', before: before.digest, after: after.digest };
  await using reading = await openReading(options.as, 'report', query);
  if (reading.role !== 'auditor')
    throw new CliError(
      'failed',
      `--as ${options.as}: policy simulate is for an auditor; the catalogue names them`,
    );
  const cases = await replayAll(reading, before, after, options.names ?? false);
  if (options.json) return print(JSON.stringify(jsonOf(cases, before, after), null, 2));
  show(cases);
}

interface Case {
  /** Of the request; of what was refused at once, the number of its event. */
  readonly request: string;
  /** A pseudonym, or with `--names` a name. */
  readonly who: string;
  readonly entitlement: string;
  readonly at: number;
  readonly replay: Replay;
}

const ASKED = ['RequestSubmitted', 'AccessRefused'];

async function replayAll(
  reading: Reading,
  before: Rules,
  after: Rules,
  names: boolean,
): Promise<readonly Case[]> {
  const tell = progressTeller();
  const size = await reading.store.size();
  const cases: Case[] = [];
  for await (const event of found(reading.store, { types: ASKED })) {
    const asked = askedIn(event);
    if (asked === null) continue;
    const past = { ...asked.past, ...(await factsBeside(reading, event)) };
    const who = names ? await reading.nameOf(asked.subject) : asked.subject;
    const { request, entitlement } = asked;
    cases.push({ request, who, entitlement, at: event.meta.at, replay: replay(past, before, after) });
    tell(event.meta.index + 1, size);
  }
  tell(size, size);
  return cases;
}

interface AskedThen {
  readonly request: string;
  readonly subject: Subject;
  readonly entitlement: string;
  readonly past: Pick<PastDecision, 'answer'>;
}

function askedIn({ type, data, meta }: AnyRecordedEvent): AskedThen | null {
  if (type === 'RequestSubmitted')
    return {
      request: meta.stream.replace(streamOf('req_'), 'req_'),
      subject: data.requester,
      entitlement: data.entitlement.id,
      past: { answer: { consent: data.consent } },
    };
  if (type !== 'AccessRefused') return null;
  const past = { answer: { refused: data.code } };
  return { request: `#${meta.index}`, subject: data.by, entitlement: data.entitlement, past };
}

async function factsBeside(
  { store }: Reading,
  { meta: { index, sd } }: AnyRecordedEvent,
): Promise<Pick<PastDecision, 'facts' | 'hadFacts'>> {
  if (sd['facts'] === undefined) return { facts: null, hadFacts: false };
  const kept = await store.storedDisclosures(index, index + 1);
  const beside = kept.find(({ field }) => field === 'facts');
  return { facts: beside === undefined ? null : readDisclosure(beside.disclosure).value, hadFacts: true };
}

const CHANGED = ['allow→deny', 'deny→allow', 'approvals changed'] as const;

function show(cases: readonly Case[]): void {
  const of = (kind: Replay['kind']): readonly Case[] =>
    cases.filter(({ replay: each }) => each.kind === kind);
  print(
    facts([
      ['Asked for', String(cases.length)],
      ...CHANGED.map((kind) => [kind, String(of(kind).length)] as const),
      ['unchanged', String(of('unchanged').length)],
      ['not replayed', String(of('not replayed').length)],
    ]),
  );
  for (const kind of CHANGED) showCases(kind, of(kind));
  showUnplayed(of('not replayed'));
}

function showCases(kind: string, cases: readonly Case[]): void {
  if (cases.length === 0) return;
  print(`\n${kind}`);
  for (const { request, who, entitlement, at, replay: each } of cases.slice(0, LIMITS.policyListedMax)) {
    if (each.kind === 'unchanged' || each.kind === 'not replayed') continue;
    print(folded(`  ${request}  ${utc(at)}  ${entitlement}`, 80));
    print(
      folded(`      ${who}: ${sideText(each.from, each.ids.from)} → ${sideText(each.to, each.ids.to)}`, 80),
    );
  }
  const more = cases.length - LIMITS.policyListedMax;
  if (more > 0) print(`  and ${more} more; --json has them all`);
}

const sideText = (text: string, ids: readonly string[]): string => {
  const policies = ids.filter((id) => id !== 'catalogue' && !id.startsWith('catalogue/'));
  return policies.length === 0 ? text : `${text} (${policies.join(', ')})`;
};

/** Each reason, and the first of those it is about. */
function showUnplayed(cases: readonly Case[]): void {
  if (cases.length === 0) return;
  print('\nnot replayed');
  const whyOf = ({ replay: each }: Case): WhyNot | null => (each.kind === 'not replayed' ? each.why : null);
  for (const why of Object.keys(WHY_NOT) as WhyNot[]) {
    const of = cases.filter((each) => whyOf(each) === why);
    if (of.length === 0) continue;
    print(folded(`  ${of.length}: ${WHY_NOT[why]}`, 80));
    print(
      folded(
        `      ${of
          .slice(0, 5)
          .map(({ request }) => request)
          .join(', ')}${of.length > 5 ? ', …' : ''}`,
        80,
      ),
    );
  }
}

const jsonOf = (cases: readonly Case[], before: Rules, after: Rules) => ({
  before: before.digest,
  after: after.digest,
  asked: cases.length,
  cases: cases
    .filter(({ replay: each }) => each.kind !== 'unchanged')
    .map(({ replay: each, at, ...rest }) => ({ ...rest, at: new Date(at).toISOString(), ...each })),
});
