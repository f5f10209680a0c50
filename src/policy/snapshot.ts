import type { EntitlementSnapshot } from '../domain/values.ts';
import type { Catalogue, CatalogueEntitlement, CatalogueResource } from '../ports/catalogue.ts';
import { connectorOf } from './catalogue/connectors.ts';
import { digestOf } from './catalogue.ts';
import type { EngineParts } from './engine.ts';

/** The entitlement as it stands now, as a request will carry it. */
export async function snapshotOf(
  entitlement: CatalogueEntitlement,
  resource: CatalogueResource,
  catalogue: Catalogue,
  { subjects, ids }: Pick<EngineParts, 'subjects' | 'ids'>,
): Promise<EntitlementSnapshot> {
  const subjectOf = (person: string) => subjects.subjectOf(person, () => ids.subject());
  const { dataOwner, project } = resource;
  const connector = connectorOf(entitlement, catalogue);
  return {
    id: entitlement.id,
    title: entitlement.title,
    resource: resource.key,
    resourceTitle: resource.title,
    environment: resource.environment,
    classification: resource.classification,
    owner: await subjectOf(resource.owner),
    channel: resource.channel,
    connector: connector?.id ?? resource.connector,
    connectorDigest: digestOf(connector),
    scope: entitlement.scope,
    longestMs: entitlement.longestMs,
    warnBeforeMs: entitlement.warnBeforeMs,
    lapseAfterMs: entitlement.lapseAfterMs,
    remindEveryMs: entitlement.remindEveryMs,
    extension: entitlement.extension,
    privilege: entitlement.privilege,
    ...(dataOwner !== null && { dataOwner: await subjectOf(dataOwner) }),
    ...(project !== null && { project }),
    ...(entitlement.consequences.length > 0 && { consequences: [...entitlement.consequences] }),
    ...(entitlement.parts.length > 0 && { parts: partsOf(entitlement, catalogue) }),
  };
}

const partsOf = ({ parts }: CatalogueEntitlement, { entitlements }: Catalogue) =>
  parts.map((id) => ({ id, title: entitlements.get(id)?.title ?? id }));
