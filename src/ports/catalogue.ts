import type { Classification, ConnectorSnapshot, Consent, ExtensionTerms, Json } from '../domain/values.ts';
import type { Channel, Person } from './directory.ts';

/** Something wrong in the catalogue, and where: line and column count from 1. */
export interface CatalogueProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `entitlements.orders-db:read.stages[0].group`; empty for the file as a whole. */
  readonly path: string;
  /** The rule, and what was expected. Never a value out of a connector's configuration. */
  readonly message: string;
}

export interface CataloguePerson extends Person {
  /** A hint for people who read the catalogue; identity never rests on it. */
  readonly email: string | null;
}

export interface CatalogueGroup {
  readonly key: string;
  readonly title: string;
  /** Keys of people; empty means nobody. */
  readonly members: readonly string[];
  /** Key of the channel where the group is asked to approve. */
  readonly channel: string | null;
}

export interface CatalogueResource {
  readonly key: string;
  readonly title: string;
  readonly connector: string;
  readonly environment: string;
  readonly classification: Classification;
  /** Key of a person. */
  readonly owner: string;
  /** Key of the channel where requests' threads live. */
  readonly channel: string;
  /** What data lies there, in words. */
  readonly data: string | null;
}

export interface CatalogueEntitlement {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly resource: string;
  readonly scope: Readonly<Record<string, Json>>;
  readonly longestMs: number;
  /** Ascending, none beyond `longestMs`, at least one. */
  readonly durationsMs: readonly number[];
  readonly warnBeforeMs: number;
  readonly lapseAfterMs: number;
  readonly remindEveryMs: number | null;
  /** Groups whose members may ask; empty means nobody. */
  readonly requesters: readonly string[];
  readonly consent: Consent;
  readonly justification: { readonly template: string; readonly minimumLength: number };
  readonly ticket: 'none' | 'optional' | 'required';
  readonly extension: ExtensionTerms;
}

/** How the log leaves the house, and how long texts beside it are kept after a request has ended. */
export interface AuditTerms {
  /** Key of the channel where signed heads are posted; null: nowhere. */
  readonly channel: string | null;
  /** Null: for ever. */
  readonly retentionMs: Readonly<Record<Classification, number | null>>;
}

/** The catalogue as loaded: every reference in it resolves, in the order of the file. */
export interface Catalogue {
  /** IANA name: the installation's time zone, for readers whose own is unknown. */
  readonly zone: string;
  /** Slack team ids people may come from. */
  readonly slackTeams: readonly string[];
  readonly audit: AuditTerms;
  readonly people: ReadonlyMap<string, CataloguePerson>;
  readonly groups: ReadonlyMap<string, CatalogueGroup>;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly connectors: ReadonlyMap<string, ConnectorSnapshot>;
  readonly resources: ReadonlyMap<string, CatalogueResource>;
  readonly entitlements: ReadonlyMap<string, CatalogueEntitlement>;
  /** Hex SHA-256 of all of the above in canonical form: comments, order of keys and spelling of defaults do not count. */
  readonly digest: string;
  /** What will surprise someone, though it is no error. */
  readonly warnings: readonly CatalogueProblem[];
}
