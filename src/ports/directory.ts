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

/** People, groups and channels. One human is one person across all accounts. */
export interface Directory {
  personOf(account: AccountRef): Promise<Person | null>;
  person(key: string): Promise<Person | null>;
  /** Members by person key; null when there is no such group. Empty means nobody. */
  members(group: string): Promise<readonly string[] | null>;
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
