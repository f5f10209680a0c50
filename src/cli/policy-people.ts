import { databaseFile } from '../base.ts';
import { loadConfig } from '../config.ts';
import { createDirectory } from '../identity/directory.ts';
import { groupsElsewhere, personIn } from '../policy/cases/asked.ts';
import type { PolicyInput } from '../policy/input.ts';
import { type Holders, holdersIn } from '../policy/cases/judgement.ts';
import type { Rules } from '../policy/rules.ts';
import type { Directory } from '../ports/directory.ts';
import { StoreError } from '../ports/store.ts';
import { openSqliteReader, type Reader } from '../store/sqlite/reader.ts';
import { systemClock } from '../system.ts';

type Asking = PolicyInput['person'];

/** People as the rules would get to know them now: by the catalogue, and what other sources last said of groups. */
export interface KnownPeople extends AsyncDisposable {
  asking(key: string, at: number): Promise<Asking | null>;
  /** Who could fill the stages of this input. */
  holders(groups: readonly string[], at: number): Promise<Holders>;
  /** Groups of which nobody can say who is in them. */
  readonly unknown: readonly string[];
}

/** `source`: those of the configuration's database, where there is one; a folder named on the command line has none. */
export async function openPeople(rules: Rules, source: 'configured' | 'catalogue'): Promise<KnownPeople> {
  const reader = source === 'configured' ? await configuredReader() : null;
  return reader === null ? byCatalogue(rules) : byDirectory(rules, reader);
}

async function configuredReader(): Promise<Reader | null> {
  try {
    return await openSqliteReader(databaseFile(loadConfig()));
  } catch (error) {
    if (error instanceof StoreError && error.code === 'store_missing') return null;
    throw error;
  }
}

/** Without a database, groups of other sources have nobody in them, and that is said. */
function byCatalogue(rules: Rules): KnownPeople {
  const unknown = groupsElsewhere(rules.catalogue);
  return {
    unknown,
    async asking(key) {
      const person = personIn(rules.catalogue, key);
      return person && { ...person, stale: [...unknown] };
    },
    holders: async () => holdersIn(rules.catalogue),
    [Symbol.asyncDispose]: async () => {},
  };
}

function byDirectory(rules: Rules, reader: Reader): KnownPeople {
  const { catalogue } = rules;
  const directory = createDirectory({
    catalogue: () => catalogue,
    groups: reader.groups,
    scim: reader.scim,
    now: () => systemClock.now(),
  });
  return {
    unknown: [],
    asking: (key, at) => askingIn(directory, key, at),
    holders: async (groups, at) => holdersNow(directory, rules, groups, at),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

async function askingIn(directory: Directory, key: string, at: number): Promise<Asking | null> {
  const [person, profile] = await Promise.all([directory.person(key), directory.profile(key)]);
  if (person === null) return null;
  const { groups, stale } = await directory.groupsOf(key, at);
  return {
    key,
    groups: [...groups].sort(),
    stale: [...stale].sort(),
    manager: profile?.manager ?? null,
    operator: person.operator,
    attributes: { ...profile?.attributes },
  };
}

async function holdersNow(
  directory: Directory,
  { catalogue }: Rules,
  groups: readonly string[],
  at: number,
): Promise<Holders> {
  const states = await Promise.all(
    groups.map(async (group) => [group, await directory.group(group, at)] as const),
  );
  const members = new Map(
    states.map(([group, state]) => [group, state.kind === 'known' ? state.members : []]),
  );
  const byRole = holdersIn(catalogue);
  return (group, input) => members.get(group) ?? byRole(group, input);
}
