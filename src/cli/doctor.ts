import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkCatalogueConnectors } from '../catalogue-connectors.ts';
import { type Config, loadConfig } from '../config.ts';
import { LIMITS } from '../limits.ts';
import { createLogger } from '../logger.ts';
import { systemClock } from '../system.ts';
import { anchorFindings } from './anchor-findings.ts';
import { rulesFindings } from './rules-findings.ts';
import { openProbes, type Probes } from './probes.ts';
import { connectorOf } from '../policy/catalogue/connectors.ts';
import { ConnectorFault, type HealthFinding } from '../ports/connector.ts';
import { EXIT, explainError, folded, print } from './io.ts';
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
    excuse: (error: unknown) => HealthFinding | null = () => null,
  ): Promise<T | null> => {
    try {
      const result = await run();
      findings.push({ part, level: 'ok', what: ok(result) });
      return result;
    } catch (error) {
      const wrong = { level: 'error', what: explainError(error).text } as const;
      findings.push({ part, ...(excuse(error) ?? wrong) });
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
    'keys and rules',
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
        (error) => (config.chat.kind === 'practice' ? unset(error) : null),
      )) !== null
    )
      findings.push(...(await targets(probes)));
    findings.push(...(await aged(config, probes)));
    findings.push(...(await anchors(config, probes)));
    if (config.chat.kind === 'slack') {
      const account = await check(
        'slack',
        () => probes.slackAccount(),
        ({ teamId, botUserId }) => `user ${botUserId} of team ${teamId}`,
      );
      findings.push(...scopesMissing(account?.missingScopes ?? []));
    }
  } finally {
    await probes.close();
  }
  return findings;
}

const scopesMissing = (missing: readonly string[]): readonly Finding[] =>
  missing.length === 0
    ? []
    : [
        {
          part: 'slack scopes',
          level: 'error',
          what: `the app lacks ${missing.join(', ')}`,
          remedy: 'install it again from manifests/slack/manifest.yaml',
        },
      ];

const silent = createLogger({ level: 'silent', format: 'json' });

/** Practice brings a target of its own: what the catalogue names need not be set before there is a real one. */
function unset(error: unknown): HealthFinding | null {
  const name = error instanceof ConnectorFault ? /^env:(\S+) is not set/.exec(error.message)?.[1] : undefined;
  if (name === undefined) return null;
  const what = `${name} is not set; practice mode brings a database of its own, so no target was looked at`;
  return {
    level: 'warning',
    what,
    remedy: `to check a real target, set ${name} in the environment or in .env`,
  };
}

const modeOf = ({ chat }: Config): string =>
  chat.kind === 'practice' ? 'no Slack settings: practice mode' : `Slack over ${chat.mode}`;

async function writable({ dataFolder }: Config): Promise<void> {
  await access(dataFolder, constants.W_OK).catch(() => access(dirname(dataFolder), constants.W_OK));
}

const sizeOf = ({ rules, catalogue }: Probes): string =>
  `${catalogue.entitlements.size} entitlements, ${catalogue.people.size} people, ${policiesOf(rules)}, rules ${rules.digest.slice(0, 12)}`;

const policiesOf = ({ policies }: Probes['rules']): string =>
  policies === null ? 'no policies' : `${policies.rules.size} policies`;

/** Each connector looks at its own target, with the scopes that the catalogue uses there. */
async function targets({ catalogue, connectors }: Probes): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const snapshot of catalogue.connectors.values()) {
    const part = `target ${snapshot.id}`;
    const scopes = [...catalogue.entitlements.values()]
      .filter((each) => connectorOf(each, catalogue)?.id === snapshot.id)
      .map(({ scope }) => scope);
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

/** How old it is what groups from elsewhere are known by, and which rules the log knows of as in force. */
async function aged(config: Config, probes: Probes): Promise<readonly Finding[]> {
  try {
    return await rulesFindings(config, probes.rules, systemClock.now());
  } catch (error) {
    return [{ part: 'rules', level: 'error', what: explainError(error).text }];
  }
}

async function anchors(config: Config, { catalogue }: Probes): Promise<readonly Finding[]> {
  try {
    const seen = await anchorFindings(config, catalogue, systemClock.now());
    return seen.map((finding) => ({ part: 'anchors', ...finding }));
  } catch (error) {
    return [{ part: 'anchors', level: 'error', what: explainError(error).text }];
  }
}

const MARK = { ok: '✓', warning: '!', error: '✗' } as const;

function show({ part, level, what, remedy }: Finding): void {
  const [first = '', ...rest] = folded(what, 56).split('\n');
  print(`${MARK[level]} ${part.padEnd(20)} ${first}`);
  for (const line of rest) print(`${' '.repeat(23)}${line}`);
  for (const line of remedy === undefined ? [] : wrap(`→ ${remedy}`, 56)) print(`${' '.repeat(23)}${line}`);
}
