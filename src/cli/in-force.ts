import { existsSync } from 'node:fs';
import { databaseFile } from '../base.ts';
import type { Config } from '../config.ts';
import { loadRules } from '../policy/load.ts';
import type { Rules } from '../policy/rules.ts';
import type { Catalogue } from '../ports/catalogue.ts';
import { type StartParts, startingRules } from '../rules/start.ts';
import { openVersions } from '../rules/versions.ts';
import { openSqliteReader } from '../store/sqlite/reader.ts';
import { systemClock } from '../system.ts';

/** The rules that the bot has in force, or would start with: not always what the folder says. */
export async function rulesInForce(
  { dataFolder, catalogueFile }: Config,
  log: StartParts['log'],
): Promise<Rules> {
  const versions = openVersions({ dataFolder, catalogueFile, now: () => systemClock.now() });
  return (await startingRules({ catalogueFile, versions, log })).rules;
}

/** The same where no log is open yet, or there is none. */
export async function catalogueInForce(config: Config): Promise<Catalogue> {
  const file = databaseFile(config);
  if (!existsSync(file)) return (await loadRules(config.catalogueFile)).catalogue;
  await using reader = await openSqliteReader(file);
  return (await rulesInForce(config, reader)).catalogue;
}
