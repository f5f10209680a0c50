import type { Catalogue } from '../ports/catalogue.ts';
import { createDirectory, type PeopleDirectory } from './directory.ts';

/** People, groups and channels as one catalogue alone has them. What another source knows of a group is not known. */
export const createCatalogueDirectory = (catalogue: Catalogue): PeopleDirectory =>
  createDirectory({
    catalogue: () => catalogue,
    groups: { snapshot: () => Promise.resolve(null) },
    scim: null,
    now: () => 0,
  });
