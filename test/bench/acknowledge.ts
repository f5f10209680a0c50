import { accountOf, APPROVERS, CONSENTED } from './catalogue.ts';
import { p50, p99, parts } from './statistics.ts';
import { approval, submission, type SlackRequest } from './slack-requests.ts';
import { type BenchWorld, RATE_PER_S } from './world.ts';

const TO_APPROVE = 250;
const MEASURED_S = 20;
const WINDOWS = 4;

export interface Acknowledgement {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly submissionP99Ms: number;
  readonly approvalP99Ms: number;
  /** p99 of each quarter of the time. */
  readonly windowsP99Ms: readonly number[];
  /** Of the bot's process, all that the requests led to included. */
  readonly cpuMsEach: number;
}

/**
 * Half of the load asks anew, half approves what was asked before, so that each second approval makes a credential
 * too. The requests to be approved are the warm-up. Throws when one of them did not become an event.
 */
export async function benchAcknowledgement(world: BenchWorld): Promise<Acknowledgement> {
  await world.send(Array.from({ length: TO_APPROVE }, (_, person) => ask(person)));
  await world.settle();
  const cards = await world.cards();
  if (cards.length < TO_APPROVE) throw new Error(`${cards.length} of ${TO_APPROVE} cards were shown`);
  const approvals = cards.flatMap((card) => APPROVERS.map((user) => approval(user, card)));
  const requests: SlackRequest[] = [];
  for (let i = 0; i < (MEASURED_S * RATE_PER_S) / 2; i += 1) {
    const consent = approvals[i];
    if (consent !== undefined) requests.push(ask(TO_APPROVE + i), consent);
  }
  const sizeBefore = await world.bot.store.size();
  const cpu = process.cpuUsage();
  const sent = await world.send(requests);
  const { user, system } = process.cpuUsage(cpu);
  await everyOneCommitted(world, sizeBefore, requests);
  const ms = sent.map((each) => each.ms);
  const of = (kind: SlackRequest['kind']) => sent.filter((each) => each.kind === kind).map((each) => each.ms);
  return {
    samples: ms.length,
    p50Ms: p50(ms),
    p99Ms: p99(ms),
    submissionP99Ms: p99(of('submission')),
    approvalP99Ms: p99(of('approval')),
    windowsP99Ms: parts(ms, WINDOWS).map(p99),
    cpuMsEach: (user + system) / 1_000 / requests.length,
  };
}

const ask = (person: number): SlackRequest =>
  submission(
    accountOf(person),
    `${CONSENTED} 1h "INC-${1_000 + person} an order is missing from the export"`,
  );

async function everyOneCommitted(
  world: BenchWorld,
  from: number,
  requests: readonly SlackRequest[],
): Promise<void> {
  const events = await world.eventsFrom(from);
  for (const [kind, type] of [
    ['submission', 'RequestSubmitted'],
    ['approval', 'ApprovalRecorded'],
  ] as const) {
    const wanted = requests.filter((request) => request.kind === kind).length;
    const stored = events.filter((event) => event.type === type).length;
    if (stored !== wanted)
      throw new Error(`${wanted} of ${kind} were acknowledged, ${stored} are in the log`);
  }
}
