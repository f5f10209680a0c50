import type { JournalData } from '../domain/journal.ts';
import { LIMITS } from '../limits.ts';
import { digestOf } from './catalogue.ts';
import type { Rules } from './rules.ts';

/** What differs between two sets of rules, by id: `policy/forbid.freeze`, `entitlement/orders-db:read`. */
export type Changes = JournalData<'RulesLoaded'>['changes'];

export const noChanges: Changes = { added: [], removed: [], changed: [], more: 0 };

/** People are no more than one word: their keys are personal, and this stays on record for ever. */
export function changesBetween(before: Rules, after: Rules): Changes {
  const old = thingsIn(before);
  const now = thingsIn(after);
  const added = [...now.keys()].filter((id) => !old.has(id));
  const removed = [...old.keys()].filter((id) => !now.has(id));
  const changed = [...now].flatMap(([id, digest]) => (old.has(id) && old.get(id) !== digest ? [id] : []));
  const kept = { added: cut(added), removed: cut(removed), changed: cut(changed) };
  const listed = kept.added.length + kept.removed.length + kept.changed.length;
  return { ...kept, more: added.length + removed.length + changed.length - listed };
}

const cut = (ids: readonly string[]): string[] => ids.toSorted().slice(0, LIMITS.rulesChangesMax);

/** Everything that rules are made of, by id, with a digest of what it says. */
function thingsIn(rules: Rules): ReadonlyMap<string, string> {
  const { catalogue, policies } = rules;
  const { zone, slackTeams, audit, limits, impact, onInadmissible } = catalogue;
  const settings = { zone, slackTeams, audit, limits, impact, onInadmissible };
  const said = [...(policies?.rules ?? [])].map(
    ([id, { effect, annotations, json }]) => [id, { effect, annotations, json }] as const,
  );
  return new Map([
    ...digests('policy', said),
    ...digests('entitlement', catalogue.entitlements),
    ...digests('resource', catalogue.resources),
    ...digests('connector', catalogue.connectors),
    ...digests('group', catalogue.groups),
    ...digests('channel', catalogue.channels),
    ...digests('calendar', calendarsOf(rules)),
    ...digests('setting', Object.entries(settings)),
    ...(catalogue.people.size > 0 ? [['people', digestOf(catalogue.people)] as const] : []),
  ]);
}

const digests = (kind: string, things: Iterable<readonly [string, unknown]>) =>
  [...things].map(([id, thing]) => [`${kind}/${id}`, digestOf(thing)] as const);

/** A calendar that lies in a file says what the file says. */
const calendarsOf = ({ catalogue, files }: Rules) =>
  [...catalogue.calendars].map(([key, calendar]) => {
    const bytes = calendar.when.kind === 'ics' ? files.get(calendar.when.file) : undefined;
    return [key, [calendar, bytes === undefined ? null : Buffer.from(bytes).toString('base64')]] as const;
  });
