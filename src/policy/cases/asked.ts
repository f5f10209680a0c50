import type { Catalogue } from '../../ports/catalogue.ts';
import type { PolicyInput } from '../input.ts';

type AskingPerson = PolicyInput['person'];

/** Those groups, and all that include them, sorted; groups the catalogue does not have are left out. */
export function withIncluding({ groups }: Catalogue, named: readonly string[]): readonly string[] {
  const held = new Set(named.filter((group) => groups.has(group)));
  for (const group of held)
    for (const { key, includes } of groups.values()) if (includes.includes(group)) held.add(key);
  return [...held].sort();
}

/** Someone of the catalogue as rules get to know them by the catalogue alone; null: it has nobody of that key. */
export function personIn(catalogue: Catalogue, key: string): AskingPerson | null {
  const person = catalogue.people.get(key);
  if (person === undefined) return null;
  const direct = [...catalogue.groups.values()].filter(({ members }) => members.includes(key));
  return {
    key,
    groups: [
      ...withIncluding(
        catalogue,
        direct.map((group) => group.key),
      ),
    ],
    stale: [],
    manager: person.manager,
    operator: person.operator,
    attributes: { ...person.attributes },
  };
}

/** The key of somebody who is made up: no key of the catalogue can be this. */
const SOMEBODY = '(somebody)';

/** Somebody made up, who is in these groups and is nothing else. */
export const memberOf = (catalogue: Catalogue, groups: readonly string[]): AskingPerson => ({
  key: SOMEBODY,
  groups: [...withIncluding(catalogue, groups)],
  stale: [],
  manager: null,
  operator: false,
  attributes: {},
});

/** Groups whose members another source knows: by the catalogue alone they have those that it lists. */
export const groupsElsewhere = ({ groups }: Catalogue): readonly string[] =>
  [...groups.values()].filter(({ source }) => source.kind !== 'catalogue').map(({ key }) => key);
