import { LIMITS } from '../limits.ts';
import type { CatalogueGroup } from '../ports/catalogue.ts';
import type { GroupShelf, GroupSnapshot } from '../ports/identity.ts';
import type { Register } from './register.ts';

/** A group by itself, without those it includes, as its source has it. Members by person key. */
export type Part =
  | { readonly kind: 'known'; readonly members: ReadonlySet<string> }
  /** Null: never heard of. */
  | { readonly kind: 'stale'; readonly ageMs: number | null }
  | { readonly kind: 'unknown' };

export interface Sources {
  readonly register: Register;
  readonly shelf: Pick<GroupShelf, 'snapshot'>;
  /** When the identity provider last spoke; null: never. */
  readonly scimContactAt: number | null;
  readonly now: number;
}

const NOBODY: Part = { kind: 'known', members: new Set() };

export async function partOf(group: CatalogueGroup, sources: Sources): Promise<Part> {
  const { source } = group;
  const { register, shelf, scimContactAt, now } = sources;
  switch (source.kind) {
    case 'catalogue':
      return { kind: 'known', members: register.listedIn(group) };
    case 'scim':
      return staleAfter(group, scimContactAt, now) ?? known(register.scimMembers(source.group));
    case 'ldap':
      return told(group, await shelf.snapshot('ldap', source.dn), now, register.people.keyOf.ldapEntry);
    case 'slack':
      // A group for telling people things gives nobody a say.
      if (!source.counts) return NOBODY;
      return told(group, await shelf.snapshot('slack', source.id), now, (name) =>
        register.people.keyOf.account(slackAccount(name)),
      );
  }
}

function told(
  group: CatalogueGroup,
  snapshot: GroupSnapshot | null,
  now: number,
  keyOf: (name: string) => string | null,
): Part {
  const members = snapshot?.members ?? null;
  return (
    staleAfter(group, snapshot?.asOf ?? null, now) ??
    known(members && new Set(members.map(keyOf).filter((key) => key !== null)))
  );
}

const known = (members: ReadonlySet<string> | null): Part =>
  members === null ? { kind: 'unknown' } : { kind: 'known', members };

/** Null: it is fresh. What comes from the future says that a clock is wrong, and nothing of its age. */
function staleAfter({ staleAfterMs }: CatalogueGroup, asOf: number | null, now: number): Part | null {
  const ageMs = asOf === null || asOf > now + LIMITS.clockSkewErrorMs ? null : now - asOf;
  return ageMs === null || ageMs > staleAfterMs ? { kind: 'stale', ageMs } : null;
}

/** `TEAM/USER`. */
function slackAccount(name: string) {
  const [team = '', user = ''] = name.split('/');
  return { platform: 'slack' as const, team, user };
}
