import type { Consent, EntitlementSnapshot, PolicyStamp } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { Catalogue, CatalogueEntitlement, CatalogueResource } from '../ports/catalogue.ts';
import type { Ids } from '../ports/clock.ts';
import type { Directory } from '../ports/directory.ts';
import type { AskingTerms, Offer, PolicyEngine, PolicyQuestion, PolicyReason } from '../ports/policy.ts';
import type { Subjects } from '../ports/store.ts';
import { digestOf, ruleOf } from './catalogue.ts';
import { unfillableWithout } from './catalogue-checks.ts';
import { matches } from './search.ts';

interface CataloguePolicyParts {
  readonly catalogue: Catalogue;
  readonly directory: Directory;
  readonly subjects: Pick<Subjects, 'subjectOf'>;
  readonly ids: Pick<Ids, 'subject'>;
}

/** What the rules say before anything is looked up for the record. `rules`: ids of those that answered. */
type Verdict =
  | { readonly ok: true; readonly consent: Consent; readonly rules: readonly string[] }
  | { readonly ok: false; readonly reason: PolicyReason };

/**
 * Decides by the catalogue alone. What the directory does not know is no; a directory or store that fails makes the
 * call reject, so that an outage is tried again and never recorded as a refusal.
 */
export function createCataloguePolicy(parts: CataloguePolicyParts): PolicyEngine {
  const { catalogue, directory } = parts;
  const stampOf = (ids: readonly string[]): PolicyStamp => ({
    ids: [...ids].sort(),
    digest: catalogue.digest,
  });
  return {
    async answer(question) {
      const rule = ruleOf(question.entitlement);
      const entitlement = catalogue.entitlements.get(question.entitlement);
      const resource = entitlement && catalogue.resources.get(entitlement.resource);
      if (!entitlement || !resource) {
        const reason = { code: 'unknown-entitlement', entitlement: question.entitlement } as const;
        return { allowed: false, stamp: stampOf(['catalogue']), reason };
      }
      const verdict = await judge(question, entitlement, membersIn(directory), directory);
      if (!verdict.ok) return { allowed: false, stamp: stampOf([rule]), reason: verdict.reason };
      const snapshot = await snapshotOf(entitlement, resource, parts);
      const { consent, rules } = verdict;
      return { allowed: true, stamp: stampOf([rule, ...rules]), entitlement: snapshot, consent };
    },
    stagesOpenTo: (person, consent) => stagesOpenTo(person, consent, directory),
    mayRevoke: (person, entitlement, consent) => mayRevoke(person, entitlement, consent, parts),
    capacityIn: (person, entitlement, consent) => capacityIn(person, entitlement, consent, parts),
    offers: (person, query, limit) => offers(person, query, limit, parts),
    terms: (entitlement) => terms(entitlement, parts),
    stamp: () => stampOf(['catalogue']),
  };
}

/** Members of a group, each group looked up once for one answer; a group nobody knows has none. */
type Members = (group: string) => Promise<readonly string[]>;

function membersIn(directory: Directory): Members {
  const known = new Map<string, Promise<readonly string[]>>();
  return (group) => {
    const found = known.get(group) ?? directory.members(group).then((members) => members ?? []);
    known.set(group, found);
    return found;
  };
}

async function judge(
  { action, person, durationMs }: Pick<PolicyQuestion, 'action' | 'person' | 'durationMs'>,
  entitlement: CatalogueEntitlement,
  members: Members,
  directory: Directory,
): Promise<Verdict> {
  const no = (reason: PolicyReason): Verdict => ({ ok: false, reason });
  if ((await directory.person(person)) === null) return no({ code: 'unknown-person' });
  if (!(await isInOneOf(person, entitlement.requesters, members))) {
    const groups = entitlement.requesters.map((group) => directory.groupTitle(group));
    return no({ code: 'not-eligible', entitlement: entitlement.id, groups });
  }
  const { consent, extension } = entitlement;
  const waiver = consent.autoApprovedBy === null ? [] : [consent.autoApprovedBy];
  switch (action) {
    case 'activate':
      // Consent was given; whether its givers still may is asked of `stagesOpenTo`.
      return { ok: true, consent, rules: waiver };
    case 'extend':
      if (extension.automatic && durationMs > 0 && durationMs <= extension.longestMs) {
        const rule = `${ruleOf(entitlement.id)}/extension`;
        return { ok: true, consent: { stages: [], order: 'ordered', autoApprovedBy: rule }, rules: [rule] };
      }
      break;
    case 'request':
      break;
    default:
      return no({ code: 'forbidden', rule: 'catalogue/unknown-action' });
  }
  const reason = await nobodyToConsent(person, consent, members, directory);
  return reason === null ? { ok: true, consent, rules: waiver } : no(reason);
}

async function isInOneOf(person: string, groups: readonly string[], members: Members): Promise<boolean> {
  for (const group of groups) if ((await members(group)).includes(person)) return true;
  return false;
}

/** Whether all stages could be filled at all by people other than the one who asks. */
async function nobodyToConsent(
  person: string,
  { stages }: Consent,
  members: Members,
  directory: Directory,
): Promise<PolicyReason | null> {
  const fresh = new Map<string, readonly string[]>();
  for (const { group } of stages) fresh.set(group, await members(group));
  const index = unfillableWithout(person, stages, (group) => fresh.get(group) ?? []);
  const stage = index === null ? undefined : stages[index];
  if (!stage) return null;
  return { code: 'nobody-can-approve', stage: stage.name, group: directory.groupTitle(stage.group) };
}

async function stagesOpenTo(
  person: string,
  { stages }: Consent,
  directory: Directory,
): Promise<readonly number[]> {
  if ((await directory.person(person)) === null) return [];
  const members = membersIn(directory);
  const open: number[] = [];
  for (const [index, { group }] of stages.entries()) {
    if ((await members(group)).includes(person)) open.push(index);
  }
  return open;
}

async function mayRevoke(
  person: string,
  entitlement: EntitlementSnapshot,
  consent: Consent,
  parts: CataloguePolicyParts,
): Promise<boolean> {
  const known = await parts.directory.person(person);
  return known?.operator || (await capacityIn(person, entitlement, consent, parts)) !== null;
}

async function capacityIn(
  person: string,
  entitlement: EntitlementSnapshot,
  consent: Consent,
  { catalogue, directory, subjects, ids }: CataloguePolicyParts,
): Promise<'owner' | 'approver' | null> {
  if ((await directory.person(person)) === null) return null;
  const resource = catalogue.resources.get(entitlement.resource);
  // A resource that left the catalogue is still its last owner's to close.
  const owns = resource
    ? resource.owner === person
    : (await subjects.subjectOf(person, () => ids.subject())) === entitlement.owner;
  if (owns) return 'owner';
  return (await stagesOpenTo(person, consent, directory)).length > 0 ? 'approver' : null;
}

async function offers(
  person: string,
  query: string,
  limit: number,
  { catalogue, directory }: CataloguePolicyParts,
): Promise<readonly Offer[]> {
  // A stranger is not told what there is.
  if ((await directory.person(person)) === null) return [];
  const members = membersIn(directory);
  const eligible: Offer[] = [];
  const others: Offer[] = [];
  for (const entitlement of catalogue.entitlements.values()) {
    const resourceTitle = catalogue.resources.get(entitlement.resource)?.title ?? '';
    if (!matches(query, [entitlement.id, entitlement.title, resourceTitle])) continue;
    const question = { action: 'request', person, durationMs: entitlement.longestMs } as const;
    const verdict = await judge(question, entitlement, members, directory);
    const reason = verdict.ok ? null : verdict.reason;
    const offer = { entitlement: entitlement.id, title: entitlement.title, resourceTitle, reason };
    (reason === null ? eligible : others).push(offer);
  }
  const most = Math.min(LIMITS.listMax, Math.max(0, Math.floor(limit) || 0));
  return [...eligible, ...others].slice(0, most);
}

async function terms(id: string, parts: CataloguePolicyParts): Promise<AskingTerms | null> {
  const entitlement = parts.catalogue.entitlements.get(id);
  const resource = entitlement && parts.catalogue.resources.get(entitlement.resource);
  if (!entitlement || !resource) return null;
  const { description, durationsMs, justification, ticket } = entitlement;
  const snapshot = await snapshotOf(entitlement, resource, parts);
  const { consent } = entitlement;
  return { entitlement: snapshot, description, durationsMs, justification, ticket, consent };
}

async function snapshotOf(
  entitlement: CatalogueEntitlement,
  resource: CatalogueResource,
  { catalogue, subjects, ids }: CataloguePolicyParts,
): Promise<EntitlementSnapshot> {
  return {
    id: entitlement.id,
    title: entitlement.title,
    resource: resource.key,
    resourceTitle: resource.title,
    environment: resource.environment,
    classification: resource.classification,
    owner: await subjects.subjectOf(resource.owner, () => ids.subject()),
    channel: resource.channel,
    connector: resource.connector,
    connectorDigest: digestOf(catalogue.connectors.get(resource.connector) ?? null),
    scope: entitlement.scope,
    longestMs: entitlement.longestMs,
    warnBeforeMs: entitlement.warnBeforeMs,
    lapseAfterMs: entitlement.lapseAfterMs,
    remindEveryMs: entitlement.remindEveryMs,
    extension: entitlement.extension,
  };
}
