import type { Catalogue } from '../../ports/catalogue.ts';
import { memberOf, personIn, withIncluding } from '../cases/asked.ts';
import type { PolicyInput } from '../input.ts';
import type { Rules } from '../rules.ts';

type Asking = PolicyInput['person'];

/** People whom both sides' rules cannot tell apart, as each side knows them. */
export interface Kind {
  /** Keys of people, and `a member of G` for somebody made up. */
  readonly who: readonly string[];
  /** Keys of people alone. */
  readonly keys: readonly string[];
  /** Every group of theirs on the second side that they are not new in. */
  readonly groups: readonly string[];
  readonly sides: readonly [Asking, Asking];
}

/** Everyone of both catalogues and one made-up member of each group, gathered by what the rules can tell of them. */
export function kindsOf(before: Rules, after: Rules): readonly Kind[] {
  const telling = tellingOf([before, after]);
  const kinds = new Map<string, Kind>();
  const add = (who: string, key: string | null, sides: readonly [Asking, Asking]): void => {
    const signature = JSON.stringify(sides.map((side) => telling(side)));
    const known = kinds.get(signature);
    const keys = key === null ? [] : [key];
    const wasIn = (group: string): boolean =>
      sides[0].groups.includes(group) || !before.catalogue.groups.has(group);
    const groups = sides[1].groups.filter(wasIn);
    kinds.set(
      signature,
      known === undefined
        ? { who: [who], keys, groups, sides }
        : { ...known, who: [...known.who, who], keys: [...known.keys, ...keys] },
    );
  };
  for (const key of keysOf(before, after, 'people')) {
    const known = (side: Rules): Asking => personIn(side.catalogue, key) ?? stranger(side.catalogue, key);
    add(key, key, [known(before), known(after)]);
  }
  for (const group of keysOf(before, after, 'groups'))
    add(`a member of ${group}`, null, [memberIn(before.catalogue, group), memberIn(after.catalogue, group)]);
  return [...kinds.values()];
}

const keysOf = (before: Rules, after: Rules, section: 'people' | 'groups'): readonly string[] => [
  ...new Set([...before.catalogue[section].keys(), ...after.catalogue[section].keys()]),
];

const stranger = (catalogue: Catalogue, key: string): Asking => ({ ...memberOf(catalogue, []), key });

const memberIn = (catalogue: Catalogue, group: string): Asking => ({
  ...memberOf(catalogue, []),
  groups: [...withIncluding(catalogue, [group])],
});

/** As much of a person as the policies look at: what nobody asks does not tell people apart. */
function tellingOf(sides: readonly Rules[]): (person: Asking) => unknown {
  const text = sides
    .flatMap(({ policies }) => [...(policies?.rules.values() ?? [])].map((r) => r.text))
    .join('\n');
  const asks = (pattern: RegExp): boolean => pattern.test(text);
  const whole = asks(/Person::|resource\.(?:owner|dataOwner)/);
  const operator = asks(/\boperator\b/);
  const manager = asks(/\bmanager\b/);
  const tags = asks(/\b(?:hasTag|getTag)\b/);
  return (person) => [
    person.groups,
    whole && person.key,
    operator && person.operator,
    manager && person.manager,
    tags && person.attributes,
  ];
}
