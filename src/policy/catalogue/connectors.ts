import type { ConnectorSnapshot } from '../../domain/values.ts';
import type { Catalogue, CatalogueEntitlement } from '../../ports/catalogue.ts';

/** What gives an entitlement: its resource's connector, or a bundle's own. */
export const connectorOf = (
  { connector, resource }: CatalogueEntitlement,
  { resources, connectors }: Catalogue,
): ConnectorSnapshot | null => connector ?? connectors.get(resources.get(resource)?.connector ?? '') ?? null;

/** By its id, a bundle's too; null: the catalogue has none of that name. */
export const connectorNamed = (
  id: string,
  { connectors, entitlements }: Catalogue,
): ConnectorSnapshot | null =>
  connectors.get(id) ??
  [...entitlements.values()].find(({ connector }) => connector?.id === id)?.connector ??
  null;
