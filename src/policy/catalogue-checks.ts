import { formatDuration } from '../domain/duration.ts';
import type { Classification, Stage } from '../domain/values.ts';
import type { Entry, Section } from './catalogue-schema.ts';
import { firstUnfillable } from './consent.ts';
import type { Path } from './problems.ts';

/** The entries that have the right shape; what names an entry that has not is left for the next run. */
export type Entries = { readonly [S in Section]: ReadonlyMap<string, Entry<S>> };

/** Something wrong, and where: a path from the top of the file. */
export interface Finding {
  readonly path: Path;
  /** Set where the key itself is wrong, not what stands under it. */
  readonly part?: 'key';
  readonly message: string;
}

/** Classifications for which an entitlement may be given without anyone's consent. */
const AUTOMATIC: readonly Classification[] = ['public', 'internal'];

/** Rules that look at more than one value. Errors: the catalogue is refused. */
export function errorsIn(entries: Entries): readonly Finding[] {
  const found = [...peopleErrors(entries)];
  for (const [id, entitlement] of entries.entitlements) {
    for (const check of ENTITLEMENT_CHECKS) {
      for (const { path, message } of check(entitlement, entries)) {
        found.push({ path: ['entitlements', id, ...path], message });
      }
    }
  }
  return found;
}

function* peopleErrors({ people }: Entries): Generator<Finding> {
  const holders = new Map<string, string>();
  for (const [key, person] of people) {
    const marks = person.accounts.slack.map(
      ({ team, user }) => [`account ${team}/${user}`, 'accounts'] as const,
    );
    const mail =
      person.email === undefined ? [] : [[`e-mail ${person.email.toLowerCase()}`, 'email'] as const];
    for (const [mark, field] of [...marks, ...mail]) {
      const holder = holders.get(mark);
      if (holder !== undefined) {
        const path = field === 'accounts' ? ['people', key, field, 'slack'] : ['people', key, field];
        yield { path, message: `${mark} is already given to ${holder}; one human is one person` };
      } else holders.set(mark, key);
    }
  }
}

type Entitlement = Entry<'entitlements'>;
type Check = (entitlement: Entitlement, entries: Entries) => Generator<Finding>;

const ENTITLEMENT_CHECKS: readonly Check[] = [
  consentIsGiven,
  automaticIsAllowed,
  stagesAreDistinct,
  quorumsFit,
  stagesFitTogether,
  durationsFit,
];

function* consentIsGiven({ stages, approval }: Entitlement): Generator<Finding> {
  if (stages.length === 0 && approval === undefined) {
    yield {
      path: ['stages'],
      message:
        'none, so nobody could consent; expected a stage (or "approval: automatic", for public and internal)',
    };
  }
  if (stages.length > 0 && approval !== undefined) {
    yield { path: ['approval'], message: 'automatic contradicts the stages; keep one of the two' };
  }
}

function* automaticIsAllowed(
  { approval, resource }: Entitlement,
  { resources }: Entries,
): Generator<Finding> {
  const level = resources.get(resource)?.classification;
  if (approval === undefined || level === undefined || AUTOMATIC.includes(level)) return;
  yield {
    path: ['approval'],
    message: `automatic is refused because ${resource} is ${level}: rule automatic-approval allows ${AUTOMATIC.join(' and ')} only; expected stages`,
  };
}

function* stagesAreDistinct({ stages }: Entitlement): Generator<Finding> {
  for (const [index, { name }] of stages.entries()) {
    if (stages.findIndex((other) => other.name === name) < index) {
      yield { path: ['stages', index, 'name'], message: `"${name}" is the name of two stages` };
    }
  }
}

function* quorumsFit({ stages }: Entitlement, { groups }: Entries): Generator<Finding> {
  for (const [index, { group, quorum }] of stages.entries()) {
    const size = groups.get(group)?.members.length;
    if (size !== undefined && quorum > size) {
      const members = size === 1 ? '1 member' : `${size} members`;
      yield {
        path: ['stages', index, 'quorum'],
        message: `${quorum} cannot be reached: ${group} has ${members}`,
      };
    }
  }
}

/** Each quorum fits its group, and yet there are too few people for all of them together. */
function* stagesFitTogether({ stages }: Entitlement, { groups }: Entries): Generator<Finding> {
  const members = stages.map(({ group }) => groups.get(group)?.members);
  const known = members.filter((each) => each !== undefined);
  if (known.length < stages.length || stages.some(({ quorum }, i) => quorum > (known[i]?.length ?? 0)))
    return;
  const stage = firstUnfillable(stages, known);
  if (stage === null) return;
  const total = stages.reduce((sum, { quorum }) => sum + quorum, 0);
  yield {
    path: ['stages', stage],
    message: `cannot be filled: one person counts once, and the stages need ${total} different people between them`,
  };
}

function* durationsFit(entitlement: Entitlement): Generator<Finding> {
  const { longest, warn, durations = [], extension } = entitlement;
  const cap = `longest, ${formatDuration(longest)}`;
  if (warn !== undefined && warn >= longest) {
    yield { path: ['warn'], message: `${formatDuration(warn)} is not shorter than ${cap}` };
  }
  for (const [index, ms] of durations.entries()) {
    const path = ['durations', index];
    if (ms > longest) yield { path, message: `${formatDuration(ms)} is beyond ${cap}` };
    if (durations.indexOf(ms) < index) yield { path, message: `${formatDuration(ms)} is listed twice` };
  }
  if (extension !== undefined && extension.longest > longest) {
    yield {
      path: ['extension', 'longest'],
      message: `${formatDuration(extension.longest)} is beyond ${cap}`,
    };
  }
}

/** Warnings: members of a requesters' group for whom too few others could consent. They are refused when they ask. */
export function warningsIn({ entitlements, groups }: Entries): readonly Finding[] {
  const members = (group: string) => groups.get(group)?.members ?? [];
  return [...entitlements].flatMap(([id, { stages, requesters }]) => {
    const people = new Set(requesters.flatMap(members));
    const stuck = [...people].filter((person) => unfillableWithout(person, stages, members) !== null);
    if (stuck.length === 0) return [];
    const names = `${stuck.slice(0, 5).join(', ')}${stuck.length > 5 ? ` and ${stuck.length - 5} more` : ''}`;
    const message = `${names} may ask, but without them too few people are left to consent`;
    return [{ path: ['entitlements', id, 'stages'], message }];
  });
}

export const unfillableWithout = (
  requester: string,
  stages: readonly Stage[],
  members: (group: string) => readonly string[],
): number | null =>
  firstUnfillable(
    stages,
    stages.map(({ group }) => members(group).filter((member) => member !== requester)),
  );
