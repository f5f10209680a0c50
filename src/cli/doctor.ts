import { access, constants } from 'node:fs/promises';
import { checkCatalogueConnectors } from '../catalogue-connectors.ts';
import { type Config, loadConfig } from '../config.ts';
import { LIMITS } from '../limits.ts';
import { createLogger } from '../logger.ts';
import { openProbes, type Probes } from '../main.ts';
import type { HealthFinding } from '../ports/connector.ts';
import { EXIT, explainError, print } from './io.ts';
import { wrap } from '../practice/steps.ts';

interface Finding extends HealthFinding {
  readonly part: string;
}

/** Looks at everything a start would rely on, without starting; answers what to do about each thing that is wrong. */
export async function doctorCommand({ json }: { json?: boolean }): Promise<void> {
  const findings = await examine();
  if (json) print(JSON.stringify(findings, null, 2));
  else for (const finding of findings) show(finding);
  const errors = findings.filter((finding) => finding.level === 'error').length;
  if (!json) print(errors === 0 ? '\nAll is well.' : `\n${errors} to mend.`);
  process.exitCode = errors === 0 ? EXIT.ok : EXIT.failed;
}

async function examine(): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const check = async <T>(
    part: string,
    run: () => Promise<T>,
    ok: (result: T) => string,
  ): Promise<T | null> => {
    try {
      const result = await run();
      findings.push({ part, level: 'ok', what: ok(result) });
      return result;
    } catch (error) {
      findings.push({ part, level: 'error', what: explainError(error).text });
      return null;
    }
  };
  const config = await check('configuration', async () => loadConfig(), modeOf);
  if (config === null) return findings;
  await check(
    'data folder',
    () => writable(config),
    () => config.dataFolder,
  );
  const probes = await check(
    'keys and catalogue',
    () => openProbes(config, silent),
    (p) => sizeOf(p),
  );
  if (probes === null) return findings;
  try {
    const fits = () => checkCatalogueConnectors(config.catalogueFile, probes.catalogue, probes.connectors);
    if (
      (await check(
        'connectors',
        async () => (await fits(), true),
        () => 'fit the catalogue',
      )) !== null
    )
      findings.push(...(await targets(probes)));
    if (config.chat.kind === 'slack')
      await check(
        'slack',
        () => probes.slackAccount(),
        (account) => account,
      );
  } finally {
    await probes.close();
  }
  return findings;
}

const silent = createLogger({ level: 'silent', format: 'json' });

const modeOf = ({ chat }: Config): string =>
  chat.kind === 'practice' ? 'no Slack settings: practice mode' : `Slack over ${chat.mode}`;

async function writable({ dataFolder }: Config): Promise<void> {
  await access(dataFolder, constants.W_OK).catch(() => access(`${dataFolder}/..`, constants.W_OK));
}

const sizeOf = ({ catalogue }: Probes): string =>
  `${catalogue.entitlements.size} entitlements, ${catalogue.people.size} people, catalogue ${catalogue.digest.slice(0, 12)}`;

/** Each connector looks at its own target, with the scopes that the catalogue uses there. */
async function targets({ catalogue, connectors }: Probes): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const snapshot of catalogue.connectors.values()) {
    const part = `target ${snapshot.id}`;
    const scopes = [...catalogue.entitlements.values()]
      .filter((e) => catalogue.resources.get(e.resource)?.connector === snapshot.id)
      .map((e) => e.scope);
    try {
      const connector = await connectors.open(snapshot);
      const seen = await connector.checkHealth(AbortSignal.timeout(LIMITS.connectorCallTimeoutMs), scopes);
      findings.push(...seen.map((finding) => ({ part, ...finding })));
    } catch (error) {
      findings.push({ part, level: 'error', what: explainError(error).text });
    }
  }
  return findings;
}

const MARK = { ok: '✓', warning: '!', error: '✗' } as const;

function show({ part, level, what, remedy }: Finding): void {
  const [first = '', ...rest] = what.split('\n').flatMap((line) => wrap(line, 56));
  print(`${MARK[level]} ${part.padEnd(20)} ${first}`);
  for (const line of rest) print(`${' '.repeat(23)}${line}`);
  for (const line of remedy === undefined ? [] : wrap(`→ ${remedy}`, 56)) print(`${' '.repeat(23)}${line}`);
}
