import { existsSync } from 'node:fs';
import { databaseFile } from '../base.ts';
import type { Config } from '../config.ts';
import { formatDuration } from '../domain/duration.ts';
import { createDirectory } from '../identity/directory.ts';
import type { Rules } from '../policy/rules.ts';
import type { Catalogue, CatalogueGroup } from '../ports/catalogue.ts';
import type { HealthFinding } from '../ports/connector.ts';
import type { Directory } from '../ports/directory.ts';
import { openSqliteReader, type Reader } from '../store/sqlite/reader.ts';
import { rulesOnRecord } from '../workflows/log/rules-loaded.ts';

export interface RulesFinding extends HealthFinding {
  readonly part: string;
}

/** Whether the folder is what is in force, and how old it is what groups from elsewhere are known by. */
export async function rulesFindings(
  config: Config,
  { digest, catalogue }: Rules,
  now: number,
): Promise<readonly RulesFinding[]> {
  const file = databaseFile(config);
  if (!existsSync(file)) return [];
  await using reader = await openSqliteReader(file);
  const directory = createDirectory({
    catalogue: () => catalogue,
    groups: reader.groups,
    scim: reader.scim,
    now: () => now,
  });
  const elsewhere = [...catalogue.groups.values()].filter(({ source }) => source.kind !== 'catalogue');
  const groups = elsewhere.map((group) => groupFinding(group, directory, reader, now));
  const found = [await inForce(reader, digest), ...(await Promise.all(groups))];
  return [...found, ...unheardLinks(config, catalogue)];
}

async function inForce(reader: Reader, digest: string): Promise<RulesFinding> {
  const part = 'rules in force';
  const onRecord = await rulesOnRecord(reader);
  const said = onRecord?.digest.slice(0, 12) ?? 'none yet';
  if (onRecord === null || onRecord.digest === digest)
    return { part, level: 'ok', what: onRecord === null ? said : `${said}, as the folder says` };
  if (onRecord.revertedFrom === digest)
    return {
      part,
      level: 'warning',
      what: `${said}: an operator went back to them from what the folder says`,
      remedy: 'change the folder to what shall be in force, or see countersign policy versions',
    };
  return {
    part,
    level: 'ok',
    what: `${said}; the folder says something else, which counts within seconds while the bot runs`,
  };
}

/** Who is linked to a user that no provider can push is nobody. */
function unheardLinks({ scimTokens }: Config, { people }: Catalogue): readonly RulesFinding[] {
  const linked = [...people.values()].filter(({ links }) => links.scim !== null).map(({ key }) => key);
  if (linked.length === 0 || scimTokens.length > 0) return [];
  const names = linked.slice(0, 5).join(', ') + (linked.length > 5 ? ` and ${linked.length - 5} more` : '');
  return [
    {
      part: 'people',
      level: 'error',
      what: `${names}: linked by SCIM, and no provider may push: they are refused`,
      remedy: 'set COUNTERSIGN_SCIM_TOKEN, or take their links.scim out of the catalogue',
    },
  ];
}

async function groupFinding(
  { key, source }: CatalogueGroup,
  directory: Directory,
  reader: Reader,
  now: number,
): Promise<RulesFinding> {
  const part = `group ${key}`;
  const state = await directory.group(key, now);
  if (state.kind === 'known') {
    const asOf = await heardAt(source, reader);
    const age = asOf === null ? '' : `, known as of ${formatDuration(Math.max(0, now - asOf))} ago`;
    return { part, level: 'ok', what: `${state.members.length} members by ${source.kind}${age}` };
  }
  if (state.kind === 'unknown')
    return {
      part,
      level: 'error',
      what: `${source.kind} has no such group: nobody is a member`,
      remedy: 'mend its source in the catalogue',
    };
  const since =
    state.ageMs === null ? 'nothing was ever heard' : `the last was heard ${formatDuration(state.ageMs)} ago`;
  return {
    part,
    level: 'error',
    what: `of ${source.kind} ${since}: nobody is a member`,
    remedy: 'see that the source can be reached; the log of the bot says what it answers',
  };
}

async function heardAt(source: CatalogueGroup['source'], { groups, scim }: Reader): Promise<number | null> {
  if (source.kind === 'catalogue') return null;
  if (source.kind === 'scim') return scim.contactAt();
  const name = source.kind === 'ldap' ? source.dn : source.id;
  return (await groups.snapshot(source.kind, name))?.asOf ?? null;
}
