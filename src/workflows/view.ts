import { openStages, seat } from '../domain/approval.ts';
import type { EventType, RecordedEvent } from '../domain/events.ts';
import { extendableMs } from '../domain/granting.ts';
import { type Ballot, type RequestState, streamOf } from '../domain/state.ts';
import type { Subject } from '../domain/values.ts';
import type { ShownText } from '../domain/visibility.ts';
import type { Disclosed } from '../ports/store.ts';
import type { BallotView, PersonRef, RequestView, Told } from '../ports/view.ts';
import type { Deps } from './deps.ts';
import { type Sees, textsOf } from './texts.ts';

/** Whose pseudonym leads to nobody any more. */
const FORGOTTEN = 'Someone who has been forgotten';

/** People by pseudonym, looked up once each. Someone the directory no longer knows keeps a place, not a name. */
export type People = (subject: Subject) => Promise<PersonRef>;

export function peopleOf(deps: Pick<Deps, 'store' | 'directory'>): People {
  const known = new Map<Subject, Promise<PersonRef>>();
  const find = async (subject: Subject): Promise<PersonRef> => {
    const key = await deps.store.personOf(subject);
    if (key === null) return { subject, name: FORGOTTEN, account: null };
    const person = await deps.directory.person(key);
    return { subject, name: person?.name ?? 'Someone who has left', account: person?.accounts[0] ?? null };
  };
  return (subject) => {
    const asked = known.get(subject) ?? find(subject);
    known.set(subject, asked);
    return asked;
  };
}

/** What is at hand already, and which texts the reader may see; the events are read and all is seen, unless told. */
interface Seeing {
  readonly events?: readonly RecordedEvent[];
  readonly sees?: Sees;
}

/** Everything that may be shown of a request, its free text as the reader may see it. */
export async function viewOf(
  deps: Deps,
  state: RequestState,
  people: People,
  { events, sees }: Seeing = {},
): Promise<RequestView> {
  // Before the texts: what is added in between is not taken for gone.
  const told = events ?? (await deps.store.read(streamOf(state.id)));
  const disclosed = await deps.store.disclosures(streamOf(state.id));
  const text: TextOf = (type, field) => {
    const event = told.findLast((each) => each.type === type);
    return (event && textsOf(event.meta, disclosed, sees)[field]) ?? null;
  };
  const { entitlement } = state;
  return {
    id: state.id,
    phase: state.phase,
    requester: await people(state.requester),
    owner: await people(entitlement.owner),
    dataOwner: entitlement.dataOwner === undefined ? null : await people(entitlement.dataOwner),
    entitlement: {
      id: entitlement.id,
      title: entitlement.title,
      resourceTitle: entitlement.resourceTitle,
      environment: entitlement.environment,
      classification: entitlement.classification,
      gives: await gives(deps, state),
      privilege: entitlement.privilege ?? 'run-time',
      consequences: entitlement.consequences ?? [],
      parts: (entitlement.parts ?? []).map(({ title }) => title),
    },
    impact: state.impact,
    submittedAt: state.submittedAt,
    durationMs: state.durationMs,
    startAt: state.startAt,
    approvedAt: state.approvedAt,
    closedAt: state.closedAt,
    justification: text('RequestSubmitted', 'justification') ?? GONE,
    ticket: text('RequestSubmitted', 'ticket'),
    policy: state.policy,
    ballot: await ballotView(deps, state.ballot, people),
    deniedBy: state.deniedBy && (await people(state.deniedBy)),
    denialReason: text('RequestDenied', 'reason'),
    failure: state.failure,
    flagged: state.flagged,
    grant: grantView(state),
    extension: state.extension && {
      ...(await ballotView(deps, state.extension, people)),
      extraMs: state.extension.extraMs,
      by: await people(state.extension.by),
    },
    revocation: await revocationView(state, text('RevocationStarted', 'reason'), people),
  };
}

type TextOf = (type: EventType, field: string) => ShownText | null;
const GONE: ShownText = { kind: 'redacted', redactedAt: null };

/** In the target's words; a connector that cannot be opened now must not keep anyone from reading the rest. */
async function gives(deps: Deps, state: RequestState): Promise<string> {
  const { connector, scope, resourceTitle } = state.entitlement;
  const snapshot = state.grant?.handle.connector ?? deps.connectorSnapshot(connector);
  if (snapshot === null) return resourceTitle;
  try {
    return (await deps.connectors.open(snapshot)).describeScope(scope);
  } catch {
    return resourceTitle;
  }
}

async function ballotView(deps: Deps, ballot: Ballot, people: People): Promise<BallotView> {
  const { consent, approvals, shown, lapseAt, opened, stuck } = ballot;
  const seating = seat(consent, approvals);
  const open = openStages(consent, approvals);
  const stages = consent.stages.map(async (stage, index) => ({
    name: stage.name,
    groupTitle: deps.directory.groupTitle(stage.group),
    quorum: stage.quorum,
    approvedBy: await Promise.all((seating[index] ?? []).map(people)),
    open: open.includes(index),
    openedTo: Object.fromEntries(
      opened
        .filter((each) => each.stage === index)
        .map(({ group }) => [group, deps.directory.groupTitle(group)]),
    ),
    stuck: stuck.includes(index),
  }));
  const standIns = approvals.flatMap(({ by, insteadOf }) => (insteadOf === null ? [] : [{ by, insteadOf }]));
  return {
    shown,
    lapseAt,
    order: consent.order,
    autoApprovedBy: consent.autoApprovedBy,
    stages: await Promise.all(stages),
    standIns: Object.fromEntries(
      await Promise.all(standIns.map(async ({ by, insteadOf }) => [by, await people(insteadOf)] as const)),
    ),
  };
}

function grantView(state: RequestState): RequestView['grant'] {
  if (state.grant === null) return null;
  const { handle, expiresAt, issuedAt, secret } = state.grant;
  return { credential: handle.name, expiresAt, issuedAt, secret, extendableMs: extendableMs(state) };
}

async function revocationView(
  { revocation }: RequestState,
  reason: ShownText | null,
  people: People,
): Promise<RequestView['revocation']> {
  if (revocation === null) return null;
  const { by, removedAt: _, ...shown } = revocation;
  return { ...shown, by: by && (await people(by)), reason };
}

/** One event, ready to be told: with its people's names and the free text that lies beside it. */
export async function toldOf(
  event: RecordedEvent,
  disclosed: readonly Disclosed[],
  people: People,
): Promise<Told> {
  const subjects = [...new Set(JSON.stringify(event.data).match(/s:[0-9a-f]{24}/g) ?? [])] as Subject[];
  const named = await Promise.all(subjects.map(async (s) => [s, await people(s)] as const));
  return {
    type: event.type,
    data: event.data,
    personal: textsOf(event.meta, disclosed),
    people: Object.fromEntries(named),
    index: event.meta.index,
    leaf8: event.meta.leaf.slice(0, 8),
    at: event.meta.at,
  };
}

/** Whether something of what was told has been erased since: a text, or who someone was. */
export const hasLost = ({ personal, people }: Told): boolean =>
  Object.values(personal).some((text) => text.kind === 'redacted') ||
  Object.values(people).some((person) => person.name === FORGOTTEN);
