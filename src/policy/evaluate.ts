import type { Classification, Consent, Stage } from '../domain/values.ts';
import type { Catalogue, CatalogueEntitlement, CatalogueResource } from '../ports/catalogue.ts';
import type { PolicyReason } from '../ports/policy.ts';
import { ruleOf } from './catalogue.ts';
import { connectorOf } from './catalogue/connectors.ts';
import { EXCEPTION } from './catalogue/entitlement-checks.ts';
import { type Demands, demandsOf, mergeDemands } from './cedar/demands.ts';
import type { CedarAction, CedarAnswer, Policies } from './cedar/policies.ts';
import { cedarQuestion } from './cedar/question.ts';
import { impactOf } from './impact.ts';
import type { Evaluation, PolicyInput } from './input.ts';
import type { Rules } from './rules.ts';

/** Classifications for which a rule may waive consent; for others it is never waived. */
const WAIVABLE: readonly Classification[] = ['public', 'internal'];

/** An entitlement with what it is on; a bundle is asked about as itself and as each of its parts. */
interface Target {
  readonly entitlement: CatalogueEntitlement;
  readonly resource: CatalogueResource;
}

/**
 * What a rule set says to one question. Pure: the same rules and the same input give the same answer for ever. The
 * catalogue is the floor; Cedar's policies must permit as well, and their demands only ever add to the floor. For what
 * gives access: request, extend, activate, breakGlass. Any other action is refused; see `permittedBy`.
 */
export function evaluate(rules: Rules, input: PolicyInput): Evaluation {
  if (!GIVING.has(input.action)) return no([], { code: 'forbidden', rule: 'catalogue/unknown-action' });
  const targets = targetsOf(rules.catalogue, input.entitlement);
  const [asked] = targets;
  if (asked === undefined)
    return no(['catalogue'], { code: 'unknown-entitlement', entitlement: input.entitlement });
  const permitted = permitsFor(rules, input, targets);
  if ('allowed' in permitted) return permitted;
  const { policies } = rules;
  const demanded = targets.map((target) => (policies ? ask(rules, input, target, 'demand') : NOTHING));
  const unread = demanded.find(({ errors }) => errors.length > 0);
  if (unread !== undefined) return cannotTell(rules, unread);
  const wanted = demanded.map(({ ids }) => demandsOf(policies, ids));
  const demands = mergeDemands(wanted);
  const unasked = wanted.flatMap((each, index) => unaskedOwner(asked, targets[index] ?? asked, each));
  if (unasked[0] !== undefined) return no(demands.ids, unasked[0]);
  const stepUp = lacksStepUp(demands, input);
  if (stepUp !== null) return no(demands.ids, stepUp);
  const { consent, ids } = consentOf(rules, input, targets, demands);
  const { entitlement, resource } = asked;
  return {
    allowed: true,
    ids: sorted([ruleOf(entitlement.id), ...ids, ...permitted.ids, ...demands.ids]),
    consent,
    longestMs: Math.min(entitlement.longestMs, demands.longestMs ?? Number.POSITIVE_INFINITY),
    impact: impactOf(rules.catalogue, entitlement, resource, input.durationMs),
    ticketRequired: demands.ticketRequired,
  };
}

/** Ids of the rules that permit it, sorted; null: it is not permitted. For what the floor has decided already. */
export function permittedBy(rules: Rules, input: PolicyInput): readonly string[] | null {
  if (rules.policies === null) return [];
  const answers = targetsOf(rules.catalogue, input.entitlement).map((target) =>
    ask(rules, input, target, input.action),
  );
  if (answers.length === 0 || !answers.every(isYes)) return null;
  return sorted(answers.flatMap(({ ids }) => ids));
}

const BROKEN = 'policies/error';
const NOTHING: CedarAnswer = { allowed: false, ids: [], errors: [] };
/** A policy that could not be evaluated is skipped by Cedar, and so might be a `forbid`: then nothing is a yes. */
const isYes = ({ allowed, errors }: CedarAnswer): boolean => allowed && errors.length === 0;
const GIVING: ReadonlySet<PolicyInput['action']> = new Set(['request', 'extend', 'activate', 'breakGlass']);

const sorted = (ids: readonly string[]): readonly string[] => [...new Set(ids)].sort();
const no = (ids: readonly string[], reason: PolicyReason): Evaluation & { allowed: false } => ({
  allowed: false,
  ids: sorted(ids),
  reason,
});

/** The entitlement and, for a bundle, its parts; empty when anything of it is unknown. */
function targetsOf({ entitlements, resources }: Catalogue, id: string): readonly Target[] {
  const ids = [id, ...(entitlements.get(id)?.parts ?? [])];
  const targets = ids.flatMap((each) => {
    const entitlement = entitlements.get(each);
    const resource = entitlement && resources.get(entitlement.resource);
    return entitlement && resource ? [{ entitlement, resource }] : [];
  });
  return targets.length === ids.length ? targets : [];
}

/** Ids of the rules that permit all of it, or the first refusal. */
function permitsFor(
  rules: Rules,
  input: PolicyInput,
  targets: readonly Target[],
): { readonly ids: readonly string[] } | (Evaluation & { allowed: false }) {
  const ids: string[] = [];
  for (const target of targets) {
    const reason = notEligible(rules.catalogue, input, target);
    if (reason !== null) return no([ruleOf(target.entitlement.id)], reason);
    const answer = permitFor(rules, input, target);
    if ('allowed' in answer) return answer;
    ids.push(...answer.ids);
  }
  return { ids };
}

function notEligible(
  catalogue: Catalogue,
  { person }: PolicyInput,
  { entitlement: { id, requesters } }: Target,
): PolicyReason | null {
  if (requesters.some((group) => person.groups.includes(group))) return null;
  const unknown = requesters.find((group) => person.stale.includes(group));
  if (unknown !== undefined) return { code: 'stale-groups', group: titleOf(catalogue, unknown), ageMs: null };
  return {
    code: 'not-eligible',
    entitlement: id,
    groups: requesters.map((group) => titleOf(catalogue, group)),
  };
}

function permitFor(
  rules: Rules,
  input: PolicyInput,
  target: Target,
): { readonly ids: readonly string[] } | (Evaluation & { allowed: false }) {
  const { policies } = rules;
  if (policies === null)
    return input.action === 'breakGlass' ? no([], { code: 'forbidden', rule: '' }) : { ids: [] };
  const answer = ask(rules, input, target, input.action);
  if (isYes(answer)) return { ids: answer.ids };
  if (answer.errors.length > 0) return cannotTell(rules, answer);
  const [rule = ''] = answer.ids;
  return no(answer.ids, { code: 'forbidden', rule, ...wordsOf(policies, answer.ids) });
}

/** A policy failed, or turns on a group of which nobody knows who is in it now. */
function cannotTell({ catalogue }: Rules, { ids, untold }: CedarAnswer): Evaluation & { allowed: false } {
  if (untold === undefined) return no(ids, { code: 'forbidden', rule: BROKEN });
  return no(ids, { code: 'stale-groups', group: titleOf(catalogue, untold), ageMs: null });
}

const titleOf = ({ groups }: Catalogue, group: string): string => groups.get(group)?.title ?? group;

/** The rules' own words to people: those of the first that has any. */
function wordsOf({ rules }: Policies, ids: readonly string[]): { readonly says?: string } {
  const says = ids.map((id) => rules.get(id)?.annotations['says']).find((text) => text !== undefined);
  return says === undefined ? {} : { says };
}

function ask(rules: Rules, input: PolicyInput, target: Target, action: CedarAction): CedarAnswer {
  const { policies, catalogue, calendars } = rules;
  if (policies === null) return NOTHING;
  const { entitlement, resource } = target;
  const { score } = impactOf(catalogue, entitlement, resource, input.durationMs);
  const own = catalogue.entitlements.get(input.entitlement)?.resource === resource.key;
  const facts = own ? input.facts : elsewhere(input.facts);
  const about = { ...input, facts, entitlement: entitlement.id };
  return policies.ask(cedarQuestion(action, about, catalogue, calendars, score));
}

/** Who is on call and what has happened was asked of a bundle's one resource, and is not known of its parts' others. */
const elsewhere = ({ onCall: _onCall, incident: _incident, ...facts }: PolicyInput['facts']) => facts;

function lacksStepUp({ mfaWithinMs, ids }: Demands, { facts }: PolicyInput): PolicyReason | null {
  if (mfaWithinMs === null) return null;
  const { mfaAgeMs = -1 } = facts;
  if (mfaAgeMs >= 0 && mfaAgeMs <= mfaWithinMs) return null;
  return { code: 'step-up-needed', withinMs: mfaWithinMs, rule: ids[0] ?? '' };
}

/** Roles are those of a bundle's one resource: who has one for a part's, and not for that, would not be asked. */
function unaskedOwner({ resource: one }: Target, { resource }: Target, { stages }: Demands): PolicyReason[] {
  return stages.flatMap(({ group }) => {
    const holderIn = OWNERS.get(group);
    if (holderIn === undefined || holderIn(resource) === holderIn(one)) return [];
    const stage = group.replace(/^role:/, '');
    return [{ code: 'nobody-can-approve', stage, group: `Owner of ${resource.title}` }];
  });
}

const OWNERS: ReadonlyMap<string, (resource: CatalogueResource) => string | null> = new Map([
  ['role:owner', ({ owner }) => owner],
  ['role:data-owner', ({ dataOwner }) => dataOwner],
]);

interface Consenting {
  readonly consent: Consent;
  /** Ids of the rules that waived or eased it. */
  readonly ids: readonly string[];
}

function consentOf(
  rules: Rules,
  input: PolicyInput,
  targets: readonly Target[],
  demands: Demands,
): Consenting {
  const floor = floorOf(input, targets);
  if (demands.stages.length > 0)
    return { consent: tightened(rules.catalogue, floor.consent, demands), ids: [] };
  const waiver = waivedBy(rules, input, targets);
  if (waiver === null || floor.consent.stages.length === 0) return floor;
  return { consent: { stages: [], order: 'ordered', autoApprovedBy: `policy/${waiver[0]}` }, ids: waiver };
}

/** What the catalogue alone demands. */
function floorOf({ action, durationMs }: PolicyInput, [asked]: readonly Target[]): Consenting {
  if (asked === undefined) throw new Error('no entitlement to take a floor from');
  const { id, consent, extension } = asked.entitlement;
  if (action === 'extend' && extension.automatic && durationMs > 0 && durationMs <= extension.longestMs) {
    const rule = `${ruleOf(id)}/extension`;
    return { consent: { stages: [], order: 'ordered', autoApprovedBy: rule }, ids: [rule] };
  }
  return { consent, ids: consent.autoApprovedBy === null ? [] : [consent.autoApprovedBy] };
}

/** Stages of the floor and those demanded besides: of the same group the larger quorum, others after them. */
function tightened({ groups }: Catalogue, floor: Consent, { stages }: Demands): Consent {
  const quorumOf = (group: string): number => stages.find((each) => each.group === group)?.quorum ?? 0;
  const raised = floor.stages.map((stage) => ({
    ...stage,
    quorum: Math.max(stage.quorum, quorumOf(stage.group)),
  }));
  const added = stages.flatMap(({ group, quorum }): Stage[] =>
    floor.stages.some((stage) => stage.group === group)
      ? []
      : [{ name: groups.get(group)?.title ?? group.replace(/^role:/, ''), group, quorum }],
  );
  return { stages: [...raised, ...added], order: floor.order, autoApprovedBy: null };
}

/** Ids of the rules that waive consent for all of it, sorted, never empty; null: none does. */
function waivedBy(rules: Rules, input: PolicyInput, targets: readonly Target[]): readonly string[] | null {
  if (rules.policies === null || input.action === 'breakGlass') return null;
  if (!targets.every((target) => isWaivable(rules.catalogue, target))) return null;
  const answers = targets.map((target) => ask(rules, input, target, 'autoApprove'));
  if (!answers.every(isYes)) return null;
  const ids = sorted(answers.flatMap((answer) => answer.ids));
  return ids.length === 0 ? null : ids;
}

/** What sets a rule aside is never given by a rule alone. */
const isWaivable = (catalogue: Catalogue, { entitlement, resource }: Target): boolean =>
  WAIVABLE.includes(resource.classification) && connectorOf(entitlement, catalogue)?.use !== EXCEPTION;
