import { z } from 'zod';
import { flatten } from './bundles.ts';
import { isBundle, type Single } from './entitlements.ts';
import type { Entries, Finding } from './entries.ts';
import { explain } from './explain.ts';
import { isZone, type Names } from './fields.ts';
import { membershipsOf } from './groups.ts';
import { type Entry, entrySchemas, headSchema, keyFault, SECTIONS, type Section } from './schema.ts';
import { NO_LIMITS, TERMS, type Terms, termsSchemas } from './terms.ts';

/** The file by its parts. `terms` is null, and entries are missing, where findings say what is wrong with them. */
interface Reading {
  readonly entries: Entries;
  readonly terms: Terms | null;
  readonly findings: readonly Finding[];
}

export function readEntries(value: unknown): Reading {
  const findings: Finding[] = [];
  const parse = <Schema extends z.ZodType>(schema: Schema, part: unknown, at: readonly string[]) => {
    const parsed = schema.safeParse(part, { error: explain });
    if (!parsed.success) findings.push(...parsed.error.issues.flatMap((issue) => splitIssue(issue, at)));
    return parsed;
  };
  parse(headSchema, value, []);
  const names = namesOf(value);
  const schemas = entrySchemas(names);
  const read = <S extends Section>(section: S): ReadonlyMap<string, Entry<S>> => {
    const entries = new Map<string, Entry<S>>();
    for (const [key, entry] of Object.entries(sectionOf(value, section))) {
      const fault = keyFault(section, key);
      if (fault !== null) findings.push({ path: [section, key], part: 'key', message: fault });
      const parsed = parse(schemas[section], entry, [section, key]);
      if (parsed.success) entries.set(key, parsed.data as Entry<S>);
    }
    return entries;
  };
  const sections = {
    people: read('people'),
    groups: read('groups'),
    channels: read('channels'),
    connectors: read('connectors'),
    resources: read('resources'),
    entitlements: read('entitlements'),
    calendars: read('calendars'),
  };
  const terms = readTerms(record.parse(value), names, parse);
  const limits = terms?.limits ?? NO_LIMITS;
  const memberships = membershipsOf(sections.groups);
  return { entries: { ...sections, limits, flat: flattened(sections), memberships }, terms, findings };
}

type Parse = <Schema extends z.ZodType>(
  schema: Schema,
  part: unknown,
  at: readonly string[],
) => z.ZodSafeParseResult<z.output<Schema>>;

function readTerms(head: Record<string, unknown>, names: Names, parse: Parse): Terms | null {
  const schemas = termsSchemas(names);
  const read = TERMS.map((term) => [term, parse(schemas[term], head[term], [term])] as const);
  if (read.some(([, parsed]) => !parsed.success)) return null;
  return Object.fromEntries(read.map(([term, parsed]) => [term, parsed.data])) as Terms;
}

function flattened(sections: Pick<Entries, Section>): ReadonlyMap<string, Single> {
  const flat = new Map<string, Single>();
  for (const [id, entry] of sections.entitlements) {
    const single = isBundle(entry) ? flatten(entry, sections) : entry;
    if (single !== null) flat.set(id, single);
  }
  return flat;
}

const record = z.record(z.string(), z.unknown()).catch({});
const sectionOf = (value: unknown, section: string) => record.parse(record.parse(value)[section]);

function namesOf(value: unknown): Names {
  const keys = Object.fromEntries(
    SECTIONS.map((section) => [section, Object.keys(sectionOf(value, section))]),
  ) as Record<Section, string[]>;
  const environments = Object.values(sectionOf(value, 'resources')).map(
    (resource) => record.parse(resource)['environment'],
  );
  const { zone } = record.parse(value);
  return {
    ...keys,
    teams: z.array(z.string()).catch([]).parse(sectionOf(value, 'slack')['teams']),
    environments: [...new Set(environments.filter((each) => typeof each === 'string'))],
    zone: isZone(zone) ? zone : 'UTC',
  };
}

/** Unknown keys come as one issue with a line for each; everything else is one problem. */
function splitIssue(issue: z.core.$ZodIssue, prefix: readonly string[]): Finding[] {
  const path = [...prefix, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, index) => {
      return { path: [...path, key], part: 'key', message: messages[index] ?? 'unknown key' };
    });
  }
  const part = issue.code === 'custom' && issue.params?.['part'] === 'key' ? ({ part: 'key' } as const) : {};
  return [{ path, ...part, message: issue.message }];
}
