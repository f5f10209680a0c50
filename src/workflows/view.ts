import { openStages, seat } from '../domain/approval.ts';
import type { RecordedEvent } from '../domain/events.ts';
import { extendableMs } from '../domain/granting.ts';
import { type Ballot, type RequestState, streamOf } from '../domain/state.ts';
import type { Subject } from '../domain/values.ts';
import type { Disclosed } from '../ports/store.ts';
import type { BallotView, PersonRef, RequestView, Told } from '../ports/view.ts';
import type { Deps } from './deps.ts';

/** People by pseudonym, looked up once each. Someone the directory no longer knows keeps a place, not a name. */
export type People = (subject: Subject) => Promise<PersonRef>;

export function peopleOf(deps: Pick<Deps, 'store' | 'directory'>): People {
  const known = new Map<Subject, Promise<PersonRef>>();
  const find = async (subject: Subject): Promise<PersonRef> => {
    const key = await deps.store.personOf(subject);
    const person = key === null ? null : await deps.directory.person(key);
    const name = person?.name ?? 'Someone who has left';
    return { subject, name, account: person?.accounts[0] ?? null };
  };
  return (subject) => {
    const asked = known.get(subject) ?? find(subject);
    known.set(subject, asked);
    return asked;
  };
}

/** Everything that may be shown of a request, its free text included where it still exists. */
export async function viewOf(deps: Deps, state: RequestState, people: People): Promise<RequestView> {
  const disclosed = await deps.store.disclosures(streamOf(state.id));
  const { entitlement } = state;
  return {
    id: state.id,
    phase: state.phase,
    requester: await people(state.requester),
    owner: await people(entitlement.owner),
    entitlement: {
      id: entitlement.id,
      title: entitlement.title,
      resourceTitle: entitlement.resourceTitle,
      environment: entitlement.environment,
      classification: entitlement.classification,
      gives: await gives(deps, state),
    },
    submittedAt: state.submittedAt,
    durationMs: state.durationMs,
    startAt: state.startAt,
    approvedAt: state.approvedAt,
    closedAt: state.closedAt,
    justification: text(disclosed, 'justification'),
    ticket: text(disclosed, 'ticket'),
    policy: state.policy,
    ballot: await ballotView(deps, state.ballot, people),
    deniedBy: state.deniedBy && (await people(state.deniedBy)),
    denialReason: state.deniedBy && text(disclosed, 'reason'),
    failure: state.failure,
    grant: grantView(state),
    extension: state.extension && {
      ...(await ballotView(deps, state.extension, people)),
      extraMs: state.extension.extraMs,
      by: await people(state.extension.by),
    },
    revocation: await revocationView(state, disclosed, people),
  };
}

const text = (disclosed: readonly Disclosed[], field: string): string | null =>
  disclosed.find((d) => d.field === field)?.value ?? null;

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
  const { consent, approvals, shown, lapseAt } = ballot;
  const seating = seat(consent, approvals);
  const open = openStages(consent, approvals);
  const stages = consent.stages.map(async (stage, index) => ({
    name: stage.name,
    groupTitle: deps.directory.groupTitle(stage.group),
    quorum: stage.quorum,
    approvedBy: await Promise.all((seating[index] ?? []).map(people)),
    open: open.includes(index),
  }));
  return {
    shown,
    lapseAt,
    order: consent.order,
    autoApprovedBy: consent.autoApprovedBy,
    stages: await Promise.all(stages),
  };
}

function grantView(state: RequestState): RequestView['grant'] {
  if (state.grant === null) return null;
  const { handle, expiresAt, issuedAt, secret } = state.grant;
  return { credential: handle.name, expiresAt, issuedAt, secret, extendableMs: extendableMs(state) };
}

async function revocationView(
  state: RequestState,
  disclosed: readonly Disclosed[],
  people: People,
): Promise<RequestView['revocation']> {
  if (state.revocation === null) return null;
  const { by, removedAt: _, ...shown } = state.revocation;
  return {
    ...shown,
    by: by && (await people(by)),
    reason:
      state.deniedBy === null
        ? text(
            disclosed.filter((d) => d.field === 'reason'),
            'reason',
          )
        : null,
  };
}

/** One event, ready to be told: with its people's names and the free text that lies beside it. */
export async function toldOf(
  event: RecordedEvent,
  disclosed: readonly Disclosed[],
  people: People,
): Promise<Told> {
  const own = disclosed.filter((d) => d.index === event.meta.index);
  const subjects = [...new Set(JSON.stringify(event.data).match(/s:[0-9a-f]{24}/g) ?? [])] as Subject[];
  const named = await Promise.all(subjects.map(async (s) => [s, await people(s)] as const));
  return {
    type: event.type,
    data: event.data,
    personal: Object.fromEntries(own.map((d) => [d.field, d.value])),
    people: Object.fromEntries(named),
    index: event.meta.index,
    leaf8: event.meta.leaf.slice(0, 8),
    at: event.meta.at,
  };
}
