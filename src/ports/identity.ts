import type { AccountRef } from './directory.ts';

/** What a source last said of one group, in the source's own names for people. */
export interface GroupSnapshot {
  /** SCIM user ids, LDAP DNs (normalised), or Slack accounts as `TEAM/USER`; null: the source says there is no such group. */
  readonly members: readonly string[] | null;
  /** When the source said so, ms since the epoch. */
  readonly asOf: number;
}

export type GroupSourceName = 'scim' | 'ldap' | 'slack';

/** Where the last word of each source is kept, across restarts. */
export interface GroupShelf {
  /** By the source's name of the group: as `GroupSource` has it. */
  snapshot(source: GroupSourceName, group: string): Promise<GroupSnapshot | null>;
  keep(source: GroupSourceName, group: string, snapshot: GroupSnapshot): Promise<void>;
}

/** A user as the identity provider pushes it (RFC 7643 4.1), of which we keep only what we use. */
export interface ScimUser {
  readonly id: string;
  readonly externalId: string | null;
  readonly userName: string;
  readonly displayName: string | null;
  /** A hint for people; identity never rests on it. */
  readonly email: string | null;
  readonly active: boolean;
  /** Accounts linked by the provider, in our extension of the schema. */
  readonly accounts: readonly AccountRef[];
  /** Id of a user. */
  readonly manager: string | null;
  /** `department`, `title` and the like: what rules may ask. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly version: number;
  readonly createdAt: number;
  readonly changedAt: number;
}

export interface ScimGroup {
  readonly id: string;
  readonly externalId: string | null;
  readonly displayName: string;
  /** Ids of users. */
  readonly members: readonly string[];
  readonly version: number;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** What to look for; all that is given must hold. */
export interface ScimLookup {
  /** `userName` or `displayName`, in any case. */
  readonly name?: string;
  readonly externalId?: string;
}

/** Users and groups that the identity provider pushed. Each write is one durable transaction. */
export interface ScimShelf {
  user(id: string): Promise<ScimUser | null>;
  /** Oldest first. */
  users(lookup?: ScimLookup): Promise<readonly ScimUser[]>;
  group(id: string): Promise<ScimGroup | null>;
  /** Oldest first. */
  groups(lookup?: ScimLookup): Promise<readonly ScimGroup[]>;
  /**
   * `expectedVersion`: the version it replaces; null: it is new. `taken`: another has that userName (any case),
   * externalId or account; nothing was stored.
   */
  putUser(user: ScimUser, expectedVersion: number | null): Promise<'stored' | 'taken' | 'conflict'>;
  /**
   * `taken`: another has that displayName (any case) or externalId as either of the two, so that a catalogue which
   * names one never means another. `conflict`: also when a member is no user (any more).
   */
  putGroup(group: ScimGroup, expectedVersion: number | null): Promise<'stored' | 'taken' | 'conflict'>;
  /** Takes the user out of every group too. */
  dropUser(id: string): Promise<boolean>;
  dropGroup(id: string): Promise<boolean>;
  size(): Promise<{ readonly users: number; readonly groups: number }>;
  /** Another number after every write of a user or group: what was made of them holds until then. Cheap to ask. */
  revision(): Promise<number>;
  /** When the provider last spoke to us with a right token; null: never. */
  contactAt(): Promise<number | null>;
  contacted(at: number): Promise<void>;
}

/** Time-limited overrides of a rule that are in force: what the connector `exception` makes and ends. */
export interface ExceptionRecord {
  /** The credential's name. */
  readonly name: string;
  /** Pseudonym of the person it is for. */
  readonly subject: string;
  /** Which rule it overrides: `freeze`, or a policy's id. */
  readonly overrides: string;
  /** Id of the entitlement it is for; null: any. */
  readonly entitlement: string | null;
  readonly expiresAt: number;
}
export interface ExceptionRegistry {
  /** Again for the same name: moves its expiry. Never brings an ended name back to life. */
  put(record: ExceptionRecord): Promise<void>;
  /** `absent` when nothing was left to end; a name never put is remembered as ended. */
  end(name: string, at: number): Promise<'revoked' | 'absent'>;
  get(name: string): Promise<(ExceptionRecord & { readonly endedAt: number | null }) | null>;
  /** In force at `at`: not ended, not expired. */
  inForce(subject: string, at: number): Promise<readonly ExceptionRecord[]>;
  /** Not ended, expired or not; by name. */
  open(): Promise<readonly ExceptionRecord[]>;
}
