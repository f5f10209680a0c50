import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import type { Catalogue, CatalogueEntitlement, CatalogueProblem } from '../ports/catalogue.ts';
import { type Entries, errorsIn, type Finding, warningsIn } from './catalogue-checks.ts';
import {
  auditSchema,
  type Entry,
  entrySchemas,
  explain,
  headSchema,
  keyFault,
  type Names,
  type Section,
} from './catalogue-schema.ts';
import { CatalogueError, formatPath } from './problems.ts';
import { readYaml, type YamlTree } from './yaml-tree.ts';

/** Reads and checks the catalogue. Throws CatalogueError with every problem found, in the file's order. */
export async function loadCatalogue(file: string): Promise<Catalogue> {
  return parseCatalogue(await readBounded(file), file);
}

/** As `loadCatalogue`, for a text; `file` is how messages name it. */
export function parseCatalogue(text: string, file: string): Catalogue {
  const tree = readYaml(text);
  const problem = placed(tree, file);
  const syntax = tree.problems.map(({ place, path, message }) => ({
    file,
    ...place,
    path: formatPath(path),
    message,
  }));
  if (tree.value === undefined && syntax.length > 0) throw refusal(file, syntax);

  const { entries, findings } = readEntries(tree.value);
  const problems = [...syntax, ...[...findings, ...errorsIn(entries)].map(problem)];
  if (problems.length > 0) throw refusal(file, problems);
  return build(tree.value, entries, warningsIn(entries).map(problem));
}

/** What others found wrong in a catalogue that loads, with its places in the file. */
export async function refusalOf(file: string, findings: readonly Finding[]): Promise<CatalogueError> {
  const tree = readYaml(await readBounded(file));
  return refusal(file, findings.map(placed(tree, file)));
}

const placed =
  (tree: YamlTree, file: string) =>
  ({ path, part, message }: Finding): CatalogueProblem => ({
    file,
    ...tree.placeOf(path, part),
    path: formatPath(path),
    message,
  });

function refusal(file: string, problems: readonly CatalogueProblem[]): CatalogueError {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const kept = sorted.slice(0, LIMITS.catalogueProblemsMax);
  return new CatalogueError(file, kept, sorted.length - kept.length);
}

async function readBounded(file: string): Promise<string> {
  const refuse = (message: string) => refusal(file, [{ file, line: 1, column: 1, path: '', message }]);
  try {
    await using handle = await open(file, 'r');
    const buffer = Buffer.alloc(LIMITS.catalogueMaxBytes + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > LIMITS.catalogueMaxBytes) {
      throw refuse(`is larger than ${LIMITS.catalogueMaxBytes} bytes; expected one hand-written file`);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead));
  } catch (error) {
    if (error instanceof CatalogueError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw refuse('is not UTF-8 text');
    throw refuse(`cannot be read (${code}); expected a file that this process may read`);
  }
}

const SECTIONS = ['people', 'groups', 'channels', 'connectors', 'resources', 'entitlements'] as const;

function readEntries(value: unknown): { entries: Entries; findings: Finding[] } {
  const head = headSchema.safeParse(value, { error: explain });
  const findings = head.success ? [] : head.error.issues.flatMap((issue) => splitIssue(issue, []));
  const raw = Object.fromEntries(SECTIONS.map((section) => [section, sectionOf(value, section)]));
  const keys = (section: Section) => Object.keys(raw[section] ?? {});
  const schemas = entrySchemas({ ...namesOf(keys), teams: teamsOf(value) });

  const read = <S extends Section>(section: S): ReadonlyMap<string, Entry<S>> => {
    const entries = new Map<string, Entry<S>>();
    for (const [key, entry] of Object.entries(raw[section] ?? {})) {
      const fault = keyFault(section, key);
      if (fault !== null) findings.push({ path: [section, key], part: 'key', message: fault });
      const parsed = schemas[section].safeParse(entry, { error: explain });
      if (parsed.success) entries.set(key, parsed.data as Entry<S>);
      else findings.push(...parsed.error.issues.flatMap((issue) => splitIssue(issue, [section, key])));
    }
    return entries;
  };
  const entries = {
    people: read('people'),
    groups: read('groups'),
    channels: read('channels'),
    connectors: read('connectors'),
    resources: read('resources'),
    entitlements: read('entitlements'),
  };
  const audit = auditSchema(keys('channels')).safeParse(record.parse(value)['audit'], { error: explain });
  if (!audit.success) findings.push(...audit.error.issues.flatMap((issue) => splitIssue(issue, ['audit'])));
  return { entries, findings };
}

const namesOf = (keys: (section: Section) => readonly string[]): Omit<Names, 'teams'> => ({
  people: keys('people'),
  groups: keys('groups'),
  channels: keys('channels'),
  connectors: keys('connectors'),
  resources: keys('resources'),
});

const record = z.record(z.string(), z.unknown()).catch({});
const sectionOf = (value: unknown, section: string) => record.parse(record.parse(value)[section]);
const teamsOf = (value: unknown) => z.array(z.string()).catch([]).parse(sectionOf(value, 'slack')['teams']);

/** Unknown keys come as one issue with a line for each; everything else is one problem. */
function splitIssue(issue: z.core.$ZodIssue, prefix: readonly string[]): Finding[] {
  const path = [...prefix, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  const messages = issue.message.split('\n');
  return issue.keys.map((key, index) => {
    return { path: [...path, key], part: 'key', message: messages[index] ?? 'unknown key' };
  });
}

function build(value: unknown, entries: Entries, warnings: readonly CatalogueProblem[]): Catalogue {
  const { zone, slack, audit: terms } = headSchema.parse(value);
  const audit = auditSchema([...entries.channels.keys()]).parse(terms);
  const content = {
    zone,
    slackTeams: slack.teams,
    audit: { channel: audit.channel ?? null, retentionMs: audit.retention },
    people: map(entries.people, (key, { name, email = null, accounts, operator, auditor }) => ({
      key,
      name,
      email,
      accounts: accounts.slack,
      operator,
      auditor,
    })),
    groups: map(entries.groups, (key, { title, members, channel = null }) => ({
      key,
      title,
      members,
      channel,
    })),
    channels: map(entries.channels, (key, { slack: conversation }) => ({
      key,
      platform: 'slack' as const,
      conversation,
    })),
    connectors: map(entries.connectors, (id, { use, config }) => ({ id, use, config })),
    resources: map(entries.resources, (key, { data = null, ...resource }) => ({ key, ...resource, data })),
    entitlements: map(entries.entitlements, buildEntitlement),
  };
  return { ...content, digest: digestOf(content), warnings };
}

const map = <In, Out>(entries: ReadonlyMap<string, In>, make: (key: string, entry: In) => Out) =>
  new Map([...entries].map(([key, entry]) => [key, make(key, entry)]));

const WARN_MS = 10 * 60_000;

function buildEntitlement(id: string, entry: Entry<'entitlements'>): CatalogueEntitlement {
  const { longest, extension } = entry;
  return {
    id,
    title: entry.title,
    description: entry.description,
    resource: entry.resource,
    scope: entry.scope,
    longestMs: longest,
    durationsMs: (entry.durations ?? [longest]).toSorted((a, b) => a - b),
    // Ten minutes' notice, and never more than a quarter of the time there is.
    warnBeforeMs: entry.warn ?? Math.min(WARN_MS, Math.ceil(longest / 4)),
    lapseAfterMs: entry.lapse,
    remindEveryMs: entry.remind,
    requesters: entry.requesters,
    consent: {
      stages: entry.stages,
      order: entry.order,
      autoApprovedBy: entry.approval === 'automatic' ? `${ruleOf(id)}/automatic` : null,
    },
    justification: { template: entry.justification.template, minimumLength: entry.justification.minimum },
    ticket: entry.ticket,
    extension: {
      longestMs: extension?.longest ?? longest,
      most: extension?.times ?? 0,
      automatic: extension?.consent === 'automatic',
    },
  };
}

/** Id of the catalogue's rule for an entitlement, as it stands in a policy stamp. */
export const ruleOf = (entitlement: string) => `catalogue/${entitlement}`;

/** SHA-256 in hex of what the file says, in whatever order its keys stand. */
export const digestOf = (content: unknown) => createHash('sha256').update(canonical(content)).digest('hex');

/** JSON with sorted keys and no spaces; a Map is written as an object. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => {
    const object = each instanceof Map ? Object.fromEntries(each) : each;
    if (typeof object !== 'object' || object === null || Array.isArray(object)) return object;
    return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
