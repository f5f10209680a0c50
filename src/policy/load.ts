import { basename, dirname, join } from 'node:path';
import { LIMITS } from '../limits.ts';
import type { CatalogueProblem } from '../ports/catalogue.ts';
import { readBounded, textOf } from './bounded-file.ts';
import type { Calendars } from './calendar/calendars.ts';
import { readCalendars } from './calendar/read-calendars.ts';
import { catalogueText, digestOf, type OpenCatalogue, openCatalogue } from './catalogue.ts';
import { literalsOf } from './cedar/literals.ts';
import { parsePolicies } from './cedar/parse.ts';
import type { Policies } from './cedar/policies.ts';
import { CANONICAL_SCHEMA } from './cedar/schema.ts';
import { problemOf, refusal } from './problems.ts';
import { overrideErrors, tellingOnlyErrors } from './rule-checks.ts';
import { calendarFilesOf, readBeside, USUAL_FOLDER, unnamedPolicies } from './rule-files.ts';
import type { Rules } from './rules.ts';

type Files = ReadonlyMap<string, Uint8Array>;
type Texts = ReadonlyMap<string, string>;
type Problems = readonly CatalogueProblem[];

/**
 * Reads and checks a folder of rules: the catalogue, and the policies and calendars that it names. Throws
 * CatalogueError with every problem in any of them; while the catalogue has some, the others wait for the next run.
 */
export async function loadRules(catalogueFile: string): Promise<Rules> {
  const read = await readBounded(catalogueFile, LIMITS.catalogueMaxBytes);
  const open = openCatalogue(catalogueText(catalogueFile, read), catalogueFile);
  const { files, problems } = await readBeside(dirname(catalogueFile), open);
  const own: Files = 'bytes' in read ? new Map([[basename(catalogueFile), read.bytes]]) : new Map();
  return assembled(open, new Map([...own, ...files]), catalogueFile, problems);
}

/** As `loadRules`, of files by their paths from the folder. `name`: the catalogue, as messages call it. */
export function rulesFromFiles(files: Files, name: string): Rules {
  const bytes = files.get(basename(name));
  const open = openCatalogue(catalogueText(name, bytes ? { bytes } : { fault: 'is not there' }), name);
  const forgotten = !open.namesPolicies && [...files.keys()].some((path) => dirname(path) === USUAL_FOLDER);
  return assembled(open, files, name, forgotten ? [unnamedPolicies(open)] : []);
}

function assembled(open: OpenCatalogue, files: Files, name: string, unread: Problems): Rules {
  const { catalogue } = open;
  const shownAs = (path: string) => join(dirname(name), path);
  const icsNames = calendarFilesOf(open);
  const cedar = textsOf(files, (path) => isPolicy(path, catalogue.policies), shownAs);
  const ics = textsOf(files, (path) => icsNames.has(path), shownAs);
  const policies = policiesIn(cedar.texts, open, shownAs);
  const calendars = calendarsIn(ics.texts, open);
  const problems = [
    ...unread,
    ...cedar.problems,
    ...ics.problems,
    ...policies.problems,
    ...calendars.problems,
  ];
  if (problems.length > 0 || calendars.read === null) throw refusal(name, problems);
  const used = [basename(name), ...cedar.texts.keys(), ...ics.texts.keys()];
  return {
    catalogue,
    policies: policies.read,
    calendars: calendars.read,
    digest: digestOf(meaning(catalogue.digest, policies.read, ics.texts)),
    files: new Map([...files].filter(([path]) => used.includes(path))),
  };
}

const isPolicy = (path: string, folder: string | null): boolean =>
  dirname(path) === folder && path.endsWith('.cedar');

/** In the order of their paths, whatever order they came in. */
function textsOf(
  files: Files,
  wanted: (path: string) => boolean,
  shownAs: (path: string) => string,
): { readonly texts: Texts; readonly problems: Problems } {
  const texts = new Map<string, string>();
  const problems: CatalogueProblem[] = [];
  for (const path of [...files.keys()].filter(wanted).sort()) {
    const read = textOf(files.get(path) ?? new Uint8Array());
    if ('text' in read) texts.set(path, read.text);
    else problems.push(problemOf(shownAs(path), read.fault));
  }
  return { texts, problems };
}

function policiesIn(
  texts: Texts,
  open: OpenCatalogue,
  shownAs: (path: string) => string,
): { readonly read: Policies | null; readonly problems: Problems } {
  const { catalogue } = open;
  const overrides = (policies: Policies | null) => overrideErrors(catalogue, policies).map(open.problem);
  if (catalogue.policies === null) return { read: null, problems: overrides(null) };
  if (texts.size === 0) {
    const message = `no .cedar file in ${catalogue.policies}/ beside the catalogue can be read, and what no policy permits is forbidden; expected some, or none`;
    return { read: null, problems: [open.problem({ path: ['policies'], message })] };
  }
  const byShown = new Map([...texts].map(([path, text]) => [shownAs(path), text]));
  const { policies, problems } = parsePolicies(byShown, literalsOf(catalogue));
  if (policies === null) return { read: null, problems };
  const telling = tellingOnlyErrors(catalogue, policies).map(({ rule, message }) => ({
    ...problemOf(rule.file, message),
    line: rule.line,
    path: rule.id,
  }));
  return { read: policies, problems: [...overrides(policies), ...telling] };
}

function calendarsIn(
  texts: Texts,
  open: OpenCatalogue,
): { readonly read: Calendars | null; readonly problems: Problems } {
  const { calendars, zone } = open.catalogue;
  const read = readCalendars(calendars, texts, zone);
  return read.ok
    ? { read: read.calendars, problems: [] }
    : { read: null, problems: read.problems.map(open.problem) };
}

/** What counts for the digest: how a policy is laid out, in which file it stands, or how lines end does not. */
function meaning(catalogue: string, policies: Policies | null, ics: Texts) {
  const rules = [...(policies?.rules ?? [])].map(([id, { json }]) => [id, json] as const);
  const calendars = [...ics].map(([file, text]) => [file, text.replaceAll('\r\n', '\n')] as const);
  return {
    catalogue,
    schema: policies === null ? null : CANONICAL_SCHEMA,
    policies: new Map(rules),
    calendars: new Map(calendars),
  };
}
