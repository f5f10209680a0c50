import { formatDuration } from '../domain/duration.ts';
import type { EventType, RecordedEvent } from '../domain/events.ts';
import { type Phase, type RequestState, streamOf } from '../domain/state.ts';
import type { RequestId } from '../domain/values.ts';
import type { ReaderRole, ShownText } from '../domain/visibility.ts';
import { type Installation, openInstallation } from './installation.ts';
import { CliError, facts, print, table, utc } from './io.ts';
import { openReading } from './reading.ts';
import { textsBeside, textWords } from './texts.ts';

const PHASES: readonly Phase[] = [
  ...(['requested', 'approved', 'provisioning', 'active', 'revoking'] as const),
  ...(['revoked', 'denied', 'withdrawn', 'lapsed', 'failed'] as const),
];

interface ListOptions {
  readonly phase?: string;
  readonly person?: string;
  readonly entitlement?: string;
  readonly limit: string;
  readonly json?: boolean;
}

export async function requestList(options: ListOptions): Promise<void> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200)
    throw new CliError('usage', `--limit ${options.limit}: expected a whole number from 1 to 200`);
  const phases = options.phase === undefined ? null : [phaseOf(options.phase)];
  await using installation = await openInstallation();
  const states = await installation.store.requests({
    limit,
    ...(phases && { phases }),
    ...(options.entitlement !== undefined && { entitlement: options.entitlement }),
    ...(options.person !== undefined && { requester: await subjectOf(installation, options.person) }),
  });
  if (options.json) return printJson(states);
  if (states.length === 0) return print('No requests.');
  const rows = states.map(async (state) => [
    state.id,
    state.phase,
    utc(state.submittedAt),
    await installation.nameOf(state.requester),
    state.entitlement.id,
  ]);
  print(table(['REQUEST', 'PHASE', 'ASKED', 'BY', 'ENTITLEMENT'], await Promise.all(rows)));
}

function phaseOf(text: string): Phase {
  const phase = PHASES.find((known) => known === text);
  if (phase === undefined)
    throw new CliError('usage', `--phase ${text}: expected one of ${PHASES.join(', ')}`);
  return phase;
}

async function subjectOf(installation: Installation, key: string) {
  const subject = await installation.store.known(key);
  if (subject === null)
    throw new CliError('notFound', `--person ${key}: nobody of that key has asked or been asked yet`);
  return subject;
}

export async function grantList({ json }: { json?: boolean }): Promise<void> {
  await using installation = await openInstallation();
  const phases = ['provisioning', 'active', 'revoking'] as const;
  const states = await installation.store.requests({ phases, limit: 200 });
  if (json) return printJson(states);
  if (states.length === 0) return print('Nobody has access now.');
  const rows = states.map(async (state) => [
    state.id,
    state.phase,
    utc(state.grant?.expiresAt ?? null),
    await installation.nameOf(state.requester),
    state.entitlement.id,
  ]);
  print(table(['REQUEST', 'PHASE', 'UNTIL', 'WHO', 'ENTITLEMENT'], await Promise.all(rows)));
}

interface ShowOptions {
  readonly as?: string;
  readonly json?: boolean;
}

/** What people wrote is shown to `as` alone, as far as they may read it, and that they did is on record. */
export async function requestShow(id: RequestId, { as, json = false }: ShowOptions): Promise<void> {
  if (as === undefined) {
    await using installation = await openInstallation();
    return await showRequest(installation, id, json, null, async ({ meta }) => maskedTexts(meta.sd));
  }
  await using reading = await openReading(as, 'search', {}, id);
  await showRequest(reading, id, json, reading.role, ({ meta }) => textsBeside(reading, meta));
}

type Texts = Readonly<Record<string, ShownText>>;

const maskedTexts = (sd: RecordedEvent['meta']['sd']): Texts =>
  Object.fromEntries(Object.keys(sd).map((field) => [field, { kind: 'masked' }]));

type Source = Pick<Installation, 'store' | 'nameOf'>;

async function showRequest(
  source: Source,
  id: RequestId,
  json: boolean,
  role: ReaderRole | null,
  textsOf: (event: RecordedEvent) => Promise<Texts>,
): Promise<void> {
  const state = await source.store.request(id);
  if (state === null)
    throw new CliError('notFound', `there is no request ${id}; see: countersign request list`);
  const events = await source.store.read(streamOf(id));
  const told = await Promise.all(events.map(async (event) => ({ ...event, texts: await textsOf(event) })));
  if (json) return printJson({ state, events: told });
  print(await summaryOf(source, state, told, role));
  print();
  print(table(['#', 'LEAF', 'WHEN', 'EVENT', 'BY'], await Promise.all(events.map((e) => row(source, e)))));
}

async function summaryOf(
  { nameOf }: Source,
  state: RequestState,
  told: readonly (RecordedEvent & { readonly texts: Texts })[],
  role: ReaderRole | null,
): Promise<string> {
  const { entitlement, grant, revocation } = state;
  const text = (field: string, ...types: readonly EventType[]): string | null => {
    const shown = told.findLast(({ type }) => types.includes(type))?.texts[field];
    return shown === undefined ? null : textWords(shown, role);
  };
  const approvers = await Promise.all(state.ballot.approvals.map((approval) => nameOf(approval.by)));
  return facts([
    ['Request', `${state.id}, ${state.phase}`],
    ['Asked by', `${await nameOf(state.requester)}, ${utc(state.submittedAt)}`],
    ['For', `${entitlement.id} (${entitlement.title}), ${formatDuration(state.durationMs)}`],
    ['Why', text('justification', 'RequestSubmitted')],
    ['Ticket', text('ticket', 'RequestSubmitted')],
    ['Approved by', approvers.join(', ') || state.ballot.consent.autoApprovedBy],
    ['Denied by', state.deniedBy && (await nameOf(state.deniedBy))],
    ['Reason', text('reason', 'RequestDenied', 'RevocationStarted')],
    ['Rules', `${state.policy.ids.join(', ')} @ ${state.policy.digest.slice(0, 12)}`],
    ['Credential', grant && grant.handle.name],
    ['Until', grant && utc(grant.expiresAt)],
    ['Ended', revocation && `${revocation.trigger}, ${utc(revocation.startedAt)}`],
    ['Left over', revocation && (revocation.leftovers.join('\n') || null)],
    ['Proof', proofOf(state)],
  ]);
}

function proofOf({ revocation }: RequestState): string | null {
  if (revocation === null) return null;
  const { proof } = revocation;
  if (proof === null) return 'not yet: removal is being tried';
  return `${proof.method}; ${proof.liveSessions} sessions left, ${revocation.killed} ended; ${utc(proof.at)}`;
}

async function row({ nameOf }: Source, { type, data, meta }: RecordedEvent): Promise<readonly string[]> {
  const by = 'by' in data && data.by !== null ? data.by : 'requester' in data ? data.requester : null;
  return [String(meta.index), meta.leaf.slice(0, 8), utc(meta.at), type, by === null ? '' : await nameOf(by)];
}

const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));
