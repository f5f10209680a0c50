import type { Consent, PolicyStamp } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { Ids } from '../ports/clock.ts';
import type { Directory } from '../ports/directory.ts';
import type { ExceptionRegistry } from '../ports/identity.ts';
import type {
  AskingTerms,
  BallotQuestion,
  Offer,
  PolicyAnswer,
  PolicyEngine,
  PolicyQuestion,
  PolicyReason,
} from '../ports/policy.ts';
import type { SignalSource } from '../ports/signals.ts';
import type { Subjects } from '../ports/store.ts';
import { approversOf, stuckStageOf, votesOf } from './approvers.ts';
import { evaluate, permittedBy } from './evaluate.ts';
import { gatherInput } from './gather.ts';
import type { PolicyInput } from './input.ts';
import type { Rules } from './rules.ts';
import { matches } from './search.ts';
import { snapshotOf } from './snapshot.ts';

export interface EngineParts {
  /** The rules in force now: each question is answered by one set, whatever is loaded meanwhile. */
  readonly rules: () => Rules;
  readonly directory: Directory;
  readonly signals: readonly SignalSource[];
  readonly exceptions: Pick<ExceptionRegistry, 'inForce'>;
  readonly subjects: Pick<Subjects, 'subjectOf' | 'known'>;
  readonly ids: Pick<Ids, 'subject'>;
  /** A signal that aborts after `ms`. */
  readonly deadline: (ms: number) => AbortSignal;
  readonly now: () => number;
}

/**
 * Decides by the rules in force. What the directory does not know is no; a directory or store that fails makes the
 * call reject, so that an outage is tried again and never recorded as a refusal.
 */
export function createPolicyEngine(parts: EngineParts): PolicyEngine {
  return {
    answer: (question) => answer(parts, parts.rules(), question),
    async stagesOpenTo(person, ballot) {
      const rules = parts.rules();
      const votes = await votesOf(parts, rules, person, ballot);
      return { ...votes, stamp: stampOf(rules, votes.ids) };
    },
    approvers: (ballot) => approversOf(parts.directory, parts.rules().catalogue, ballot),
    stuckStage: (ballot) => stuckStageOf(parts.directory, parts.rules().catalogue, ballot),
    mayRevoke: (person, ballot) => mayRevoke(parts, parts.rules(), person, ballot),
    capacityIn: (person, ballot) => capacityIn(parts, parts.rules(), person, ballot),
    offers: (person, query, limit) => offers(parts, parts.rules(), person, query, limit),
    terms: (entitlement) => terms(parts, parts.rules(), entitlement),
    stamp: () => stampOf(parts.rules(), ['catalogue']),
  };
}

const stampOf = ({ digest }: Rules, ids: readonly string[]): PolicyStamp => ({
  ids: [...ids].sort(),
  digest,
});

async function answer(parts: EngineParts, rules: Rules, question: PolicyQuestion): Promise<PolicyAnswer> {
  const no = (ids: readonly string[], reason: PolicyReason, facts: string | null): PolicyAnswer => ({
    allowed: false,
    stamp: stampOf(rules, ids),
    reason,
    facts,
  });
  const { entitlement: id } = question;
  const { catalogue } = rules;
  const entitlement = catalogue.entitlements.get(id);
  const resource = entitlement && catalogue.resources.get(entitlement.resource);
  if (!entitlement || !resource)
    return no(['catalogue'], { code: 'unknown-entitlement', entitlement: id }, null);
  const input = await gatherInput(parts, rules, { ...question, vote: null });
  if (input === null) return no([`catalogue/${id}`], { code: 'unknown-person' }, null);
  const facts = JSON.stringify(input);
  const said = evaluate(rules, input);
  if (!said.allowed) return no(said.ids, await aged(parts, rules, said.reason, question.at), facts);
  const snapshot = await snapshotOf(entitlement, resource, catalogue, parts);
  const given = { ...snapshot, longestMs: said.longestMs };
  const stuck = await nobodyToConsent(parts, rules, question, said.consent);
  if (stuck !== null) return no(said.ids, stuck, facts);
  const { consent, impact, ticketRequired } = said;
  const stamp = stampOf(rules, said.ids);
  return { allowed: true, stamp, entitlement: given, consent, impact, ticketRequired, facts };
}

/** With how old it is what is known of the group that someone may or may not be in. */
async function aged(
  { directory }: EngineParts,
  { catalogue }: Rules,
  reason: PolicyReason,
  at: number,
): Promise<PolicyReason> {
  if (reason.code !== 'stale-groups') return reason;
  const group = [...catalogue.groups.values()].find(({ title }) => title === reason.group);
  const state = group && (await directory.group(group.key, at));
  return state?.kind === 'stale' ? { ...reason, ageMs: state.ageMs } : reason;
}

/** Whether all stages could be filled at all by people other than the one who asks. Who has consent needs nobody. */
async function nobodyToConsent(
  { directory }: EngineParts,
  { catalogue }: Rules,
  { action, person, entitlement: id, at }: PolicyQuestion,
  consent: Consent,
): Promise<PolicyReason | null> {
  const resource = catalogue.entitlements.get(id)?.resource;
  if (action === 'activate' || action === 'breakGlass' || resource === undefined) return null;
  const ballot = { entitlement: { resource }, consent, opened: [], requester: person, at };
  const index = await stuckStageOf(directory, catalogue, ballot);
  const stage = index === null ? undefined : consent.stages[index];
  if (!stage) return null;
  const state = stage.group.startsWith('role:') ? null : await directory.group(stage.group, at);
  const group = directory.groupTitle(stage.group);
  return state?.kind === 'stale'
    ? { code: 'stale-groups', group, ageMs: state.ageMs }
    : { code: 'nobody-can-approve', stage: stage.name, group };
}

async function mayRevoke(parts: EngineParts, rules: Rules, person: string, ballot: BallotQuestion) {
  const known = await parts.directory.person(person);
  if (known === null) return { may: false, stamp: stampOf(rules, ['catalogue']) };
  if (known.operator || (await capacityIn(parts, rules, person, ballot)) !== null)
    return { may: true, stamp: stampOf(rules, ['catalogue']) };
  const { id } = ballot.entitlement;
  const question = { action: 'revoke', person, entitlement: id, durationMs: ballot.durationMs } as const;
  const input = await gatherInput(parts, rules, { ...question, at: ballot.at, vote: null });
  const ids = input === null || rules.policies === null ? null : permittedBy(rules, input);
  return { may: ids !== null, stamp: stampOf(rules, ids ?? ['catalogue']) };
}

async function capacityIn(
  parts: EngineParts,
  rules: Rules,
  person: string,
  ballot: BallotQuestion,
): Promise<'owner' | 'approver' | null> {
  if ((await parts.directory.person(person)) === null) return null;
  const { entitlement } = ballot;
  const resource = rules.catalogue.resources.get(entitlement.resource);
  // A resource that left the catalogue is still its last owner's to close.
  const owns = resource
    ? resource.owner === person || resource.dataOwner === person
    : (await parts.subjects.subjectOf(person, () => parts.ids.subject())) === entitlement.owner;
  if (owns) return 'owner';
  const stages = await approversOf(parts.directory, rules.catalogue, ballot);
  return stages.some(({ people }) => people.includes(person)) ? 'approver' : null;
}

async function offers(
  parts: EngineParts,
  rules: Rules,
  person: string,
  query: string,
  limit: number,
): Promise<readonly Offer[]> {
  const { catalogue } = rules;
  const most = Math.min(LIMITS.listMax, Math.max(0, Math.floor(limit) || 0));
  const at = parts.now();
  const common = { action: 'request', person, durationMs: 1, at, vote: null } as const;
  const anything = await gatherInput(parts, rules, { ...common, entitlement: '' });
  // A stranger is not told what there is.
  if (anything === null) return [];
  const eligible: Offer[] = [];
  const others: Offer[] = [];
  for (const entitlement of catalogue.entitlements.values()) {
    const resourceTitle = catalogue.resources.get(entitlement.resource)?.title ?? '';
    if (!matches(query, [entitlement.id, entitlement.title, resourceTitle])) continue;
    const reason = await whyNotOffered(parts, rules, { ...anything, entitlement: entitlement.id });
    const offer = { entitlement: entitlement.id, title: entitlement.title, resourceTitle, reason };
    (reason === null ? eligible : others).push(offer);
    if (eligible.length >= most) break;
  }
  return [...eligible, ...others].slice(0, most);
}

async function whyNotOffered(
  parts: EngineParts,
  rules: Rules,
  asked: PolicyInput,
): Promise<PolicyReason | null> {
  const entitlement = rules.catalogue.entitlements.get(asked.entitlement);
  if (entitlement === undefined) return null;
  const { person, at } = asked;
  const question = {
    ...asked,
    action: 'request',
    person: person.key,
    durationMs: entitlement.longestMs,
  } as const;
  const said = evaluate(rules, { ...asked, durationMs: entitlement.longestMs });
  if (!said.allowed) return aged(parts, rules, said.reason, at);
  return nobodyToConsent(parts, rules, question, said.consent);
}

async function terms(parts: EngineParts, { catalogue }: Rules, id: string): Promise<AskingTerms | null> {
  const entitlement = catalogue.entitlements.get(id);
  const resource = entitlement && catalogue.resources.get(entitlement.resource);
  if (!entitlement || !resource) return null;
  const { description, durationsMs, justification, ticket, consent } = entitlement;
  const snapshot = await snapshotOf(entitlement, resource, catalogue, parts);
  return { entitlement: snapshot, description, durationsMs, justification, ticket, consent };
}
