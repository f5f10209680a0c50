import type { Classification } from '../../domain/values.ts';
import type { Catalogue, CatalogueEntitlement, CatalogueResource } from '../../ports/catalogue.ts';
import type { Calendars } from '../calendar/calendars.ts';
import type { PolicyInput } from '../input.ts';
import type { CedarAction, CedarEntity, CedarQuestion, CedarValue } from './policies.ts';

const LEVEL: Readonly<Record<Classification, number>> = {
  public: 0,
  internal: 1,
  confidential: 2,
  restricted: 3,
};

/**
 * One input as Cedar is asked it. The entitlement must be one of the catalogue's; throws otherwise. `score`: of the
 * request's impact.
 */
export function cedarQuestion(
  action: CedarAction,
  input: PolicyInput,
  catalogue: Catalogue,
  calendars: Calendars,
  score: number,
): CedarQuestion {
  const entitlement = catalogue.entitlements.get(input.entitlement);
  const resource = entitlement && catalogue.resources.get(entitlement.resource);
  if (!entitlement || !resource) throw new Error(`no entitlement ${input.entitlement} in the catalogue`);
  return {
    action,
    principal: input.person.key,
    resource: entitlement.id,
    context: {
      ...timesOf(input, resource, calendars),
      exceptions: [...input.exceptions],
      impact: score,
      ...factsOf(input, resource),
      ...(action === 'approve' ? voteOf(input) : {}),
    },
    entities: [...entitiesOfPerson(input.person), ...entitiesOfResource(entitlement, resource)],
    untold: input.person.stale,
  };
}

/** Rounded up: what lasts a second longer than an hour is not within 60 minutes. */
const minutes = (ms: number): number => Math.ceil(ms / 60_000);

function timesOf(
  { at, startAt, durationMs }: PolicyInput,
  { key, environment, zone }: CatalogueResource,
  calendars: Calendars,
) {
  const from = Math.max(at, startAt ?? at);
  const window = { from, until: from + durationMs };
  const { minuteOfDay, weekday } = calendars.localTime(from, zone);
  const freezes = [...calendars.holding('freeze', window, { key, environment })];
  const maintenances = [...calendars.holding('maintenance', window, { key, environment })];
  return {
    minuteOfDay,
    weekday,
    durationMinutes: minutes(durationMs),
    startsInMinutes: minutes(from - at),
    freeze: freezes.length > 0,
    freezes,
    maintenance: maintenances.length > 0,
    maintenances,
  };
}

/** What is not known is absent. */
function factsOf({ person, facts }: PolicyInput, resource: CatalogueResource): Record<string, CedarValue> {
  const { incident, ticket, device, network, risk, mfaAgeMs } = facts;
  const onCall = facts.onCall ?? isOnCall(person, resource);
  return {
    ...(onCall === null ? {} : { onCall }),
    ...(incident && { incident }),
    ...(ticket && { ticket }),
    ...(device && { device }),
    ...(network && { network }),
    ...(risk === undefined ? {} : { risk }),
    ...(mfaAgeMs === undefined ? {} : { mfaAgeMinutes: minutes(mfaAgeMs) }),
  };
}

/** Null: nobody is on call for it, or who is cannot be told. */
function isOnCall({ groups, stale }: PolicyInput['person'], { onCall }: CatalogueResource): boolean | null {
  return onCall === null || stale.includes(onCall) ? null : groups.includes(onCall);
}

function voteOf({ vote }: PolicyInput): Record<string, CedarValue> {
  if (vote === null) return {};
  const { group, requester } = vote;
  return { group, ...(requester === null ? {} : { requester: reference('Person', requester) }) };
}

const uid = (type: string, id: string) => ({ type, id });
const reference = (type: string, id: string): CedarValue => ({ __entity: uid(type, id) });

function entitiesOfPerson({
  key,
  groups,
  manager,
  operator,
  attributes,
}: PolicyInput['person']): CedarEntity[] {
  const parents = groups.map((group) => uid('Group', group));
  const attrs = { operator, ...(manager === null ? {} : { manager: reference('Person', manager) }) };
  return [
    { uid: uid('Person', key), attrs, parents, tags: attributes },
    ...parents.map((parent) => ({ uid: parent, attrs: {}, parents: [] })),
  ];
}

function entitiesOfResource(entitlement: CatalogueEntitlement, resource: CatalogueResource): CedarEntity[] {
  const { key, project, environment, classification, owner, dataOwner, onCall } = resource;
  const on = uid('Resource', key);
  const projects = project === null ? [] : [uid('Project', project)];
  const attrs = {
    resource: reference('Resource', key),
    environment,
    classification,
    level: LEVEL[classification],
    privilege: entitlement.privilege,
    longestMinutes: minutes(entitlement.longestMs),
    requesters: entitlement.requesters.map((group) => reference('Group', group)),
    owner: reference('Person', owner),
    ...(dataOwner === null ? {} : { dataOwner: reference('Person', dataOwner) }),
    ...(onCall === null ? {} : { onCall: reference('Group', onCall) }),
  };
  return [
    { uid: uid('Entitlement', entitlement.id), attrs, parents: [on] },
    { uid: on, attrs: {}, parents: projects },
    ...projects.map((each) => ({ uid: each, attrs: {}, parents: [] })),
  ];
}
