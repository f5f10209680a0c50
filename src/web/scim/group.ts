import { LIMITS } from '../../limits.ts';
import type { ScimGroup } from '../../ports/identity.ts';
import { type Attribute, type Attributes, isObject, listOf, many, single, textOf } from './attribute.ts';
import { quoted, Refusal, refuse, tooMany } from './refusal.ts';

export const GROUP_ATTRIBUTES: Attributes<ScimGroup> = new Map<string, Attribute<ScimGroup>>([
  [
    'displayname',
    text('displayName', (group, displayName) =>
      displayName === null
        ? refuse('invalidValue', 'displayName cannot be empty')
        : { ...group, displayName },
    ),
  ],
  ['externalid', text('externalId', (group, externalId) => ({ ...group, externalId }))],
  ['members', many('members', (group) => group.members, withMembers, idsOf)],
]);

function text(
  name: string,
  set: (group: ScimGroup, value: string | null) => ScimGroup | Refusal,
): Attribute<ScimGroup> {
  return single(name, (group, value) => {
    const line = textOf(name, value);
    return line instanceof Refusal ? line : set(group, line);
  });
}

function withMembers(group: ScimGroup, members: readonly string[]): ScimGroup | Refusal {
  const most = LIMITS.scimMembersMax;
  return members.length > most
    ? tooMany(`a group has ${most} members at most`)
    : { ...group, members: members.toSorted() };
}

export const NESTED = 'groups within groups are not taken: send the users themselves as members';

function idsOf(value: unknown): readonly string[] | Refusal {
  const ids: string[] = [];
  for (const each of listOf(value)) {
    const { value: id, type = 'User', $ref: ref } = isObject(each) ? each : { value: each };
    if (typeof id !== 'string' || id === '' || id.length > LIMITS.scimTextMaxChars)
      return refuse('invalidValue', `a member is { "value": id of a user }, not ${quoted(each)}`);
    const isGroup = typeof type === 'string' && type.toLowerCase() === 'group';
    if (isGroup || (typeof ref === 'string' && ref.includes('/Groups/')))
      return refuse('invalidValue', NESTED);
    ids.push(id);
  }
  return ids;
}

export const blankGroup = (id: string, at: number): ScimGroup => ({
  id,
  externalId: null,
  displayName: '',
  members: [],
  version: 1,
  createdAt: at,
  changedAt: at,
});

/** As it is shown; `users`: where users are. */
export function shownGroup({ externalId, displayName, members }: ScimGroup, users: string): object {
  return {
    ...(externalId !== null && { externalId }),
    displayName,
    members: members.map((value) => ({ value, $ref: `${users}/${value}`, type: 'User' })),
  };
}
