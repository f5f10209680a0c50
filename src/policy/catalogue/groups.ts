import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import type { CatalogueGroup, GroupSource } from '../../ports/catalogue.ts';
import { duration, fault, like, type Names, reference, strict, text, uniqueList } from './fields.ts';
import { distinguishedName } from './people.ts';

export function groupSchema(names: Names) {
  const person = reference('person', names.people);
  return strict({
    title: text(LIMITS.titleMaxChars),
    members: uniqueList(person, LIMITS.groupMembersMax).optional(),
    source: source.optional(),
    includes: uniqueList(reference('group', names.groups), LIMITS.groupIncludesMax).default([]),
    quiet: uniqueList(person, LIMITS.groupMembersMax).default([]),
    stale: duration.optional(),
    channel: reference('channel', names.channels).optional(),
  }).superRefine(({ members, source: from, stale }, ctx) => {
    if (members === undefined && from === undefined) {
      fault(ctx, 'missing; expected a list of people, or a source that knows them', ['members']);
    }
    if (members !== undefined && from !== undefined) {
      fault(ctx, 'contradicts members, which are listed; keep one of the two', ['source']);
    }
    if (stale !== undefined && from === undefined) {
      fault(ctx, 'is for groups with a source; what the catalogue lists is never stale', ['stale']);
    }
  });
}
export type GroupEntry = z.output<ReturnType<typeof groupSchema>>;

const source = strict({
  scim: text(LIMITS.sourceNameMaxChars).optional(),
  ldap: distinguishedName.optional(),
  slack: like(/^S[A-Z0-9]{1,20}$/, 'the id of a Slack user group such as S0ONCALL').optional(),
  counts: z.boolean().optional(),
}).transform(({ scim, ldap, slack, counts }, ctx): GroupSource => {
  const given = [scim, ldap, slack].filter((each) => each !== undefined);
  if (given.length !== 1) fault(ctx, `expected one of ldap, scim, slack; got ${given.length} of them`);
  if (counts !== undefined && slack === undefined) {
    fault(ctx, 'is for slack alone; every other source counts', ['counts']);
  }
  if (scim !== undefined) return { kind: 'scim', group: scim };
  if (ldap !== undefined) return { kind: 'ldap', dn: ldap };
  return { kind: 'slack', id: slack ?? '', counts: counts ?? false };
});

const sourceOf = (entry: GroupEntry): GroupSource => entry.source ?? { kind: 'catalogue' };

/** Whether the group's members are only told of things: they neither ask nor consent. */
export const isForTelling = (entry: GroupEntry): boolean =>
  entry.source?.kind === 'slack' && !entry.source.counts;

/** Who belongs to a group by the catalogue, and whether that is everyone who does. */
export interface Membership {
  readonly members: readonly string[];
  /** False where a source, its own or of a group that it includes, knows of more. */
  readonly whole: boolean;
}

export const membershipsOf = (groups: ReadonlyMap<string, GroupEntry>): ReadonlyMap<string, Membership> =>
  new Map([...groups.keys()].map((key) => [key, membershipOf(key, groups)]));

/** Own members first, then those of the groups it includes, each once. A group in a circle is not followed twice. */
function membershipOf(key: string, groups: ReadonlyMap<string, GroupEntry>): Membership {
  const members = new Set<string>();
  const seen = new Set<string>();
  let whole = true;
  const waiting = [key];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const group = groups.get(next);
    if (group?.members === undefined) whole = false;
    for (const member of group?.members ?? []) members.add(member);
    waiting.push(...(group?.includes ?? []));
  }
  return { members: [...members], whole };
}

const STALE_MS = 24 * 3_600_000;

export function buildGroup(key: string, entry: GroupEntry, members: readonly string[]): CatalogueGroup {
  return {
    key,
    title: entry.title,
    source: sourceOf(entry),
    staleAfterMs: entry.stale ?? STALE_MS,
    members,
    includes: entry.includes,
    quiet: entry.quiet,
    channel: entry.channel ?? null,
  };
}
