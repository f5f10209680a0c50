import type { RequestState } from '../domain/state.ts';
import type { Consent, Subject } from '../domain/values.ts';
import type { ReaderRole } from '../domain/visibility.ts';
import type { Catalogue, CatalogueEntitlement, CataloguePerson } from '../ports/catalogue.ts';

/** In which role someone reads, and of which requests. */
export interface Capacity {
  readonly role: ReaderRole;
  readonly may: (state: RequestState) => boolean;
}

/**
 * The role in which a person reads: of one request or entitlement, or of all there is (`scope` null). One role at a
 * time: whoever owns some resources and approves for others reads as their owner, unless they say what they mean.
 */
export function capacityOf(
  catalogue: Catalogue,
  person: CataloguePerson,
  subject: Subject | null,
  scope: RequestState | CatalogueEntitlement | null,
): Capacity | null {
  if (person.auditor) return { role: 'auditor', may: () => true };
  const groups = new Set(
    [...catalogue.groups.values()].filter((g) => g.members.includes(person.key)).map((g) => g.key),
  );
  const approves = ({ stages }: Consent): boolean => stages.some(({ group }) => groups.has(group));
  const owns = (resource: string, lastOwner: Subject | null): boolean => {
    const listed = catalogue.resources.get(resource);
    // A resource that left the catalogue is still its last owner's.
    return listed === undefined ? lastOwner !== null && lastOwner === subject : listed.owner === person.key;
  };
  const owner: Capacity = {
    role: 'owner',
    may: ({ entitlement }) => owns(entitlement.resource, entitlement.owner),
  };
  const approver: Capacity = {
    role: 'approver',
    may: ({ ballot, extension }) =>
      approves(ballot.consent) || (extension !== null && approves(extension.consent)),
  };
  if (scope !== null && 'ballot' in scope) return [owner, approver].find(({ may }) => may(scope)) ?? null;
  const meant = scope === null ? [...catalogue.entitlements.values()] : [scope];
  if (meant.some(({ resource }) => owns(resource, null))) return owner;
  return meant.some(({ consent }) => approves(consent)) ? approver : null;
}
