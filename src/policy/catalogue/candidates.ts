import type { Stage } from '../../domain/values.ts';
import { firstUnfillable } from '../consent.ts';
import { roleIn, type Single } from './entitlements.ts';
import type { Entries } from './entries.ts';

/** Who could consent in a stage, by the catalogue; null where it does not know all of them. */
export function candidatesOf(
  { group }: Pick<Stage, 'group'>,
  { resource }: Pick<Single, 'resource'>,
  entries: Entries,
  requester: string | null,
): readonly string[] | null {
  const where = entries.resources.get(resource);
  switch (roleIn(group)) {
    case 'owner':
      return where ? [where.owner] : null;
    case 'data-owner':
      return where?.dataOwner === undefined ? null : [where.dataOwner];
    case 'manager':
      return requester === null ? null : managersOf(requester, entries);
    case null: {
      const known = entries.memberships.get(group);
      return known?.whole ? known.members : null;
    }
  }
}

/** Who is known to another source may have a manager there. */
function managersOf(person: string, { people }: Entries): readonly string[] | null {
  const entry = people.get(person);
  if (entry?.manager !== undefined) return [entry.manager];
  return entry === undefined || entry.links.scim !== undefined || entry.links.ldap !== undefined ? null : [];
}

/** The first stage that the people known could not fill, without the requester; stages of others are passed over. */
export function unfillable(single: Single, entries: Entries, requester: string | null): number | null {
  const known = single.stages.flatMap((stage, index) => {
    const people = candidatesOf(stage, single, entries, requester);
    return people === null ? [] : [{ index, stage, people: people.filter((each) => each !== requester) }];
  });
  const first = firstUnfillable(
    known.map(({ stage }) => stage),
    known.map(({ people }) => people),
  );
  return first === null ? null : (known[first]?.index ?? null);
}
