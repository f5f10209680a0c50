import { describe, expect, it } from 'vitest';
import type { LocalTime } from '../../../src/policy/calendar/calendars.ts';
import { cedarQuestion } from '../../../src/policy/cedar/question.ts';
import type { CedarAction } from '../../../src/policy/cedar/policies.ts';
import type { PolicyInput } from '../../../src/policy/input.ts';
import type { Catalogue, CatalogueResource } from '../../../src/ports/catalogue.ts';
import { parseCatalogue } from '../../../src/policy/catalogue.ts';
import { SMALL } from '../small-catalogue.ts';
import { policiesFrom, rule } from './small-rules.ts';

const MINUTE = 60_000;
const AT = Date.UTC(2026, 10, 16, 8);

const INPUT: PolicyInput = {
  v: 1,
  action: 'request',
  person: { key: 'ana', groups: ['developers'], stale: [], manager: null, operator: false, attributes: {} },
  entitlement: 'orders-db:read',
  durationMs: 60 * MINUTE,
  at: AT,
  startAt: null,
  facts: {},
  exceptions: [],
  vote: null,
};

const SMALLEST = parseCatalogue(SMALL, 'catalogue.yaml');

/** The small catalogue, with more of its resource. */
function catalogueWith(more: Partial<CatalogueResource> = {}): Catalogue {
  const resource = SMALLEST.resources.get('orders-db');
  if (!resource) throw new Error('no orders-db');
  return { ...SMALLEST, resources: new Map([['orders-db', { ...resource, ...more }]]) };
}

interface Asked {
  readonly kind: string;
  readonly window: { readonly from: number; readonly until: number };
}

/** Calendars that note what they are asked, and hold what the test says. */
function calendars({
  holding = {} as Record<string, readonly string[]>,
  local = {} as Partial<LocalTime>,
} = {}) {
  const asked: (Asked | { readonly at: number; readonly zone: string })[] = [];
  return {
    asked,
    holding(kind: 'freeze' | 'maintenance', window: Asked['window']) {
      asked.push({ kind, window });
      return holding[kind] ?? [];
    },
    localTime(at: number, zone: string) {
      asked.push({ at, zone });
      return { minuteOfDay: 540, weekday: 1, date: '2026-11-16', ...local };
    },
    endOf: () => null,
  };
}

const contextOf = (
  input: Partial<PolicyInput>,
  resource: Partial<CatalogueResource> = {},
  action: CedarAction = 'request',
) => cedarQuestion(action, { ...INPUT, ...input }, catalogueWith(resource), calendars(), 7).context;

describe('a question', () => {
  it('holds the moment, the window, and what is known', () => {
    const held = calendars({ holding: { freeze: ['christmas'], maintenance: [] } });
    const { context } = cedarQuestion(
      'request',
      { ...INPUT, exceptions: ['freeze'] },
      catalogueWith(),
      held,
      7,
    );
    expect(context).toEqual({
      minuteOfDay: 540,
      weekday: 1,
      durationMinutes: 60,
      startsInMinutes: 0,
      freeze: true,
      freezes: ['christmas'],
      maintenance: false,
      maintenances: [],
      exceptions: ['freeze'],
      impact: 7,
    });
    const window = { from: AT, until: AT + 60 * MINUTE };
    expect(held.asked).toEqual([
      { at: AT, zone: 'Europe/Vienna' },
      { kind: 'freeze', window },
      { kind: 'maintenance', window },
    ]);
  });

  it('is about the time at which access starts, in the zone of the resource', () => {
    const held = calendars();
    const startAt = AT + 90 * MINUTE;
    const { context } = cedarQuestion(
      'request',
      { ...INPUT, startAt },
      catalogueWith({ zone: 'Asia/Tokyo' }),
      held,
      0,
    );
    expect(context['startsInMinutes']).toBe(90);
    expect(held.asked[0]).toEqual({ at: startAt, zone: 'Asia/Tokyo' });
    expect(held.asked[1]).toEqual({
      kind: 'freeze',
      window: { from: startAt, until: startAt + 60 * MINUTE },
    });
  });

  it('is about now where access should have started before', () => {
    const held = calendars();
    const { context } = cedarQuestion(
      'activate',
      { ...INPUT, startAt: AT - MINUTE },
      catalogueWith(),
      held,
      0,
    );
    expect(context['startsInMinutes']).toBe(0);
    expect(held.asked[0]).toMatchObject({ at: AT });
  });

  it('rounds up what must not be more than a rule says', () => {
    expect(contextOf({ durationMs: 60 * MINUTE + 1, facts: { mfaAgeMs: 15 * MINUTE + 1 } })).toMatchObject({
      durationMinutes: 61,
      mfaAgeMinutes: 16,
    });
  });

  it('holds every fact that is known', () => {
    const facts = {
      onCall: true,
      incident: { id: 'INC-1', severity: 1 },
      ticket: { state: 'open', assigned: true },
      device: { compliant: false },
      network: { origin: 'office' },
      risk: 0,
      mfaAgeMs: 0,
    };
    const { mfaAgeMs: _, ...others } = facts;
    expect(contextOf({ facts })).toMatchObject({ ...others, mfaAgeMinutes: 0 });
  });

  it('cannot be about what is not in the catalogue', () => {
    const input = { ...INPUT, entitlement: 'orders-db:write' };
    expect(() => cedarQuestion('request', input, catalogueWith(), calendars(), 0)).toThrow(
      'no entitlement orders-db:write in the catalogue',
    );
  });
});

describe('who is on call', () => {
  const person = (groups: string[], stale: string[] = []) => ({ person: { ...INPUT.person, groups, stale } });

  it('is whoever is in the group that the resource names', () => {
    expect(contextOf(person(['dba']), { onCall: 'dba' })['onCall']).toBe(true);
    expect(contextOf(person([]), { onCall: 'dba' })['onCall']).toBe(false);
  });

  it('is not known without such a group, nor when it cannot be told who is in it', () => {
    expect(contextOf(person(['dba']))).not.toHaveProperty('onCall');
    expect(contextOf(person([], ['dba']), { onCall: 'dba' })).not.toHaveProperty('onCall');
  });

  it('is what a signal says, where one does', () => {
    expect(contextOf({ ...person(['dba']), facts: { onCall: false } }, { onCall: 'dba' })['onCall']).toBe(
      false,
    );
  });
});

describe('a vote', () => {
  const vote = { group: 'dba', requester: 'ben' };

  it('brings the group and who asked, for approve alone', () => {
    expect(contextOf({ vote }, {}, 'approve')).toMatchObject({
      group: 'dba',
      requester: { __entity: { type: 'Person', id: 'ben' } },
    });
    expect(contextOf({ vote })).not.toHaveProperty('group');
  });

  it('leaves out who asked when they have been forgotten', () => {
    expect(contextOf({ vote: { ...vote, requester: null } }, {}, 'approve')).not.toHaveProperty('requester');
  });

  it('is needed to be asked about one: the answer is no without it', () => {
    const policies = policiesFrom(rule('a', 'approve'));
    const ask = (given: PolicyInput['vote']) =>
      policies.ask(cedarQuestion('approve', { ...INPUT, vote: given }, catalogueWith(), calendars(), 0))
        .allowed;
    expect([ask(vote), ask(null)]).toEqual([true, false]);
  });
});

describe('what a question brings', () => {
  const full = { project: 'shop', dataOwner: 'dev', onCall: 'dba' };
  const person = {
    ...INPUT.person,
    manager: 'cleo',
    operator: true,
    attributes: { team: 'orders' },
    stale: ['dba'],
  };
  const asked = cedarQuestion('request', { ...INPUT, person }, catalogueWith(full), calendars(), 0);

  it('is the person, their groups, the entitlement, its resource and project, and no more', () => {
    expect(asked.entities.map(({ uid }) => `${uid.type}::${uid.id}`)).toEqual([
      'Person::ana',
      'Group::developers',
      'Entitlement::orders-db:read',
      'Resource::orders-db',
      'Project::shop',
    ]);
    expect(asked.untold).toEqual(['dba']);
  });

  it.each([
    'principal in Group::"developers"',
    'principal has manager && principal.manager == Person::"cleo" && principal.operator',
    'principal.hasTag("team") && principal.getTag("team") == "orders"',
    'resource in Resource::"orders-db" && resource in Project::"shop" && resource.resource in Project::"shop"',
    'resource.environment == "production" && resource.classification == "confidential" && resource.level == 2',
    'resource.privilege == "run-time" && resource.longestMinutes == 240',
    'principal in resource.requesters && resource.owner == Person::"cleo"',
    'resource has dataOwner && resource.dataOwner != principal',
    'resource has onCall && resource.onCall == Group::"dba"',
  ])('lets rules see %s', (condition) => {
    const policies = policiesFrom(rule('a', 'request', ` when { ${condition} }`));
    expect(policies.ask({ ...asked, untold: [] })).toEqual({ allowed: true, ids: ['a'], errors: [] });
  });

  it('fits the schema for every action, with nothing known besides', () => {
    const actions = [
      'request',
      'autoApprove',
      'breakGlass',
      'activate',
      'extend',
      'revoke',
      'approve',
    ] as const;
    for (const action of actions) {
      const input = { ...INPUT, vote: { group: 'dba', requester: null } };
      const plain = cedarQuestion(action, input, catalogueWith(), calendars(), 0);
      expect(policiesFrom(rule('a', action)).ask(plain), action).toEqual({
        allowed: true,
        ids: ['a'],
        errors: [],
      });
    }
  });
});
