import type { ConnectorRegistry } from './connectors/registry.ts';
import type { Catalogue } from './ports/catalogue.ts';

/** The catalogue asks of a connector what it cannot do. Found at start, before anyone asks for access. */
export class CatalogueConnectorError extends Error {
  readonly code = 'catalogue_connectors_invalid';
  readonly problems: readonly string[];
  constructor(file: string, problems: readonly string[]) {
    super([`${file} does not fit its connectors:`, ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.name = 'CatalogueConnectorError';
    this.problems = problems;
  }
}

/** Every connector's configuration, and every entitlement's scope and extension, against the connector's own rules. */
export async function checkCatalogueConnectors(
  file: string,
  catalogue: Catalogue,
  connectors: ConnectorRegistry,
): Promise<void> {
  const problems: string[] = [];
  const at = (path: readonly (string | number)[]) => path.map((part) => `.${part}`).join('');
  for (const { id, use, config } of catalogue.connectors.values())
    for (const { path, message } of await connectors.checkConfig(use, config))
      problems.push(`connectors.${id}${path.length > 0 ? `.config${at(path)}` : ''}: ${message}`);
  for (const entitlement of catalogue.entitlements.values()) {
    const snapshot = catalogue.connectors.get(catalogue.resources.get(entitlement.resource)?.connector ?? '');
    if (snapshot === undefined || problems.some((p) => p.startsWith(`connectors.${snapshot.id}`))) continue;
    const where = `entitlements.${entitlement.id}`;
    for (const { path, message } of await connectors.checkScope(snapshot.use, entitlement.scope))
      problems.push(`${where}.scope${at(path)}: ${message}`);
    const { caps } = (await connectors.open(snapshot)).manifest;
    if (entitlement.extension.most > 0 && !caps.extend)
      problems.push(
        `${where}.extension: ${snapshot.use} cannot lengthen what it made; remove the extension, people ask again`,
      );
  }
  if (problems.length > 0) throw new CatalogueConnectorError(file, problems);
}
