import type { Stage } from '../../domain/values.ts';
import type { Catalogue, CatalogueEntitlement } from '../../ports/catalogue.ts';
import { memberOf, personIn } from '../cases/asked.ts';
import { evaluate, permittedBy } from '../evaluate.ts';
import { factorsOf, type Setting } from '../compare/grid-facts.ts';
import { momentFinder } from '../compare/grid-moments.ts';
import type { PolicyInput } from '../input.ts';
import { mentionsIn } from '../compare/mentions.ts';
import type { Rules } from '../rules.ts';

/** Someone who may consent to an entitlement and might not before. */
export interface NewConsenter {
  readonly entitlement: string;
  /** The group or role by which they may. */
  readonly group: string;
  /** Key of a person, or `a member of G`. */
  readonly who: string;
  readonly key: string | null;
}

interface Seat extends Omit<NewConsenter, 'entitlement'> {
  readonly person: PolicyInput['person'];
}

/** Of entitlements that were there: who may ask for a new one is told by itself. */
export function newConsenters(before: Rules, after: Rules): readonly NewConsenter[] {
  const settings = settingsFor(before, after);
  const momentOf = momentFinder([before, after]);
  return [...after.catalogue.entitlements.values()].flatMap((entitlement): NewConsenter[] => {
    const { id } = entitlement;
    const resource = after.catalogue.resources.get(entitlement.resource);
    if (resource === undefined || !before.catalogue.entitlements.has(id)) return [];
    const old = new Map(seatsOf(before, id).map((seat) => [seatKey(seat), seat]));
    const may = (rules: Rules, seat: Seat | undefined, setting: Setting): boolean => {
      const at = momentOf({ ...USUAL, calendar: null, ...setting }, resource);
      return seat !== undefined && at !== null && consents(rules, entitlement, seat, setting, at);
    };
    return seatsOf(after, id)
      .filter((seat) =>
        settings.some((each) => may(after, seat, each) && !may(before, old.get(seatKey(seat)), each)),
      )
      .map(({ group, who, key }) => ({ entitlement: id, group, who, key }));
  });
}

const USUAL = { weekday: 2, minuteOfDay: 600 };
const seatKey = ({ group, who }: Seat): string => JSON.stringify([group, who]);

/** What is usual; where rules about consenting differ, each value that they name besides. */
function settingsFor(before: Rules, after: Rules): readonly Setting[] {
  const [old, now] = [aboutConsent(before), aboutConsent(after)];
  if (textsOf(old) === textsOf(now)) return [{}];
  const factors = factorsOf(mentionsIn([old, now]), [before, after]);
  return [{}, ...factors.flatMap(({ levels }) => levels)];
}

const textsOf = ({ policies }: Rules): string =>
  JSON.stringify([...(policies?.rules.values() ?? [])].map(({ text }) => text).sort());

function aboutConsent(rules: Rules): Rules {
  const { policies } = rules;
  if (policies === null) return rules;
  const isAbout = ({ action }: { action?: { op?: string } }): boolean =>
    action?.op === 'All' || JSON.stringify(action).includes('"approve"');
  const about = [...policies.rules].filter(([, { json }]) => isAbout(json as Parameters<typeof isAbout>[0]));
  return { ...rules, policies: { ...policies, rules: new Map(about) } };
}

function consents(
  rules: Rules,
  { id, durationsMs }: CatalogueEntitlement,
  seat: Seat,
  setting: Setting,
  at: number,
) {
  const { person, group } = seat;
  const groups = rules.catalogue.groups.has(group)
    ? [...new Set([...person.groups, group])].sort()
    : person.groups;
  return (
    permittedBy(rules, {
      v: 1,
      action: 'approve',
      person: { ...person, groups },
      entitlement: id,
      durationMs: durationsMs[0] ?? 60_000,
      at,
      startAt: null,
      facts: { ...setting.facts },
      exceptions: [...(setting.exceptions ?? [])],
      vote: { group, requester: null },
    }) !== null
  );
}

function seatsOf(rules: Rules, id: string): readonly Seat[] {
  const { catalogue } = rules;
  const entitlement = catalogue.entitlements.get(id);
  if (entitlement === undefined) return [];
  const groups = stagesOf(rules, entitlement).flatMap(({ group, escalation }) =>
    escalation === undefined ? [group] : [group, escalation.group],
  );
  return [...new Set(groups)].flatMap((group) => seatsBy(catalogue, entitlement, group));
}

/** The floor's, and those that rules demand of whoever asks on a usual day. */
function stagesOf(
  rules: Rules,
  { id, consent, requesters, durationsMs }: CatalogueEntitlement,
): readonly Stage[] {
  const at = momentFinder([rules]);
  const resource = rules.catalogue.resources.get(rules.catalogue.entitlements.get(id)?.resource ?? '');
  const usual = resource && at({ ...USUAL, calendar: null }, resource);
  if (usual == null) return consent.stages;
  const said = evaluate(rules, {
    v: 1,
    action: 'request',
    person: memberOf(rules.catalogue, requesters),
    entitlement: id,
    durationMs: durationsMs[0] ?? 60_000,
    at: usual,
    startAt: null,
    facts: {},
    exceptions: [],
    vote: null,
  });
  return said.allowed ? [...consent.stages, ...said.consent.stages] : consent.stages;
}

/** Everyone listed, whoever stands in for one of them at any time, and somebody made up. */
function seatsBy(catalogue: Catalogue, entitlement: CatalogueEntitlement, group: string): readonly Seat[] {
  const seat = (key: string): Seat[] => {
    const person = personIn(catalogue, key);
    return person === null ? [] : [{ group, who: key, key, person }];
  };
  const known = catalogue.groups.get(group);
  if (known === undefined) return holdersOf(catalogue, entitlement, group).flatMap(seat);
  const standIns = known.members.flatMap((key) => catalogue.people.get(key)?.away?.delegate ?? []);
  const somebody = { group, who: `a member of ${group}`, key: null, person: memberOf(catalogue, [group]) };
  return [...[...new Set([...known.members, ...standIns])].flatMap(seat), somebody];
}

function holdersOf(
  { resources, people, groups }: Catalogue,
  { resource: on, requesters }: CatalogueEntitlement,
  role: string,
): readonly string[] {
  const resource = resources.get(on);
  if (role === 'role:owner') return resource === undefined ? [] : [resource.owner];
  if (role === 'role:data-owner') return resource?.dataOwner == null ? [] : [resource.dataOwner];
  const asking = requesters.flatMap((group) => groups.get(group)?.members ?? []);
  return [...new Set(asking.flatMap((key) => people.get(key)?.manager ?? []))];
}
