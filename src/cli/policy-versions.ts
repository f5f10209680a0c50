import { databaseFile } from '../base.ts';
import { loadConfig } from '../config.ts';
import { logStream } from '../domain/journal.ts';
import { openSqliteReader } from '../store/sqlite/reader.ts';
import { systemClock } from '../system.ts';
import { found } from '../workflows/log/journal.ts';
import { summaryOf } from '../workflows/log/rules-loaded.ts';
import { openVersions } from '../rules/versions.ts';
import { print, table, utc } from './io.ts';

interface Version {
  readonly digest: string;
  readonly at: number;
  readonly cause: 'start' | 'changed' | 'reverted';
  readonly commit: string | null;
  readonly changes: string;
  readonly inForce: boolean;
  /** Whether its files are there to go back to. */
  readonly kept: boolean;
}

/** `countersign policy versions`: every set of rules that came into force, the newest first. */
export async function policyVersions({ json = false }: { json?: boolean }): Promise<void> {
  const versions = (await versionsOnRecord()).toReversed();
  if (json) return print(JSON.stringify(versions, null, 2));
  if (versions.length === 0) return print('No rules have been in force yet.');
  const rows = versions.map(({ digest, at, cause, commit, changes, inForce, kept }) => [
    inForce ? '*' : '',
    digest.slice(0, 12),
    utc(at),
    cause,
    commit?.slice(0, 8) ?? '–',
    kept ? '' : 'gone',
    changes,
  ]);
  print(table(['', 'VERSION', 'SINCE', 'CAUSE', 'COMMIT', 'FILES', 'CHANGES'], rows));
}

async function versionsOnRecord(): Promise<readonly Version[]> {
  const config = loadConfig();
  const { dataFolder, catalogueFile } = config;
  const versions = openVersions({ dataFolder, catalogueFile, now: () => systemClock.now() });
  await using reader = await openSqliteReader(databaseFile(config));
  const seen: Omit<Version, 'inForce'>[] = [];
  for await (const { type, data, meta } of found(reader, { stream: logStream, types: ['RulesLoaded'] }))
    if (type === 'RulesLoaded') {
      const { digest, cause, commit, changes } = data;
      const kept = await versions.has(digest);
      seen.push({ digest, at: meta.at, cause, commit, changes: summaryOf(changes), kept });
    }
  return seen.map((each, index) => ({ ...each, inForce: index === seen.length - 1 }));
}
