import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkCatalogueConnectors } from '../src/catalogue-connectors.ts';
import { openProbes, type Probes } from '../src/cli/probes.ts';
import { loadConfig } from '../src/config.ts';
import { createLogger } from '../src/logger.ts';

const EXAMPLE = new URL('../manifests/access/catalogue.yaml', import.meta.url);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-catalogue-'));
  await cp(new URL('policies', EXAMPLE), join(folder, 'policies'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What is said of the example catalogue after one edit; null when nothing is. */
async function saidOf(from: string, to: string): Promise<string | null> {
  const file = join(folder, 'catalogue.yaml');
  const text = await readFile(EXAMPLE, 'utf8');
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
  const overrides = {
    COUNTERSIGN_DATA: join(folder, 'data'),
    COUNTERSIGN_CATALOGUE: file,
    SHOP_ADMIN_URL: 'postgres://admin:secret@127.0.0.1:1/shop',
  };
  const config = loadConfig({}, { envFile: null, overrides });
  const probes: Probes = await openProbes(config, createLogger({ level: 'silent', format: 'json' }));
  try {
    await checkCatalogueConnectors(file, probes.catalogue, probes.connectors);
    return null;
  } catch (error) {
    return (error as Error).message.replaceAll(folder, '');
  } finally {
    await probes.close();
  }
}

it('has nothing to say of the example', async () => {
  expect(await saidOf('version: 1', 'version: 1')).toBeNull();
});

it('names file, line and key of a scope that the connector does not know', async () => {
  const said = await saidOf('role: shop_ro }', 'roll: shop_ro }');
  expect(said).toMatch(/^\/catalogue\.yaml cannot be used: \d problems?$/m);
  expect(said).toMatch(/^\/catalogue\.yaml:\d+:\d+ entitlements\.orders-db:read\.scope/m);
});

it('names an extension of what cannot be lengthened', async () => {
  const said = await saidOf(
    'scope: { audience: reports-api',
    'extension: { longest: 30m, times: 1, consent: automatic }\n    scope: { audience: reports-api',
  );
  expect(said).toContain('entitlements.reports-api:read.extension: signed-jwt cannot lengthen what it made');
});

it('names a scope too long to be shown whole to those who give it', async () => {
  const from = 'scope: { audience: reports-api, scope: ';
  const said = await saidOf(
    from,
    `${from.replace('reports-api', `https://${'reports.'.repeat(20)}example`)}`,
  );
  expect(said).toBeNull();
  const words = Array.from({ length: 60 }, (_, i) => `word${i}`).join(' ');
  const long = await saidOf(from, `scope: { audience: reports-api, scope: '${words}' }\n    #`);
  expect(long).toMatch(
    /entitlements\.reports-api:read\.scope: takes more than 380 characters to say; approvers must see all/,
  );
});

it('names a connector that is not there, once, and not each entitlement on it', async () => {
  const said = await saidOf('use: signed-jwt', 'use: ./no-such-plugin.js');
  expect(said).toContain('1 problem');
  expect(said).toMatch(/connectors\.tokens\.use: connector \.\/no-such-plugin\.js could not be loaded/);
});
