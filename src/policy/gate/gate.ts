import { formatDuration } from '../../domain/duration.ts';
import type { Classification } from '../../domain/values.ts';
import type { Catalogue, CatalogueEntitlement } from '../../ports/catalogue.ts';
import { type NewConsenter, newConsenters } from './consenters.ts';
import type { GateException } from './gate-file.ts';
import { newlyTrusted } from './gate-people.ts';
import type { GateFinding } from './gate-rules.ts';
import { grownGrants, movedTargets } from './gate-targets.ts';
import type { ChangeGroup } from '../compare/grid-summary.ts';
import type { Rules } from '../rules.ts';

/** Everything about the change from `before` to `after` that must not pass. `now`: for exceptions, which run out. */
export function gate(
  before: Rules,
  after: Rules,
  changes: readonly ChangeGroup[],
  exceptions: readonly GateException[],
  now: number,
): readonly GateFinding[] {
  return [
    ...[...after.catalogue.entitlements.values()].flatMap((each) => [
      ...overLimits(before.catalogue, after.catalogue, each),
      ...grownGrants(before.catalogue, after.catalogue, each),
    ]),
    ...movedTargets(before.catalogue, after.catalogue),
    ...newlyTrusted(before.catalogue, after.catalogue),
    ...loosenedLimits(before.catalogue, after.catalogue),
    ...loosenedSettings(before.catalogue, after.catalogue),
    ...removedForbids(before, after),
    ...changes.flatMap((change) => unexcused(change, after, exceptions, now)),
    ...widenedConsent(newConsenters(before, after), before, exceptions, now),
  ];
}

const minutes = (ms: number): string => `${Math.ceil(ms / 60_000)}m`;
const approvalsText = (n: number): string => `${n} ${n === 1 ? 'approval' : 'approvals'}`;

/** Against the limits as they were: a change cannot raise a limit and use it at once. */
function overLimits(
  before: Catalogue,
  after: Catalogue,
  { id, longestMs, consent, resource }: CatalogueEntitlement,
): readonly GateFinding[] {
  const classification = after.resources.get(resource)?.classification;
  if (classification === undefined) return [];
  const limit = before.limits[classification];
  const subject = `entitlement ${id}`;
  const findings: GateFinding[] = [];
  if (limit.longestMs !== null && longestMs > limit.longestMs)
    findings.push({
      rule: 'gate/lifetime-exceeds-limit',
      subject,
      message: `longest ${minutes(longestMs)} > ${minutes(limit.longestMs)} (${classification})`,
      remedy: `Shorten it to ${formatDuration(limit.longestMs)} at most, or raise the limit in a change before this one.`,
      at: { path: ['entitlements', id, 'longest'] },
    });
  const approvals = consent.stages.reduce((sum, { quorum }) => sum + quorum, 0);
  if (limit.approvals !== null && approvals < limit.approvals)
    findings.push({
      rule: 'gate/approvals-below-limit',
      subject,
      message: `${approvalsText(approvals)} < ${limit.approvals} (${classification})`,
      remedy: 'Add a stage or raise a quorum.',
      at: { path: ['entitlements', id, 'stages'] },
    });
  return findings;
}

function loosenedLimits(before: Catalogue, after: Catalogue): readonly GateFinding[] {
  return (Object.keys(before.limits) as Classification[]).flatMap((name) => {
    const [old, now] = [before.limits[name], after.limits[name]];
    const found = (field: 'longest' | 'approvals', message: string): GateFinding => ({
      rule: 'gate/limits-loosened',
      subject: `limits ${name}`,
      message,
      remedy: 'Keep it, or have the change of the limit merged alone, by whoever answers for it.',
      at: { path: ['limits', name, field] },
    });
    const longer = old.longestMs !== null && (now.longestMs === null || now.longestMs > old.longestMs);
    const fewer = old.approvals !== null && (now.approvals ?? 0) < old.approvals;
    return [
      ...(longer
        ? [
            found(
              'longest',
              `longest ${minutes(old.longestMs ?? 0)} → ${now.longestMs === null ? 'none' : minutes(now.longestMs)}`,
            ),
          ]
        : []),
      ...(fewer ? [found('approvals', `approvals ${old.approvals} → ${now.approvals ?? 'none'}`)] : []),
    ];
  });
}

function loosenedSettings(before: Catalogue, after: Catalogue): readonly GateFinding[] {
  const findings: GateFinding[] = [];
  if (before.onInadmissible === 'revoke' && after.onInadmissible === 'flag')
    findings.push({
      rule: 'gate/inadmissible-loosened',
      subject: 'onInadmissible',
      message: 'revoke → flag: access that the rules would not give any more would stay',
      remedy: 'Keep it at revoke.',
      at: { path: ['onInadmissible'] },
    });
  if (before.policies !== null && after.policies === null)
    findings.push({
      rule: 'gate/policies-removed',
      subject: 'policies',
      message: 'the catalogue would decide alone',
      remedy: 'Keep the folder of policies.',
      at: { path: ['policies'] },
    });
  return findings;
}

function removedForbids(before: Rules, after: Rules): readonly GateFinding[] {
  return [...(before.policies?.rules.values() ?? [])]
    .filter(({ effect }) => effect === 'forbid')
    .filter(({ id }) => after.policies?.rules.get(id)?.effect !== 'forbid')
    .map(({ id }) => ({
      rule: 'gate/forbid-removed',
      subject: `policy ${id}`,
      message: after.policies?.rules.has(id) ? 'it permits instead of forbidding' : 'it forbade, and is gone',
      remedy: 'Keep it, or narrow it by a condition that the cases in tests/ show.',
      at: after.policies?.rules.has(id) ? { policy: id } : { path: ['policies'] },
    }));
}

/** Of what is newly allowed, whatever no exception in force is about. */
function unexcused(
  change: ChangeGroup,
  after: Rules,
  exceptions: readonly GateException[],
  now: number,
): readonly GateFinding[] {
  if (change.change !== 'newly-allowed' && change.change !== 'fewer-approvals') return [];
  const { left, late } = notExcused(change, 'ask', exceptions, now);
  if (left.length === 0) return [];
  return [
    {
      rule: change.change === 'newly-allowed' ? 'gate/newly-allowed' : 'gate/fewer-approvals',
      subject: `${change.actions.join(', ')} ${change.entitlement}`,
      message: `${listed(left)}: ${change.from} → ${change.to}${change.ids.length === 0 ? '' : ` (${change.ids.join(', ')})`}`,
      remedy: remedyFor(late),
      at: placeOf(change, after),
    },
  ];
}

const remedyFor = (late: boolean): string =>
  late
    ? 'The exception for it has run out: have another one approved in the base’s gate.yaml.'
    : 'Undo it, or have an exception approved in the base’s gate.yaml first.';

type Concerned = Pick<ChangeGroup, 'entitlement' | 'who' | 'keys' | 'groups'>;

/** Those whom no exception in force is about; whether one was that has run out. */
function notExcused(
  change: Concerned,
  may: GateException['may'],
  exceptions: readonly GateException[],
  now: number,
): { readonly left: readonly string[]; readonly late: boolean } {
  const about = exceptions.filter((each) => each.entitlement === change.entitlement && each.may === may);
  const inForce = about.filter(({ until }) => now < until);
  if (inForce.some((each) => covers(each, change))) return { left: [], late: false };
  return {
    left: change.who.filter((who) => !inForce.some((each) => each.person === who)),
    late: about.some((each) => now >= each.until && covers(each, change)),
  };
}

/** For a group: everyone concerned is in it. */
const covers = ({ group, person }: GateException, { groups, keys, who }: Concerned): boolean =>
  group !== null ? groups.includes(group) : who.length === 1 && keys[0] === person;

/** Told of each entitlement and group once. */
function widenedConsent(
  consenters: readonly NewConsenter[],
  before: Rules,
  exceptions: readonly GateException[],
  now: number,
): readonly GateFinding[] {
  const told = new Map<string, NewConsenter[]>();
  for (const each of consenters) {
    const key = JSON.stringify([each.entitlement, each.group]);
    told.set(key, [...(told.get(key) ?? []), each]);
  }
  return [...told.values()].flatMap(([first, ...others]): GateFinding[] => {
    if (first === undefined) return [];
    const { entitlement, group } = first;
    const all = [first, ...others];
    // An exception for a group is for those who are in it as it was; for a whole group that is new here, for all.
    const isWhole = all.some(({ key }) => key === null) || !before.catalogue.groups.has(group);
    const concerned = {
      entitlement,
      who: all.map(({ who }) => who),
      keys: all.flatMap(({ key }) => key ?? []),
      groups: isWhole ? [group] : [],
    };
    const { left, late } = notExcused(concerned, 'consent', exceptions, now);
    if (left.length === 0) return [];
    return [
      {
        rule: 'gate/consent-widened',
        subject: `approve ${entitlement}`,
        message: `${listed(left)}: may consent by ${group}, and might not before`,
        remedy: remedyFor(late),
        at: { path: ['entitlements', entitlement] },
      },
    ];
  });
}

/** At the rule that decides it, where that is one of the new rules; at the entitlement otherwise. */
const placeOf = ({ entitlement, ids }: ChangeGroup, { policies }: Rules): GateFinding['at'] => {
  const policy = ids.find((id) => policies?.rules.has(id));
  return policy === undefined ? { path: ['entitlements', entitlement] } : { policy };
};

const WHO_MAX = 5;
const listed = (who: readonly string[]): string =>
  who.length <= WHO_MAX
    ? who.join(', ')
    : `${who.slice(0, WHO_MAX).join(', ')} and ${who.length - WHO_MAX} more`;
