import { formatDuration } from '../domain/duration.ts';
import type { Classification, Json } from '../domain/values.ts';
import type { Catalogue, CatalogueEntitlement } from '../ports/catalogue.ts';
import type { GateException } from './gate-file.ts';
import type { ChangeGroup } from './grid-summary.ts';
import type { Rules } from './rules.ts';

/** What the gate looks at, by the stable id of each rule. */
export const GATE_RULES = {
  'gate/rules-refused': 'The new rules must load',
  'gate/lifetime-exceeds-limit':
    'No access lasts longer than the limit for its classification, as it was before',
  'gate/approvals-below-limit':
    'No fewer people consent than the limit for its classification wants, as it was before',
  'gate/wildcard-scope': 'A scope names exactly what it gives',
  'gate/scope-grows': 'A connector gives nothing that it did not give before',
  'gate/newly-allowed': 'Nothing is newly allowed without an approved exception',
  'gate/fewer-approvals': 'Nothing is allowed with fewer approvals without an approved exception',
  'gate/limits-loosened': 'Limits are not loosened',
  'gate/inadmissible-loosened': 'What becomes inadmissible is still revoked',
  'gate/forbid-removed': 'Rules that forbid are not removed or turned round',
  'gate/policies-removed': 'Policies still decide',
} as const;
export type GateRule = keyof typeof GATE_RULES;

/** `at`: where in the new catalogue, as a path of its YAML; or a policy's id. */
export interface GateFinding {
  readonly rule: GateRule;
  readonly subject: string;
  readonly message: string;
  readonly remedy: string;
  readonly at: { readonly path: readonly (string | number)[] } | { readonly policy: string };
}

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
      ...wildcards(each),
      ...grownScope(before.catalogue, after.catalogue, each),
    ]),
    ...loosenedLimits(before.catalogue, after.catalogue),
    ...loosenedSettings(before.catalogue, after.catalogue),
    ...removedForbids(before, after),
    ...changes.flatMap((change) => unexcused(change, after, exceptions, now)),
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

function wildcards({ id, scope }: CatalogueEntitlement): readonly GateFinding[] {
  return leavesOf(scope)
    .filter(([, value]) => value.includes('*'))
    .map(([path]) => ({
      rule: 'gate/wildcard-scope',
      subject: `entitlement ${id}`,
      message: `wildcard scope: ${path.join('.')}`,
      remedy: 'Name exactly what it gives.',
      at: { path: ['entitlements', id, 'scope', ...path] },
    }));
}

type Leaf = readonly [path: readonly string[], value: string];

/** What a scope says, value by value, and where. */
function leavesOf(
  value: Json | Readonly<Record<string, Json>>,
  path: readonly string[] = [],
): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap((each) => leavesOf(each, path));
  if (typeof value !== 'object' || value === null)
    return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, each]) => leavesOf(each, [...path, name]));
}

/** What a connector is told to give that no entitlement on it gave before. */
function grownScope(
  before: Catalogue,
  after: Catalogue,
  { id, resource, scope, parts }: CatalogueEntitlement,
): readonly GateFinding[] {
  if (parts.length > 0) return [];
  const connector = after.resources.get(resource)?.connector;
  const given = [...before.entitlements.values()]
    .filter((each) => before.resources.get(each.resource)?.connector === connector)
    .flatMap((each) => leavesOf(each.scope).map(leafText));
  const grown = leavesOf(scope).filter((leaf) => !given.includes(leafText(leaf)));
  return grown.map(([path, value]) => ({
    rule: 'gate/scope-grows',
    subject: `entitlement ${id}`,
    message: `${connector} gives ${path.join('.')}: ${value}, which it gave nobody before`,
    remedy: 'Have whoever answers for the target look at it; then merge it with that on record.',
    at: { path: ['entitlements', id, 'scope', ...path] },
  }));
}

const leafText = ([path, value]: Leaf): string => `${path.join('.')}=${value}`;

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
  const about = exceptions.filter((each) => each.entitlement === change.entitlement);
  const inForce = about.filter(({ until }) => now < until);
  if (inForce.some((each) => covers(each, change))) return [];
  const left = change.who.filter((who) => !inForce.some((each) => each.person === who));
  if (left.length === 0) return [];
  const late = about.some((each) => now >= each.until && covers(each, change));
  return [
    {
      rule: change.change === 'newly-allowed' ? 'gate/newly-allowed' : 'gate/fewer-approvals',
      subject: `${change.actions.join(', ')} ${change.entitlement}`,
      message: `${listed(left)}: ${change.from} → ${change.to}${change.ids.length === 0 ? '' : ` (${change.ids.join(', ')})`}`,
      remedy: late
        ? 'The exception for it has run out: have another one approved in the base’s gate.yaml.'
        : 'Undo it, or have an exception approved in the base’s gate.yaml first.',
      at: placeOf(change, after),
    },
  ];
}

/** For a group: everyone concerned is in it. */
const covers = ({ group, person }: GateException, { groups, keys, who }: ChangeGroup): boolean =>
  group !== null ? groups.includes(group) : who.length === 1 && keys[0] === person;

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
