import type { Catalogue } from '../ports/catalogue.ts';
import type { AccountRef, Directory, Person } from '../ports/directory.ts';

/** People, groups and channels as the catalogue lists them: fresh by nature, and unknown to it means null. */
export function createCatalogueDirectory(catalogue: Catalogue): Directory {
  const { people, groups, channels } = catalogue;
  const byKey = new Map<string, Person>();
  const byAccount = new Map<string, Person>();
  // The e-mail stays behind: who is shown or logged as a Person has none.
  for (const { email: _, ...person } of people.values()) {
    byKey.set(person.key, person);
    for (const account of person.accounts) byAccount.set(accountKey(account), person);
  }
  return {
    personOf: async (account) => byAccount.get(accountKey(account)) ?? null,
    person: async (key) => byKey.get(key) ?? null,
    members: async (group) => groups.get(group)?.members ?? null,
    groupTitle: (group) => groups.get(group)?.title ?? group,
    channelOfGroup: (group) => channels.get(groups.get(group)?.channel ?? '') ?? null,
    channel: (key) => channels.get(key) ?? null,
  };
}

/** Unambiguous whatever a platform puts into its ids. */
const accountKey = ({ platform, team, user }: AccountRef) => JSON.stringify([platform, team, user]);
