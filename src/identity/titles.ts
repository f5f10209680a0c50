import type { Catalogue } from '../ports/catalogue.ts';
import type { Channel } from '../ports/directory.ts';

/** Roles follow from the request; no group of the catalogue can be called so, for its keys have no colon. */
const ROLE_TITLES: ReadonlyMap<string, string> = new Map([
  ['role:manager', 'Manager of the requester'],
  ['role:owner', 'Owner of the resource'],
  ['role:data-owner', 'Owner of the data'],
]);

/** What is unknown is called by its key. */
export const titleOf = (catalogue: Catalogue, group: string): string =>
  ROLE_TITLES.get(group) ?? catalogue.groups.get(group)?.title ?? group;

export const channelOf = (catalogue: Catalogue, group: string): Channel | null =>
  catalogue.channels.get(catalogue.groups.get(group)?.channel ?? '') ?? null;
