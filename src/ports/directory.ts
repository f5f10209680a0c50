/** An account on a platform by its immutable ids: never a name, never an e-mail. */
export interface AccountRef {
  readonly platform: 'slack' | 'teams';
  readonly team: string;
  readonly user: string;
}

export interface Person {
  /** The catalogue's key; never enters the log. */
  readonly key: string;
  readonly name: string;
  readonly accounts: readonly AccountRef[];
  readonly operator: boolean;
  /** May read the log, pseudonymous, and take evidence from it. */
  readonly auditor: boolean;
}

/** A place messages go to: the catalogue's channel name resolved. */
export interface Channel {
  readonly key: string;
  readonly platform: 'slack' | 'teams';
  readonly conversation: string;
}

/** What rules may ask of a person beside their groups. */
export interface Profile {
  /** Key of a person; null: none is known. */
  readonly manager: string | null;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A group as it is known now. Members by person key; empty means nobody. */
export type GroupState =
  | {
      readonly kind: 'known';
      readonly members: readonly string[];
      /** Those of them who count and are not pinged: they asked for it, or are away. */
      readonly quiet: readonly string[];
      /** Who stands in for whom, now: by delegate, the member who is away and so is not among the members. */
      readonly standIns: ReadonlyMap<string, string>;
    }
  /** Its source has not said anything for too long; null: never. Nobody is a member. */
  | { readonly kind: 'stale'; readonly ageMs: number | null }
  | { readonly kind: 'unknown' };

/** People, groups and channels. One human is one person across all accounts. */
export interface Directory {
  personOf(account: AccountRef): Promise<Person | null>;
  person(key: string): Promise<Person | null>;
  profile(key: string): Promise<Profile | null>;
  /** At `at`, ms since the epoch: who is away changes with it, and so may who is a member. */
  group(group: string, at: number): Promise<GroupState>;
  /** Keys of every group that holds the person at `at`, those that include it too; `stale`: those that cannot be told. */
  groupsOf(
    person: string,
    at: number,
  ): Promise<{ readonly groups: readonly string[]; readonly stale: readonly string[] }>;
  /** A group's title, or a role's: `role:manager` is "Manager of the requester". */
  groupTitle(group: string): string;
  /** Channel where a group of approvers is asked, when it has one. */
  channelOfGroup(group: string): Channel | null;
  channel(key: string): Channel | null;
}

/** What the platform says of an account now. Anything but `member` may decide nothing. */
export type Standing =
  | { readonly kind: 'member'; readonly zone: string }
  | {
      readonly kind: 'refused';
      readonly why: 'deleted' | 'bot' | 'guest' | 'stranger' | 'other-workspace' | 'unknown';
    }
  | { readonly kind: 'unavailable' };
