import { classification, privilege } from '../../domain/values.ts';
import type { Catalogue } from '../../ports/catalogue.ts';

/** Roles that may stand where a group does: who has them follows from the request. */
export const ROLES: readonly string[] = ['role:manager', 'role:owner', 'role:data-owner'];

/** Every name a rule may write down. What is not among them is a slip of the hand, and would match nothing for ever. */
export interface Literals {
  /** Ids of entities by type. */
  readonly entities: ReadonlyMap<string, ReadonlySet<string>>;
  /** Words that a field can hold, by the field: `resource.environment`. */
  readonly words: ReadonlyMap<string, ReadonlySet<string>>;
  /** Attributes of people by name, with the values they have; null: other sources than the catalogue give it too. */
  readonly tags: ReadonlyMap<string, ReadonlySet<string> | null>;
  /** How many can fill a quorum, where the catalogue alone says who is in the group. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Every name that the catalogue knows. */
export function literalsOf(catalogue: Catalogue): Literals {
  const { people, groups, resources, entitlements, calendars } = catalogue;
  const all = [...resources.values()];
  const calendarsOf = (kind: string) =>
    new Set([...calendars.values()].filter((each) => each.kind === kind).map(({ key }) => key));
  return {
    entities: new Map([
      ['Person', new Set(people.keys())],
      ['Group', new Set(groups.keys())],
      ['Resource', new Set(resources.keys())],
      ['Entitlement', new Set(entitlements.keys())],
      ['Project', new Set(all.flatMap(({ project }) => (project === null ? [] : [project])))],
    ]),
    words: new Map<string, ReadonlySet<string>>([
      ['resource.environment', new Set(all.map(({ environment }) => environment))],
      ['resource.classification', new Set<string>(classification.options)],
      ['resource.privilege', new Set<string>(privilege.options)],
      ['context.freezes', calendarsOf('freeze')],
      ['context.maintenances', calendarsOf('maintenance')],
      ['context.group', new Set([...groups.keys(), ...ROLES])],
    ]),
    tags: tagsOf(catalogue),
    sizes: new Map(
      [...groups.values()].flatMap(({ key, members }) =>
        isWhole(key, groups) ? [[key, members.length]] : [],
      ),
    ),
  };
}

/** Whether the catalogue alone says who is in the group; includes are never in a circle. */
function isWhole(key: string, groups: Catalogue['groups']): boolean {
  const group = groups.get(key);
  return group?.source.kind === 'catalogue' && group.includes.every((each) => isWhole(each, groups));
}

/** What the identity provider's users bring (RFC 7643 4.1 and 4.3); as `web/scim` keeps them. */
const PROVIDED: readonly string[] = [
  'title',
  'userType',
  'department',
  'division',
  'organization',
  'costCenter',
];

function tagsOf({ people, groups }: Catalogue): Literals['tags'] {
  const tags = new Map<string, Set<string> | null>();
  for (const { attributes } of people.values()) {
    for (const [name, value] of Object.entries(attributes))
      tags.set(name, (tags.get(name) ?? new Set()).add(value));
  }
  const provided =
    [...people.values()].some(({ links }) => links.scim !== null) ||
    [...groups.values()].some(({ source }) => source.kind === 'scim');
  if (provided) for (const name of PROVIDED) tags.set(name, null);
  return tags;
}
