import { afterEach, beforeEach, expect, it } from 'vitest';
import type { GroupReader } from '../src/ports/group-reader.ts';
import { type Rounds, startRounds } from '../src/rounds.ts';
import { parseCatalogue } from '../src/policy/catalogue.ts';
import { ChangingRules, CATALOGUE } from './workflows/changing-rules.ts';
import { eventually } from './flows/world.ts';

let rules: ChangingRules;
let rounds: Rounds;
beforeEach(async () => {
  rules = await ChangingRules.open();
});
afterEach(async () => {
  await rounds.stop();
  await rules.world.close();
});

const catalogue = parseCatalogue(
  CATALOGUE.replace(
    'developers: { title: Developers, members: [ana, ben] }',
    'developers: { title: Developers, source: { ldap: "cn=dev,dc=example" } }',
  ),
  'catalogue.yaml',
);

/** Counts how often it was asked; each answer waits to be let go. */
function heldReader() {
  const held: (() => void)[] = [];
  const reader: GroupReader = {
    name: 'ldap',
    read: () => new Promise((resolve) => held.push(() => resolve([]))),
  };
  return { held, reader };
}

it('asked for again and again while it looks, it looks once more after that', async () => {
  const { held, reader } = heldReader();
  rounds = startRounds(rules.world.deps, { catalogue, store: rules.world.deps.store }, [reader]);
  for (let n = 0; n < 5; n += 1) rounds.lookAround();
  await eventually(async () => held.length === 1, 'the first look');
  for (let n = 0; n < 5; n += 1) rounds.lookAround();
  held[0]?.();
  await eventually(async () => held.length === 2, 'the second look');
  const stopped = rounds.stop();
  held[1]?.();
  await stopped;
  expect(held).toHaveLength(2);
});

it('ends what people have who have left, though a source fails', async () => {
  const id = await rules.world.granted('ana', { duration: '1h' });
  rules.use((text) =>
    text
      .replace('members: [ana, ben]', 'members: [ben]')
      .replace('  ana: { name: Ana, accounts: { slack: T0COUNTER/U0ANA } }\n', ''),
  );
  const store = {
    ...rules.world.deps.store,
    groups: {
      snapshot: async () => {
        throw new Error('the shelf fails');
      },
      keep: async () => {},
    },
  };
  rounds = startRounds(rules.world.deps, { catalogue, store }, [heldReader().reader]);
  rounds.lookAround();
  await eventually(async () => (await rules.trigger(id)) === 'person-left', 'the end of access');
  expect(rules.world.logLines.join()).toContain('a round failed');
});
