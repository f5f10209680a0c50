import { bundleErrors } from './bundle-checks.ts';
import { unfillable } from './candidates.ts';
import { SINGLE_CHECKS } from './entitlement-checks.ts';
import { isBundle, type Single } from './entitlements.ts';
import type { Entries, Finding } from './entries.ts';
import { groupErrors } from './group-checks.ts';
import { limitsHold } from './limit-checks.ts';
import { peopleErrors, peopleWarnings } from './people-checks.ts';

/** Rules that look at more than one value. Errors: the catalogue is refused. */
export function errorsIn(entries: Entries): readonly Finding[] {
  const found = [...peopleErrors(entries), ...groupErrors(entries)];
  for (const [id, entitlement] of entries.entitlements) {
    const own = isBundle(entitlement)
      ? [...bundleErrors(id, entitlement, entries)]
      : [...SINGLE_CHECKS, limitsHold].flatMap((check) => [...check(entitlement, entries)]);
    found.push(...own.map(({ path, message }) => ({ path: ['entitlements', id, ...path], message })));
  }
  return found;
}

/** Warnings: the catalogue loads, and will surprise someone. */
export const warningsIn = (entries: Entries): readonly Finding[] => [
  ...peopleWarnings(entries),
  ...[...entries.flat].flatMap(([id, single]) => stuckRequesters(id, single, entries)),
];

/** Members of a requesters' group for whom too few others could consent. They are refused when they ask. */
function stuckRequesters(id: string, single: Single, entries: Entries): readonly Finding[] {
  const people = new Set(single.requesters.flatMap((group) => entries.memberships.get(group)?.members ?? []));
  const stuck = [...people].filter((person) => unfillable(single, entries, person) !== null);
  if (stuck.length === 0) return [];
  const names = `${stuck.slice(0, 5).join(', ')}${stuck.length > 5 ? ` and ${stuck.length - 5} more` : ''}`;
  const message = `${names} may ask, but without them too few people are left to consent`;
  return [{ path: ['entitlements', id, 'stages'], message }];
}
