import type {
  Classification,
  ConnectorSnapshot,
  Consent,
  ExtensionTerms,
  Json,
  Privilege,
} from '../domain/values.ts';
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
  /** Key of a person. */
  readonly manager: string | null;
  /** What rules may ask of a person, as text by name: `team: payments`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Null: not away. Times: ms since the epoch. */
  readonly away: Away | null;
  /** How other sources call this person: a SCIM user's `externalId` or `userName`, an LDAP entry's DN. */
  readonly links: { readonly scim: string | null; readonly ldap: string | null };
}

/** While away someone is not asked; a delegate stands in for them, and then they do not decide themselves. */
export interface Away {
  readonly from: number;
  readonly until: number;
  /** Key of a person; null: nobody stands in. */
  readonly delegate: string | null;
}

/** Where a group's members are known from. */
export type GroupSource =
  | { readonly kind: 'catalogue' }
  /** `displayName` or `externalId` of the group that the identity provider pushes. */
  | { readonly kind: 'scim'; readonly group: string }
  /** DN of the group's entry. */
  | { readonly kind: 'ldap'; readonly dn: string }
  /** Slack's user group. `counts`: its members may ask and consent, not only be told. */
  | { readonly kind: 'slack'; readonly id: string; readonly counts: boolean };

export interface CatalogueGroup {
  readonly key: string;
  readonly title: string;
  readonly source: GroupSource;
  /** How old what the source said may be; ms. Beyond it nobody is a member. */
  readonly staleAfterMs: number;
  /** Keys of people, as the catalogue lists them, those of the groups it includes among them; empty means nobody. */
  readonly members: readonly string[];
  /** Groups whose members are members of this one too; never in a circle. */
  readonly includes: readonly string[];
  /** Members who count and are not pinged. */
  readonly quiet: readonly string[];
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
  /** Key of the person who answers for the data, where that is someone else than the owner. */
  readonly dataOwner: string | null;
  readonly project: string | null;
  /** IANA name: the zone in which rules read the clock for it. */
  readonly zone: string;
  /** Key of the group that is on call for it. */
  readonly onCall: string | null;
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
  readonly privilege: Privilege;
  readonly consequences: readonly string[];
  /** Ids of the entitlements a bundle gives together; empty for a single one. */
  readonly parts: readonly string[];
  /** Set where it is not the resource's: a bundle's is composed of its parts', under an id of its own. */
  readonly connector: ConnectorSnapshot | null;
}

/** What no entitlement for data of a classification may exceed. */
export interface ClassificationLimits {
  readonly longestMs: number | null;
  /** Different people who must consent at least. */
  readonly approvals: number | null;
}

/** Points that a request's properties add; what is not named adds none. */
export interface ImpactWeights {
  readonly classification: Readonly<Partial<Record<Classification, number>>>;
  readonly environment: Readonly<Record<string, number>>;
  readonly privilege: Readonly<Partial<Record<Privilege, number>>>;
  /** Points for each whole step of duration, ms. */
  readonly duration: { readonly everyMs: number; readonly points: number } | null;
  readonly entitlement: Readonly<Record<string, number>>;
}

/** Times at which rules say otherwise: a freeze, a maintenance window. */
export interface CatalogueCalendar {
  readonly key: string;
  readonly kind: 'freeze' | 'maintenance';
  readonly title: string;
  /** Keys of resources it is about; null: all. */
  readonly resources: readonly string[] | null;
  readonly environments: readonly string[] | null;
  readonly when: /** A file beside the catalogue. */
    | { readonly kind: 'ics'; readonly file: string }
    /** RFC 5545 rule; `start` is local date and time in `zone`: 2026-12-20T18:00. */
    | {
        readonly kind: 'rrule';
        readonly rule: string;
        readonly start: string;
        readonly durationMs: number;
        readonly zone: string;
      }
    /** Local dates and times in `zone`, the end excluded. */
    | { readonly kind: 'span'; readonly from: string; readonly until: string; readonly zone: string };
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
  /** Folder of Cedar policies beside the catalogue; null: it says that there are none, and decides alone. */
  readonly policies: string | null;
  readonly calendars: ReadonlyMap<string, CatalogueCalendar>;
  readonly limits: Readonly<Record<Classification, ClassificationLimits>>;
  readonly impact: ImpactWeights;
  /** What becomes of a grant that a change of the rules would not give any more. */
  readonly onInadmissible: 'revoke' | 'flag';
  /** Hex SHA-256 of all of the above in canonical form: comments, order of keys and spelling of defaults do not count. */
  readonly digest: string;
  /** What will surprise someone, though it is no error. */
  readonly warnings: readonly CatalogueProblem[];
}
