import type { ConnectorRegistry } from './connectors/registry.ts';
import { LIMITS } from './limits.ts';
import { refusalOf } from './policy/catalogue.ts';
import type { Catalogue, CatalogueEntitlement } from './ports/catalogue.ts';

interface Finding {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * Every connector's configuration, and every entitlement's scope and extension, against the connector's own rules:
 * at start, before anyone asks for access. Throws CatalogueError; ConnectorFault when a connector does not open.
 */
export async function checkCatalogueConnectors(
  file: string,
  catalogue: Catalogue,
  connectors: ConnectorRegistry,
): Promise<void> {
  const findings: Finding[] = [];
  const broken = new Set<string>();
  for (const { id, use, config } of catalogue.connectors.values()) {
    const problems = await connectors.checkConfig(use, config);
    if (problems.length > 0) broken.add(id);
    // The empty path is the plugin itself.
    const at = (path: Finding['path']) => [
      'connectors',
      id,
      ...(path.length > 0 ? ['config', ...path] : ['use']),
    ];
    findings.push(...problems.map(({ path, message }) => ({ path: at(path), message })));
  }
  for (const entitlement of catalogue.entitlements.values()) {
    const id = catalogue.resources.get(entitlement.resource)?.connector ?? '';
    if (!broken.has(id)) findings.push(...(await checkEntitlement(entitlement, id, catalogue, connectors)));
  }
  if (findings.length > 0) throw await refusalOf(file, findings);
}

async function checkEntitlement(
  { id, scope, extension }: CatalogueEntitlement,
  connectorId: string,
  catalogue: Catalogue,
  connectors: ConnectorRegistry,
): Promise<readonly Finding[]> {
  const snapshot = catalogue.connectors.get(connectorId);
  if (snapshot === undefined) return [];
  const findings: Finding[] = (await connectors.checkScope(snapshot.use, scope)).map(({ path, message }) => ({
    path: ['entitlements', id, 'scope', ...path],
    message,
  }));
  const connector = await connectors.open(snapshot);
  if (findings.length === 0 && connector.describeScope(scope).length > LIMITS.scopeWordsMaxChars)
    findings.push({
      path: ['entitlements', id, 'scope'],
      message: `takes more than ${LIMITS.scopeWordsMaxChars} characters to say; approvers must see all of what they give`,
    });
  const { caps } = connector.manifest;
  if (extension.most === 0 || caps.extend) return findings;
  const message = `${snapshot.use} cannot lengthen what it made; remove the extension, people ask again`;
  return [...findings, { path: ['entitlements', id, 'extension'], message }];
}
