import type { Command } from '../domain/command.ts';
import type { Ballot, Phase, RequestState } from '../domain/state.ts';
import type { RequestId } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { Actor, AnyRefusal, Intent, OnIntent, Reply } from '../ports/intent.ts';
import { createSubmit, preview, type Submit } from './asking.ts';
import { approversOf, ballotQuestion, isApprover, voteOf } from './ballot.ts';
import type { Deps } from './deps.ts';
import { admit } from './facts.ts';
import { agree } from './log/erasure.ts';
import { offerEvidence } from './log/evidence.ts';
import { handleCommand } from './handle-command.ts';
import { homeOf, ownIn } from './lists.ts';
import { sealContext } from './provision.ts';
import { sightOf } from './log/reading.ts';
import { currentState } from './work.ts';
import { Secret, type SecretField } from '../ports/secret.ts';
import { peopleOf, viewOf } from './view.ts';
import { type Caller, identify } from './who.ts';

/** What `main` hands to chat: each intent with its account, answered after what it did is durable. */
export function createIntake(deps: Deps): OnIntent {
  const submit = createSubmit(deps);
  return async (actor, intent) => {
    try {
      const caller = await identify(deps, actor);
      if ('code' in caller) return refuse(deps, caller);
      const mode = deps.mode();
      if (mode !== 'full' && !ENDS_OR_READS.has(intent.kind))
        return refuse(deps, { code: 'revoke-only', mode });
      return await answer(deps, submit, caller, actor, intent);
    } catch (error) {
      const incident = deps.ids.event();
      const stack = error instanceof Error ? error.stack : String(error);
      deps.logger.error(
        { incident, intent: intent.kind, error: stack },
        'an intent could not be carried out',
      );
      return { kind: 'trouble', incident };
    }
  };
}

/** What is done whatever the log is like: access ends, and people may look. */
const ENDS_OR_READS: ReadonlySet<Intent['kind']> = new Set<Intent['kind']>([
  'done',
  'revoke',
  'withdraw',
  'deny',
  'show',
  'evidence',
  'mine',
  'who',
  'home',
  'help',
]);

function refuse(deps: Deps, refusal: AnyRefusal): Reply {
  deps.onRefused(refusal.code);
  return { kind: 'refused', refusal, view: null };
}

async function answer(
  deps: Deps,
  submit: Submit,
  caller: Caller,
  actor: Actor,
  intent: Intent,
): Promise<Reply> {
  switch (intent.kind) {
    case 'open-form': {
      const draft = { entitlement: intent.entitlement, duration: null, justification: null, ticket: null };
      const full = { ...draft, startAt: null };
      return { kind: 'form', draft: full, preview: await preview(deps, caller, full) };
    }
    case 'search':
      return { kind: 'offers', offers: await deps.policy.offers(caller.person.key, intent.query, 100) };
    case 'preview':
      return { kind: 'form', draft: intent.draft, preview: await preview(deps, caller, intent.draft) };
    case 'submit':
      return submit(caller, intent.draft);
    case 'approve':
    case 'deny':
      return vote(deps, caller, intent);
    case 'withdraw':
    case 'done':
    case 'extend':
      return own(deps, caller, intent);
    case 'revoke':
      return revoke(deps, caller, intent);
    case 'reveal':
      return reveal(deps, caller, intent.request);
    case 'show':
      return showOne(deps, caller, intent);
    case 'evidence': {
      const offered = await offerEvidence(deps, caller, intent.request);
      return 'code' in offered ? refuse(deps, offered) : offered;
    }
    case 'approve-erasure':
      return agreeToErasure(deps, caller, intent.erasure);
    case 'mine':
      return { kind: 'mine', home: await homeOf(deps, caller.subject) };
    case 'home':
      await deps.store.homeOpened(actor.account.platform, actor.account.user, caller.subject);
      return { kind: 'home', home: await homeOf(deps, caller.subject) };
    case 'who':
      return who(deps, intent.entitlement);
    case 'help':
      return { kind: 'help' };
  }
}

/** Who has nothing to do with a request learns nothing of it, though they know its id. */
const STRANGERS: ReadonlySet<string> = new Set(['not-yours', 'may-not-revoke']);

async function carryOut(
  deps: Deps,
  what: Intent['kind'],
  id: RequestId,
  command: (state: RequestState) => Command | Promise<Command>,
): Promise<Reply> {
  const handled = await handleCommand(deps, id, command);
  if (handled.outcome === 'claim-lost') throw new Error('an intent holds no claim');
  const isStranger = handled.outcome === 'refused' && STRANGERS.has(handled.refusal.code);
  const view = isStranger ? null : handled.state && (await viewOf(deps, handled.state, peopleOf(deps)));
  if (handled.outcome === 'refused') return { kind: 'refused', refusal: handled.refusal, view };
  if (view === null) throw new Error(`${id}: no state after a command`);
  return { kind: 'done', what, view };
}

type VoteIntent = Extract<Intent, { kind: 'approve' | 'deny' }>;

/** Membership is looked up for this very click, and again if someone else's event came first. */
function vote(deps: Deps, caller: Caller, intent: VoteIntent): Promise<Reply> {
  return carryOut(deps, intent.kind, intent.request, async (state) => {
    const at = deps.clock.now();
    const ballot: Ballot = state.extension?.shown === intent.shown ? state.extension : state.ballot;
    const question = await ballotQuestion(deps, state, ballot);
    const { key } = caller.person;
    const { stages: mayFill, insteadOf, stamp } = await voteOf(deps, key, question);
    const isOne = mayFill.length > 0 || (await isApprover(deps, key, question));
    const facts = { mayFill, insteadOf, isApprover: isOne, stamp };
    const common = { at, by: caller.subject, shown: intent.shown, ...facts };
    return intent.kind === 'approve'
      ? { kind: 'approve', ...common, shortenToMs: intent.shortenToMs, comment: intent.comment }
      : { kind: 'deny', ...common, reason: intent.reason };
  });
}

const PHASES_OF: Readonly<Record<'withdraw' | 'done' | 'extend', readonly Phase[]>> = {
  withdraw: ['requested', 'approved'],
  done: ['active', 'provisioning'],
  extend: ['active'],
};
type OwnIntent = Extract<Intent, { kind: 'withdraw' | 'done' | 'extend' }>;

/** What people do with their own; without an id, the only one it can mean. */
async function own(deps: Deps, caller: Caller, intent: OwnIntent): Promise<Reply> {
  const which = intent.request ?? (await onlyOne(deps, caller, intent.kind));
  if (typeof which !== 'string') return refuse(deps, which);
  const by = caller.subject;
  return carryOut(deps, intent.kind, which, async (state): Promise<Command> => {
    const at = deps.clock.now();
    if (intent.kind !== 'extend') return { kind: intent.kind, at, by };
    const extraMs = intent.extraMs;
    const { entitlement, durationMs } = state;
    const asked = extraMs ?? Math.min(entitlement.extension.longestMs, durationMs);
    const admission = await admit(deps, 'extend', state, asked, at);
    return { kind: 'extend', at, by, extraMs, admission };
  });
}

async function onlyOne(deps: Deps, caller: Caller, what: OwnIntent['kind']): Promise<RequestId | AnyRefusal> {
  const requests = await ownIn(deps, caller.subject, PHASES_OF[what]);
  const [first, second] = requests;
  if (first === undefined) return { code: 'none-of-yours', what };
  return second === undefined ? first.id : { code: 'several-of-yours', what, requests };
}

function revoke(deps: Deps, caller: Caller, intent: Extract<Intent, { kind: 'revoke' }>): Promise<Reply> {
  return carryOut(deps, 'revoke', intent.request, async (state) => ({
    kind: 'revoke',
    at: deps.clock.now(),
    by: caller.subject,
    ...(await deps.policy.mayRevoke(caller.person.key, await ballotQuestion(deps, state, state.ballot))),
    trigger: 'revoked',
    reason: intent.reason,
  }));
}

/**
 * The event and the shredding of the sealed secret are one transaction: at most one answer ever holds it. It is opened
 * before that, so that one which does not open is trouble and not gone.
 */
async function reveal(deps: Deps, caller: Caller, id: RequestId): Promise<Reply> {
  const kept = await deps.store.sealed(id);
  const opened: Secret[] = [];
  const reply = await carryOut(deps, 'reveal', id, (state) => {
    if (state.requester === caller.subject && state.grant?.secret === 'sealed')
      opened.push(unseal(deps, id, kept));
    return { kind: 'reveal', at: deps.clock.now(), by: caller.subject };
  });
  const secret = opened.at(-1);
  return reply.kind === 'done' && secret !== undefined ? { kind: 'secret', secret, view: reply.view } : reply;
}

function unseal(deps: Deps, id: RequestId, kept: Awaited<ReturnType<Deps['store']['sealed']>>): Secret {
  if (kept === null) throw new Error(`${id}: its secret is not on the shelf; end the grant and ask again`);
  const plain = deps.sealer.open(kept.sealed, sealContext(id, kept.generation));
  return new Secret(JSON.parse(new TextDecoder().decode(plain)) as SecretField[]);
}

/** Who has to do with it, and auditors, see of it what they may; to anyone else it does not exist. */
async function showOne(deps: Deps, caller: Caller, { request, toAct }: ShowIntent): Promise<Reply> {
  const state = await currentState(deps, request);
  const sees = state && (await sightOf(deps, caller, state, toAct ?? false));
  if (state === null || sees === null) return refuse(deps, { code: 'no-such-request' });
  const view = await viewOf(deps, state, peopleOf(deps), { sees });
  return { kind: 'shown', view, evidence: caller.person.auditor };
}
type ShowIntent = Extract<Intent, { kind: 'show' }>;

/** A second person agrees, by a signed click of an account that is theirs. */
async function agreeToErasure(deps: Deps, { subject, person }: Caller, erasure: string): Promise<Reply> {
  const answer = await agree(deps, subject, person.operator, erasure);
  return answer.kind === 'refused' ? refuse(deps, answer.refusal) : { kind: 'erased', texts: answer.texts };
}

async function who(deps: Deps, id: string): Promise<Reply> {
  const terms = await deps.policy.terms(id);
  if (terms === null) return refuse(deps, { code: 'unknown-entitlement', entitlement: id });
  const { title } = terms.entitlement;
  const holding = ['provisioning', 'active', 'revoking'] as const;
  const states = await deps.store.requests({ entitlement: id, phases: holding, limit: LIMITS.listMax });
  const people = peopleOf(deps);
  const holders = await Promise.all(states.map((state) => viewOf(deps, state, people)));
  return {
    kind: 'who',
    entitlement: { id, title },
    holders,
    approvers: await approversOf(deps, {
      entitlement: terms.entitlement,
      consent: terms.consent,
      opened: [],
      requester: null,
      durationMs: terms.entitlement.longestMs,
      at: deps.clock.now(),
    }),
  };
}
