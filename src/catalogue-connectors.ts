import type { ConnectorRegistry } from './connectors/registry.ts';
import { LIMITS } from './limits.ts';
import { connectorOf } from './policy/catalogue/connectors.ts';
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
  /** Connectors and entitlements: what rests on them is not looked at. */
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
  // Bundles last: what is wrong with a part is told there, and the whole could not be opened.
  const entitlements = [...catalogue.entitlements.values()].toSorted(
    (x, y) => x.parts.length - y.parts.length,
  );
  for (const entitlement of entitlements) {
    const { id, parts } = entitlement;
    const snapshot = connectorOf(entitlement, catalogue);
    if (snapshot === null || [snapshot.id, ...parts].some((each) => broken.has(each))) broken.add(id);
    else {
      const own = await checkEntitlement(entitlement, snapshot, connectors);
      if (own.length > 0) broken.add(id);
      findings.push(...own);
    }
  }
  if (findings.length > 0) throw await refusalOf(file, findings);
}

async function checkEntitlement(
  { id, scope, extension }: CatalogueEntitlement,
  snapshot: NonNullable<CatalogueEntitlement['connector']>,
  connectors: ConnectorRegistry,
): Promise<readonly Finding[]> {
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
