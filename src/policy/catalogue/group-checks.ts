import { circlesIn } from './circles.ts';
import type { Entries, Finding } from './entries.ts';
import { isForTelling } from './groups.ts';

export function* groupErrors(entries: Entries): Generator<Finding> {
  const { groups, resources, memberships } = entries;
  for (const circle of circlesIn(groups.keys(), (key) => groups.get(key)?.includes ?? [])) {
    const [first = '', second = ''] = circle;
    const index = groups.get(first)?.includes.indexOf(second) ?? 0;
    const message = `goes in a circle, ${circle.join(' → ')}; remove one of them`;
    yield { path: ['groups', first, 'includes', index], message };
  }
  for (const [key, { includes, quiet }] of groups) {
    for (const [index, included] of includes.entries()) {
      yield* tellingOnly(included, ['groups', key, 'includes', index], entries);
    }
    const known = memberships.get(key);
    for (const [index, person] of quiet.entries()) {
      if (!known?.whole || known.members.includes(person)) continue;
      const message = `${person} is no member of ${key}, and only members are asked at all`;
      yield { path: ['groups', key, 'quiet', index], message };
    }
  }
  for (const [key, { onCall }] of resources)
    yield* tellingOnly(onCall, ['resources', key, 'onCall'], entries);
}

/** What gives people rights may not rest on a list that any member of a workspace may edit, unless someone says so. */
export function* tellingOnly(
  key: string | undefined,
  path: Finding['path'],
  { groups }: Pick<Entries, 'groups'>,
): Generator<Finding> {
  const group = groups.get(key ?? '');
  if (group === undefined || !isForTelling(group)) return;
  const remedy = 'say counts: true beside its slack id, or name another group';
  yield { path, message: `${key} is a Slack user group for telling people only; ${remedy}` };
}
