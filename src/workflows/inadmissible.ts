import { type Judged, whyEndedByChange } from '../domain/admissibility.ts';
import type { MayFill } from '../domain/granting.ts';
import { logStream } from '../domain/journal.ts';
import { type Phase, type RequestState, streamOf } from '../domain/state.ts';
import { type Consent, type RequestId, requestId, type Subject } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { PolicyEngine } from '../ports/policy.ts';
import type { Claim, DueRow } from '../ports/store.ts';
import { ballotQuestion, openedIn, voteOf } from './ballot.ts';
import type { Deps } from './deps.ts';
import { admissionOf } from './facts.ts';
import { handleCommand } from './handle-command.ts';
import type { WorkResult } from './work.ts';

/** How far a look over the grants has come. */
interface Progress {
  /** The request it looked at last; null: it begins. */
  readonly after: RequestId | null;
  readonly round: number;
  /** Whether something could not be told in this round, 0 or 1. */
  readonly untold: number;
}
const BEGINNING: Progress = { after: null, round: 1, untold: 0 };

/** Due work: what was granted is held against rules that came into force, and those before them. */
export const rulesCheckRow = (
  digest: string,
  previous: string,
  dueAt: number,
  { after, round, untold }: Progress = BEGINNING,
): DueRow => ({
  // Of two changes that follow each other, neither takes the place of the other.
  key: `rules-check:${digest}:${previous}`,
  lane: 'revocation',
  kind: 'rules-check',
  stream: logStream,
  detail: { digest, previous, round, untold, ...(after !== null && { after }) },
  dueAt,
});

const GIVEN: readonly Phase[] = ['provisioning', 'active'];

/**
 * Ends, or flags, what the rules in force would not give and those before them would have given; a slice at a time, in
 * an order that new requests do not disturb. Twice over all of them: a grant may have begun by the old rules while the
 * new ones came. What cannot be told now is asked again until it can, or has ended by itself.
 */
export async function checkGrants(deps: Deps, { detail = {} }: Claim): Promise<WorkResult> {
  const [digest, previous] = [String(detail['digest']), String(detail['previous'])];
  const { after, round, untold } = progressIn(detail);
  const before = await deps.rules.engineOf(previous);
  if (before === null && after === null)
    deps.logger.warn(
      { previous },
      'the rules before are not kept: grants are held against the new ones alone',
    );
  const grants = await deps.store.requests({
    phases: GIVEN,
    limit: LIMITS.rulesCheckBatch,
    ...(after !== null && { before: after }),
  });
  let missed = untold;
  for (const state of grants) if (!(await isSettled(deps, before, state))) missed = 1;
  const last = grants.length < LIMITS.rulesCheckBatch ? undefined : grants.at(-1);
  const now = deps.clock.now();
  const goOn = (at: number, progress: Progress) =>
    deps.store.put([rulesCheckRow(digest, previous, at, progress)]);
  if (last !== undefined) await goOn(now, { after: last.id, round, untold: missed });
  else if (round === 1 || missed === 1)
    await goOn(now + LIMITS.rulesRetryMs, { ...BEGINNING, round: round + 1 });
  return { kind: 'complete' };
}

function progressIn(detail: NonNullable<Claim['detail']>): Progress {
  const after = requestId.safeParse(detail['after']);
  const number = (field: string, otherwise: number): number => Number(detail[field] ?? otherwise);
  return { after: after.success ? after.data : null, round: number('round', 1), untold: number('untold', 0) };
}

/** One that cannot be judged, or not be ended, does not keep the others: it is looked at again. */
async function isSettled(deps: Deps, before: PolicyEngine | null, state: RequestState): Promise<boolean> {
  try {
    return await endIfInadmissible(deps, before, state);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    deps.logger.error(
      { request: state.id, error: said },
      'a grant could not be held against the rules; it is tried again',
    );
    return false;
  }
}

/** False when today's groups do not tell: nothing is ended because a source is silent. Nor is what cannot be flagged yet. */
async function endIfInadmissible(
  deps: Deps,
  before: PolicyEngine | null,
  state: RequestState,
): Promise<boolean> {
  const now = await judgedBy(deps, deps.policy, state);
  const then = before === null ? null : await judgedBy(deps, before, state);
  const why = whyEndedByChange(state, then, now);
  if (!(await isKnown(deps, now))) return false;
  return why === null || end(deps, state, why, now);
}

/** As the rules would have answered at the grant's start, so that today's hour or freeze does not count against it. */
async function judgedBy(deps: Deps, policy: PolicyEngine, state: RequestState): Promise<Judged> {
  const at = state.grant?.startedAt ?? state.submittedAt;
  const { requester, entitlement, durationMs } = state;
  const person = await deps.store.personOf(requester);
  if (person === null) return { admission: stranger(policy), mayFill: new Map() };
  const beside = await deps.store.disclosures(streamOf(state.id));
  const ticket = beside.find(({ field }) => field === 'ticket')?.value ?? null;
  const question = { person, entitlement: entitlement.id, durationMs, at, startAt: null, ticket };
  const admission = admissionOf(await policy.answer({ action: 'activate', ...question }));
  if (!admission.allowed) return { admission, mayFill: new Map() };
  return { admission, mayFill: await whoMayFill({ ...deps, policy }, state, admission.consent, at) };
}

const stranger = (policy: PolicyEngine): Judged['admission'] => ({
  allowed: false,
  stamp: policy.stamp(),
  code: 'unknown-person',
  facts: null,
});

async function whoMayFill(deps: Deps, state: RequestState, consent: Consent, at: number): Promise<MayFill> {
  const { ballot } = state;
  const asked = { ...ballot, consent, opened: openedIn(consent, ballot) };
  const question = { ...(await ballotQuestion(deps, state, asked)), at };
  const stages = new Map<Subject, readonly number[]>();
  for (const { by, insteadOf } of ballot.approvals) {
    const person = await deps.store.personOf(by);
    const vote = person === null ? null : await voteOf(deps, person, question);
    if (vote !== null && (vote.insteadOf === null || vote.insteadOf === insteadOf))
      stages.set(by, vote.stages);
  }
  return stages;
}

async function isKnown({ directory, clock }: Deps, { admission }: Judged): Promise<boolean> {
  if (!admission.allowed) return admission.code !== 'stale-groups';
  for (const { group } of admission.consent.stages)
    if ((await directory.group(group, clock.now())).kind === 'stale') return false;
  return true;
}

/** False for one that is not there yet, and can be told of only when it is. */
async function end(deps: Deps, { id }: RequestState, code: string, { admission }: Judged): Promise<boolean> {
  const { stamp } = admission;
  const hasLeft = code === 'unknown-person';
  const flagged = deps.rules.onInadmissible() === 'flag' && !hasLeft;
  const handled = await handleCommand(deps, id, () => {
    const at = deps.clock.now();
    if (flagged) return { kind: 'flag', at, code, stamp };
    const trigger = hasLeft ? 'person-left' : 'policy-changed';
    return {
      kind: 'revoke',
      at,
      by: null,
      may: true,
      trigger,
      reason: `${code}: ${stamp.ids.join(', ')}`,
      stamp,
    };
  });
  if (handled.outcome === 'stored')
    deps.logger.warn({ request: id, code, flagged }, 'a grant is not admissible any more');
  return handled.outcome !== 'refused' || handled.state?.phase !== 'provisioning';
}
