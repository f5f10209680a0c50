import { formatDuration, parseDuration } from '../../domain/duration.ts';
import { LIMITS } from '../../limits.ts';
import { readText } from '../catalogue/values.ts';
import { expectedOneOf, shown } from '../problems.ts';
import { type Literals, ROLES } from './literals.ts';

/** A group or role that must consent as well, and how many of it. */
export interface DemandedStage {
  readonly group: string;
  readonly quorum: number;
}

/** What one `demand` rule asks for; null: nothing of the kind. */
export interface Obligations {
  readonly stages: readonly DemandedStage[];
  readonly longestMs: number | null;
  readonly mfaWithinMs: number | null;
  readonly ticketRequired: boolean;
}

export type Annotations = Readonly<Record<string, string>>;

/** Those that say what a `demand` asks for. */
export const OBLIGATIONS: readonly string[] = ['stage', 'longest', 'mfa', 'ticket'];
const KNOWN: readonly string[] = ['id', 'says', ...OBLIGATIONS];

/** Of a rule that was checked when it was loaded; throws for one that was not. */
export function obligationsOf({ stage, longest, mfa, ticket }: Annotations): Obligations {
  return {
    stages: stage === undefined ? [] : checked(readStages(stage)),
    longestMs: longest === undefined ? null : checked(readDuration(longest)),
    mfaWithinMs: mfa === undefined ? null : checked(readDuration(mfa)),
    ticketRequired: ticket !== undefined,
  };
}

/** What is wrong with a rule's annotations, each by its name. What is said of names is left to `literals`. */
export function annotationFaults(
  annotations: Annotations,
  literals: Literals,
): readonly { readonly name: string; readonly message: string }[] {
  return Object.entries(annotations).flatMap(([name, value]) => {
    const message = faultOf(name, value, literals);
    return message === null ? [] : [{ name, message }];
  });
}

const ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

function faultOf(name: string, value: string, literals: Literals): string | null {
  switch (name) {
    case 'id':
      if (ID.test(value)) return null;
      return `expected up to 64 lower-case letters, digits, . - and _, as in prod.office-hours; got ${shown(value)}`;
    case 'says':
      return saysFault(value);
    case 'stage':
      return stageFault(value, literals);
    case 'longest':
    case 'mfa': {
      const read = readDuration(value);
      return typeof read === 'number' ? null : read.fault;
    }
    case 'ticket':
      return value === 'required' ? null : `expected "required"; got ${shown(value)}`;
    default:
      return `unknown annotation; ${expectedOneOf(name, KNOWN)}`;
  }
}

function saysFault(value: string): string | null {
  const { text, fault } = readText(value, LIMITS.policySaysMaxChars);
  if (fault !== null) return fault;
  if (text === '') return 'is empty; expected a sentence for those it concerns';
  return text.includes('\n') ? 'has more than one line; expected one' : null;
}

function stageFault(value: string, { entities, sizes }: Literals): string | null {
  const stages = readStages(value);
  if ('fault' in stages) return stages.fault;
  const groups = [...(entities.get('Group') ?? []), ...ROLES];
  for (const { group, quorum } of stages) {
    if (!groups.includes(group)) return `unknown group ${shown(group)}; ${expectedOneOf(group, groups)}`;
    const size = sizes.get(group) ?? quorum;
    if (quorum > size)
      return `${quorum} cannot be reached: ${group} has ${size === 1 ? '1 member' : `${size} members`}`;
  }
  return null;
}

interface Fault {
  readonly fault: string;
}

/** `role:manager` is one person: its quorum may be left out. */
const STAGE = /^(?:(?<role>role:[a-z-]+)(?::1)?|(?<group>[a-z0-9][a-z0-9_-]*):(?<quorum>[1-9]\d?))$/;

function readStages(value: string): readonly DemandedStage[] | Fault {
  const stages: DemandedStage[] = [];
  for (const item of value.split(',')) {
    const { role, group = role, quorum = '1' } = STAGE.exec(item.trim())?.groups ?? {};
    if (group === undefined)
      return {
        fault: `expected groups with how many must consent, as in "security:2, role:manager"; got ${shown(item.trim())}`,
      };
    if (stages.some((stage) => stage.group === group)) return { fault: `${shown(group)} is named twice` };
    stages.push({ group, quorum: Number(quorum) });
  }
  if (stages.length > LIMITS.stagesMax)
    return { fault: `${stages.length} stages; at most ${LIMITS.stagesMax} fit` };
  const large = stages.find(({ quorum }) => quorum > LIMITS.quorumMax);
  return large === undefined
    ? stages
    : { fault: `${large.quorum} of ${large.group}; at most ${LIMITS.quorumMax} fit` };
}

function readDuration(value: string): number | Fault {
  const ms = parseDuration(value);
  if (ms === null || ms <= 0)
    return { fault: `expected a duration such as 15m, 1h or 1h30m; got ${shown(value)}` };
  if (ms <= LIMITS.grantLongestMs) return ms;
  return {
    fault: `${formatDuration(ms)} is beyond ${formatDuration(LIMITS.grantLongestMs)}, the longest there is`,
  };
}

function checked<T extends object | number>(read: T | Fault): T {
  if (typeof read === 'object' && 'fault' in read)
    throw new Error(`an annotation was not checked: ${read.fault}`);
  return read;
}
