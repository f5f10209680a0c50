import { circlesIn } from './circles.ts';
import type { Entries, Finding } from './entries.ts';
import type { PersonEntry } from './people.ts';

export function* peopleErrors({ people }: Entries): Generator<Finding> {
  yield* marksGivenTwice(people);
  for (const circle of circlesIn(people.keys(), (key) => listed(people.get(key)?.manager))) {
    const [first = ''] = circle;
    const message = `goes in a circle, ${circle.join(' → ')}; nobody is their own manager, however far up`;
    yield { path: ['people', first, 'manager'], message };
  }
  for (const [key, { away }] of people) {
    if (away === undefined) continue;
    const at = (field: string) => ['people', key, 'away', field];
    if (away.until <= (away.from ?? 0)) yield { path: at('until'), message: 'is not after from' };
    if (away.delegate === key) {
      yield { path: at('delegate'), message: 'nobody stands in for themselves; expected another person' };
    }
  }
}

const listed = (value: string | undefined) => (value === undefined ? [] : [value]);

function* marksGivenTwice(people: Entries['people']): Generator<Finding> {
  const holders = new Map<string, string>();
  for (const [key, person] of people) {
    for (const { mark, path } of marksOf(person)) {
      const holder = holders.get(mark);
      if (holder === undefined) holders.set(mark, key);
      else {
        const message = `${mark} is already given to ${holder}; one human is one person`;
        yield { path: ['people', key, ...path], message };
      }
    }
  }
}

/** What is one person's alone. Case is no difference where the sources make none. */
const marksOf = ({ accounts, email, links }: PersonEntry) => [
  ...accounts.slack.map(({ team, user }) => ({
    mark: `account ${team}/${user}`,
    path: ['accounts', 'slack'],
  })),
  ...listed(email).map((each) => ({ mark: `e-mail ${each.toLowerCase()}`, path: ['email'] })),
  ...listed(links.scim).map((each) => ({
    mark: `SCIM user ${each.toLowerCase()}`,
    path: ['links', 'scim'],
  })),
  ...listed(links.ldap).map((each) => ({
    mark: `LDAP entry ${each.toLowerCase()}`,
    path: ['links', 'ldap'],
  })),
];

export function* peopleWarnings({ people }: Entries): Generator<Finding> {
  for (const [key, { away }] of people) {
    const delegate = away?.delegate;
    const other = people.get(delegate ?? '')?.away;
    if (!away || !other || delegate === key) continue;
    if ((away.from ?? 0) >= other.until || (other.from ?? 0) >= away.until) continue;
    yield {
      path: ['people', key, 'away', 'delegate'],
      message: `${delegate} is away in that time too, and delegates have no delegates: nobody stands in then`,
    };
  }
}
