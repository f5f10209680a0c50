import { formatDuration } from '../../domain/duration.ts';
import type { Classification } from '../../domain/values.ts';
import { expectedOneOf, shown } from '../problems.ts';
import { candidatesOf, unfillable } from './candidates.ts';
import { isBundle, roleIn, type Single } from './entitlements.ts';
import type { Entries, Finding } from './entries.ts';
import { tellingOnly } from './group-checks.ts';

/** Paths are from the entitlement on. */
type Check = (entitlement: Single, entries: Entries) => Generator<Finding>;

/** Rules for an entitlement of one thing. */
export const SINGLE_CHECKS: readonly Check[] = [
  consentIsGiven,
  automaticIsAllowed,
  stagesAreDistinct,
  groupsCount,
  rolesAreHeld,
  escalationsFit,
  quorumsFit,
  stagesFitTogether,
  durationsFit,
  exceptionsFit,
];

/** Classifications for which an entitlement may be given without anyone's consent. */
const AUTOMATIC: readonly Classification[] = ['public', 'internal'];

function* consentIsGiven({ stages, approval }: Single): Generator<Finding> {
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

function* automaticIsAllowed({ approval, resource }: Single, { resources }: Entries): Generator<Finding> {
  const level = resources.get(resource)?.classification;
  if (approval === undefined || level === undefined || AUTOMATIC.includes(level)) return;
  yield {
    path: ['approval'],
    message: `automatic is refused because ${resource} is ${level}: rule automatic-approval allows ${AUTOMATIC.join(' and ')} only; expected stages`,
  };
}

function* stagesAreDistinct({ stages }: Single): Generator<Finding> {
  for (const [index, { name }] of stages.entries()) {
    if (stages.findIndex((other) => other.name === name) < index) {
      yield { path: ['stages', index, 'name'], message: `"${name}" is the name of two stages` };
    }
  }
}

export function* groupsCount({ requesters, stages }: Single, entries: Entries): Generator<Finding> {
  for (const [index, group] of requesters.entries())
    yield* tellingOnly(group, ['requesters', index], entries);
  for (const [index, { group, escalation }] of stages.entries()) {
    yield* tellingOnly(group, ['stages', index, 'group'], entries);
    yield* tellingOnly(escalation?.group, ['stages', index, 'escalate', 'to'], entries);
  }
}

function* rolesAreHeld({ stages, resource }: Single, { resources }: Entries): Generator<Finding> {
  const where = resources.get(resource);
  for (const [index, { group }] of stages.entries()) {
    if (roleIn(group) !== 'data-owner' || where === undefined || where.dataOwner !== undefined) continue;
    const message = `nobody can approve this: ${resource} has no dataOwner; name one there, or a group here`;
    yield { path: ['stages', index, 'role'], message };
  }
}

function* escalationsFit(single: Single, entries: Entries): Generator<Finding> {
  for (const [index, { group, escalation }] of single.stages.entries()) {
    if (escalation === undefined) continue;
    const at = (field: string) => ['stages', index, 'escalate', field];
    if (escalation.afterMs >= single.lapse) {
      const [after, lapse] = [formatDuration(escalation.afterMs), formatDuration(single.lapse)];
      yield {
        path: at('after'),
        message: `${after} is not before lapse, ${lapse}: the request is gone by then`,
      };
    }
    if (escalation.group === group) {
      yield { path: at('to'), message: `${group} is asked from the start; expected another group` };
    } else if (candidatesOf(escalation, single, entries, null)?.length === 0) {
      yield { path: at('to'), message: nobodyIn(escalation.group, 'expected a member, or another group') };
    }
  }
}

const nobodyIn = (group: string, remedy: string) =>
  `nobody can approve this: ${group} has no members; ${remedy}`;

function* quorumsFit(single: Single, entries: Entries): Generator<Finding> {
  for (const [index, stage] of single.stages.entries()) {
    const size = candidatesOf(stage, single, entries, null)?.length;
    if (size === 0) {
      const remedy = `expected ${stage.quorum} at least`;
      yield { path: ['stages', index, 'group'], message: nobodyIn(stage.group, remedy) };
    } else if (size !== undefined && stage.quorum > size) {
      const members = size === 1 ? '1 member' : `${size} members`;
      yield {
        path: ['stages', index, 'quorum'],
        message: `${stage.quorum} cannot be reached: ${stage.group} has ${members}`,
      };
    }
  }
}

/** Each quorum fits its group, and yet there are too few people for all of them together. */
export function* stagesFitTogether(single: Single, entries: Entries): Generator<Finding> {
  const { stages } = single;
  const short = stages.some((stage) => {
    const size = candidatesOf(stage, single, entries, null)?.length;
    return size !== undefined && stage.quorum > size;
  });
  const stage = short ? null : unfillable(single, entries, null);
  if (stage === null) return;
  const total = stages.reduce((sum, { quorum }) => sum + quorum, 0);
  yield {
    path: ['stages', stage],
    message: `cannot be filled: one person counts once, and the stages need ${total} different people between them`,
  };
}

export function* durationsFit(entitlement: Single): Generator<Finding> {
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

/** What overrides a rule is never given by a rule alone, and says for which entitlement in words that resolve. */
function* exceptionsFit(single: Single, entries: Entries): Generator<Finding> {
  if (!isException(single, entries)) return;
  if (single.approval !== undefined) {
    yield {
      path: ['approval'],
      message: 'automatic is refused: an exception takes consent; expected stages',
    };
  }
  if (single.extension?.consent === 'automatic') {
    yield {
      path: ['extension', 'consent'],
      message: 'automatic is refused: an exception takes consent; expected stages',
    };
  }
  const { entitlement } = single.scope;
  if (typeof entitlement !== 'string') return;
  const path = ['scope', 'entitlement'];
  const named = entries.entitlements.get(entitlement);
  if (named === undefined) {
    const message = `unknown entitlement ${shown(entitlement)}; ${expectedOneOf(entitlement, [...entries.entitlements.keys()])}`;
    yield { path, message };
  } else if (!isBundle(named) && isException(named, entries)) {
    yield { path, message: `${entitlement} is an exception itself; expected what it is needed for` };
  }
}

/** The built-in connector whose grants are exceptions to rules. */
export const EXCEPTION = 'exception';
export const isException = ({ resource }: Single, { resources, connectors }: Entries): boolean =>
  connectors.get(resources.get(resource)?.connector ?? '')?.use === EXCEPTION;
