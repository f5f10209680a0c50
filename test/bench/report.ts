import { wrap } from '../../src/practice/steps.ts';
import type { Acknowledgement } from './acknowledge.ts';
import type { Compared, ConnectorFigures } from './connector.ts';
import type { Expiries } from './expiries.ts';
import type { LogFigures } from './log.ts';
import type { Machine } from './machine.ts';
import { type PolicyFigures, SIZES } from './policy.ts';

export interface Results {
  readonly log?: LogFigures;
  readonly policy?: PolicyFigures;
  readonly connector?: ConnectorFigures;
  readonly acknowledgement?: Acknowledgement;
  readonly expiries?: Expiries;
}

interface Aim {
  readonly text: string;
  readonly met: boolean;
}
interface Row {
  readonly label: string;
  /** p50, then p99 where there is one. */
  readonly values: readonly string[];
  readonly aim?: Aim;
  readonly meaning?: string;
}

const WIDTH = 80;

/** The figures by name, as `--json` writes them. */
export function figuresOf({
  log,
  policy,
  connector,
  acknowledgement,
  expiries,
}: Results): Record<string, number> {
  const figures: Record<string, number> = {
    ...(acknowledgement && {
      ack_p50_ms: acknowledgement.p50Ms,
      ack_p99_ms: acknowledgement.p99Ms,
      ack_samples: acknowledgement.samples,
      ack_bot_cpu_ms_each: acknowledgement.cpuMsEach,
    }),
    ...(log && {
      append_over_plain: log.append.overPlainMean,
      append_opening_over_plain_p50: log.append.opening.overPlain,
      append_opening_p50_ms: log.append.opening.p50Ms,
      append_later_over_plain_p50: log.append.later.overPlain,
      append_later_p50_ms: log.append.later.p50Ms,
      verify_events: log.verify.events,
      verify_s: log.verify.s,
      verify_scan_s: log.verify.scanS,
      verify_over_scan: log.verify.overScan,
      verify_texts: log.verifyTexts.texts,
      verify_with_texts_over_scan: log.verifyTexts.overScan,
    }),
    ...(policy && {
      decide_15_p50_ms: policy.small.p50Ms,
      decide_15_p99_ms: policy.small.p99Ms,
      decide_15_over_bare_p50: policy.small.p50Ms / policy.bare.p50Ms,
      decide_200_p50_ms: policy.medium.p50Ms,
      decide_200_p99_ms: policy.medium.p99Ms,
      decide_200_over_15_p50: policy.medium.p50Ms / policy.small.p50Ms,
      decide_1000_p50_ms: policy.large.p50Ms,
      decide_1000_p99_ms: policy.large.p99Ms,
      decide_1000_over_15_p50: policy.large.p50Ms / policy.small.p50Ms,
      cedar_bare_p50_ms: policy.bare.p50Ms,
      cedar_bare_p99_ms: policy.bare.p99Ms,
      cedar_questions_each: policy.questionsEach,
      simulate_requests: policy.simulate.requests,
      simulate_s: policy.simulate.s,
    }),
    ...(connector && {
      create_over_raw_p50: connector.create.overRawP50,
      create_p50_ms: connector.create.p50Ms,
      create_p99_ms: connector.create.p99Ms,
      create_raw_p50_ms: connector.create.rawP50Ms,
      control_p50_ms: connector.control.p50Ms,
      control_p99_ms: connector.control.p99Ms,
      revoke_over_raw_p50: connector.revoke.overRawP50,
      revoke_p50_ms: connector.revoke.p50Ms,
      revoke_p99_ms: connector.revoke.p99Ms,
      revoke_raw_p50_ms: connector.revoke.rawP50Ms,
      revoke_session_over_raw_p50: connector.revokeSession.overRawP50,
    }),
    ...(expiries && {
      expiry_lateness_p50_ms: expiries.p50Ms,
      expiry_lateness_p99_ms: expiries.p99Ms,
      expiry_proven_p50_ms: expiries.verifiedP50Ms,
      expiry_proven_p99_ms: expiries.verifiedP99Ms,
    }),
  };
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, round(value)]));
}

/** A table for a person, at 80 columns, and below it what each row measures. */
export function tableOf(results: Results, machine: Machine): string {
  const rows = [
    ...(results.log ? logRows(results.log) : []),
    ...(results.policy ? policyRows(results.policy) : []),
    ...(results.acknowledgement ? acknowledgementRows(results.acknowledgement) : []),
    ...(results.connector ? connectorRows(results.connector) : []),
    ...(results.expiries ? expiryRows(results.expiries) : []),
  ];
  const head = lineOf({ label: '', values: ['p50', 'p99'] });
  const explained = rows.flatMap(({ label, meaning }) =>
    meaning === undefined ? [] : ['', label.trim(), ...indented(meaning)],
  );
  return [
    head,
    ...rows.map(lineOf),
    '',
    'What each row measures',
    ...explained,
    '',
    ...machineLines(machine),
  ].join('\n');
}

function lineOf({ label, values, aim }: Row): string {
  const [p50 = '', p99 = ''] = values;
  const verdict = aim === undefined ? '' : `  ${aim.text} ${aim.met ? '✓' : '✗'}`;
  return `${label.padEnd(38)}${p50.padStart(9)}${p99.padStart(9)}${verdict}`;
}

const indented = (text: string): readonly string[] => wrap(text, WIDTH - 2).map((line) => `  ${line}`);
const ms = (value: number): string => `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`;
const seconds = (value: number): string => `${value.toFixed(1)} s`;
const times = (value: number): string => `${value.toFixed(2)} ×`;
const round = (value: number): number => Math.round(value * 1_000) / 1_000;

function acknowledgementRows(figures: Acknowledgement): readonly Row[] {
  const quarters = figures.windowsP99Ms.map((each) => each.toFixed(0)).join(', ');
  return [
    {
      label: 'Acknowledgement, 50 requests a second',
      values: [ms(figures.p50Ms), ms(figures.p99Ms)],
      aim: { text: 'p99 < 100 ms', met: figures.p99Ms < 100 },
      meaning: `From the moment a request was to be sent until the whole answer was there: ${figures.samples} requests as Slack signs them, over HTTP from another process, each on a new connection and at its own time whether or not those before it were answered. Half are /elevate with all it needs, by people the bot has not seen yet; half are approvals of such requests, every second of which makes a role in PostgreSQL. Each was answered after its event was durable; that all of them are in the log is checked. Meanwhile the bot shows everything in chat. It used ${figures.cpuMsEach.toFixed(1)} ms of processor time for each, all that follows included. p99 of each quarter of the run: ${quarters} ms.`,
    },
    { label: '  submissions', values: ['', ms(figures.submissionP99Ms)] },
    { label: '  approvals', values: ['', ms(figures.approvalP99Ms)] },
  ];
}

function connectorRows({ create, control, revoke, revokeSession }: ConnectorFigures): readonly Row[] {
  return [
    ...comparedRows(
      'Create a credential',
      create,
      'connector.provision, against the same CREATE ROLE, GRANT, ALTER ROLE and COMMENT in one transaction and one round trip on a pooled connection. Both sides derive the SCRAM verifier within the time measured.',
    ),
    {
      label: 'Positive control',
      values: [ms(control.p50Ms), ms(control.p99Ms)],
      meaning: `connector.verifyActive (${control.samples}): the right secret logs in, a wrong one is refused, side by side on new connections. The bot does this after each creation; raw statements have nothing like it.`,
    },
    ...comparedRows(
      'Revoke and prove it',
      revoke,
      "connector.revoke and verifyRevoked, against the ladder's bare statements (fence, kill, drop, kill) in one round trip on a pooled connection and one refused login. The connector adds the lock, the looks at what it has done, and the look-up in the catalogue.",
    ),
    ...comparedRows(
      'Revoke with an open session',
      revokeSession,
      'The same, with one session of the credential open, which has to end. The bare statements do not wait for its end.',
    ),
  ];
}

function logRows({ append, verify, verifyTexts }: LogFigures): readonly Row[] {
  const { opening, later } = append;
  return [
    {
      label: 'Append to the log, over a life',
      values: [times(append.overPlainMean)],
      aim: { text: '≤ 1.5 ×', met: append.overPlainMean <= 1.5 },
      meaning: `store.append, against prepared statements that insert the very rows that it writes (event, texts, keys, tree, head, projections) into the same tables, in a durable transaction each. The store checks the event, writes it canonically, seals its texts, hashes it into the tree and folds the request's state besides. ${opening.samples} lives of one opening commit with two texts and ${later.samples / opening.samples} others, one commit at a time, which side is first changing with each; medians, weighted as a life has them.`,
    },
    { label: '  the opening commit', values: [times(opening.overPlain)] },
    { label: '    by the store', values: [ms(opening.p50Ms)] },
    { label: '    plain', values: [ms(opening.plainP50Ms)] },
    { label: '  each other commit', values: [times(later.overPlain)] },
    { label: '    by the store', values: [ms(later.p50Ms)] },
    { label: '    plain', values: [ms(later.plainP50Ms)] },
    {
      label: 'Verify a million events',
      values: [times(verify.overScan)],
      aim: { text: '≤ 1.5 ×', met: verify.overScan <= 1.5 },
      meaning:
        'log verify on a database, against reading each row once and hashing events and tree up to the root. It checks besides that each event is canonical JSON, ids are unique, streams have no gap, and stored hashes and head are those of the events. The best of three rounds each, in turn.',
    },
    { label: '  verified', values: [seconds(verify.s)] },
    { label: '  read and hashed', values: [seconds(verify.scanS)] },
    {
      label: '  with the texts of its requests',
      values: [times(verifyTexts.overScan)],
      meaning: `The same of ${verifyTexts.events} events with ${verifyTexts.texts} texts beside them, each of which is opened (AES-256-GCM) and held against the digest in its event; on the other side its row is read.`,
    },
  ];
}

function policyRows({
  samples,
  small,
  medium,
  large,
  bare,
  questionsEach,
  simulate,
}: PolicyFigures): readonly Row[] {
  const row = (label: string, { p50Ms, p99Ms }: PolicyFigures['small']): Row => ({
    label,
    values: [ms(p50Ms), ms(p99Ms)],
  });
  return [
    {
      ...row(`A decision, with ${SIZES.small} policies`, small),
      meaning: `evaluate of the example rules and others beside them, for whoever the catalogue lets ask (${samples} each, all in turn): the catalogue's floor, what Cedar permits, demands and waives (${questionsEach.toFixed(1)} different questions on average), and their merging. Next to it one such question to Cedar itself, policies and schema preparsed, with as many policies.`,
    },
    row(`  with ${SIZES.medium}`, medium),
    row(`  with ${SIZES.large.toLocaleString('en')}`, large),
    row('  one question to Cedar itself', bare),
    { label: '  decision over question', values: [times(small.p50Ms / bare.p50Ms)] },
    {
      label: `  ${SIZES.large.toLocaleString('en')} policies over ${SIZES.small}`,
      values: [times(large.p50Ms / small.p50Ms)],
    },
    {
      label: `Simulate ${simulate.requests.toLocaleString('en')} recorded requests`,
      values: [seconds(simulate.s)],
      meaning:
        'As policy simulate does: the facts beside each request (or refusal) are read from the log, opened, and put to two rule sets. None may be answered otherwise than it was.',
    },
  ];
}

function comparedRows(label: string, figures: Compared, meaning: string): readonly Row[] {
  const how = `${figures.samples} pairs, one at a time, which side is first changing with each.`;
  return [
    {
      label,
      values: [times(figures.overRawP50)],
      aim: { text: '≤ 2 ×', met: figures.overRawP50 <= 2 },
      meaning: `${meaning} ${how}`,
    },
    { label: '  by the connector', values: [ms(figures.p50Ms), ms(figures.p99Ms)] },
    { label: '  by raw statements', values: [ms(figures.rawP50Ms), ms(figures.rawP99Ms)] },
  ];
}

function expiryRows(figures: Expiries): readonly Row[] {
  return [
    {
      label: `${figures.grants} expiries at one instant: removed`,
      values: [ms(figures.p50Ms), ms(figures.p99Ms)],
      aim: { text: 'p99 ≤ 250 ms', met: figures.p99Ms <= 250 },
      meaning: `From the instant at which ${figures.grants} grants expire until each one's CredentialRemoved: its role is fenced, its sessions are ended (${figures.sessions} have one open) and it is dropped. Through the whole bot: due work, two events each in the log, connector, PostgreSQL. The event's own time is taken, which the bot gives it once the target has answered.`,
    },
    {
      label: '  proven gone',
      values: [ms(figures.verifiedP50Ms), ms(figures.verifiedP99Ms)],
      meaning:
        'Until RevocationVerified: a new login has been refused, and role and sessions were looked up. It begins when all are removed.',
    },
  ];
}

const machineLines = (machine: Machine): readonly string[] => [
  'Machine',
  ...indented(
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, ${machine.os}, Node ${machine.node}. Client, workspace, bot and PostgreSQL share it. Load of the minute before: ${machine.load1m.toFixed(1)}. One durable write of 4 KiB, which every commit waits for: p50 ${ms(machine.syncP50Ms)}, p99 ${ms(machine.syncP99Ms)}.`,
  ),
];
