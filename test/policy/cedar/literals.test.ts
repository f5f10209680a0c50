import { describe, expect, it } from 'vitest';
import { literalsOf } from '../../../src/policy/cedar/literals.ts';
import { parseCatalogue } from '../../../src/policy/catalogue.ts';
import type { Catalogue, CatalogueGroup } from '../../../src/ports/catalogue.ts';
import { SMALL } from '../small-catalogue.ts';

const CATALOGUE = parseCatalogue(SMALL, 'catalogue.yaml');

function withGroup(group: Partial<CatalogueGroup>): Catalogue {
  const dba = CATALOGUE.groups.get('dba');
  if (!dba) throw new Error('no dba');
  return { ...CATALOGUE, groups: new Map([...CATALOGUE.groups, ['dba', { ...dba, ...group }]]) };
}

const sorted = (names: Iterable<string> | undefined) => [...(names ?? [])].sort();

describe('what rules may name', () => {
  it('is what the catalogue has', () => {
    const { entities, words } = literalsOf(CATALOGUE);
    expect(sorted(entities.get('Person'))).toEqual(['ana', 'ben', 'cleo', 'dev']);
    expect(sorted(entities.get('Group'))).toEqual(['dba', 'developers']);
    expect(sorted(entities.get('Entitlement'))).toEqual(['orders-db:read']);
    expect(sorted(entities.get('Project'))).toEqual([]);
    expect(sorted(words.get('resource.environment'))).toEqual(['production']);
    expect(sorted(words.get('resource.classification'))).toEqual([
      'confidential',
      'internal',
      'public',
      'restricted',
    ]);
    expect(sorted(words.get('context.group'))).toEqual([
      'dba',
      'developers',
      'role:data-owner',
      'role:manager',
      'role:owner',
    ]);
  });

  it('is a calendar of the right kind', () => {
    const when = { kind: 'span', from: '2026-12-24T00:00', until: '2026-12-27T00:00', zone: 'UTC' } as const;
    const common = { title: 'T', resources: null, environments: null, when };
    const calendars = new Map([
      ['christmas', { key: 'christmas', kind: 'freeze' as const, ...common }],
      ['sundays', { key: 'sundays', kind: 'maintenance' as const, ...common }],
    ]);
    const { words } = literalsOf({ ...CATALOGUE, calendars });
    expect(sorted(words.get('context.freezes'))).toEqual(['christmas']);
    expect(sorted(words.get('context.maintenances'))).toEqual(['sundays']);
  });

  it('is an attribute that someone has, with the values there are', () => {
    const [ana, ben] = [...CATALOGUE.people.values()];
    if (!ana || !ben) throw new Error('no people');
    const people = new Map([
      ['ana', { ...ana, attributes: { team: 'orders' } }],
      ['ben', { ...ben, attributes: { team: 'payments' } }],
    ]);
    const { tags } = literalsOf({ ...CATALOGUE, people });
    expect([...tags].map(([name, values]) => [name, sorted(values ?? [])])).toEqual([
      ['team', ['orders', 'payments']],
    ]);
  });

  it('is any value of what an identity provider sends, once there is one', () => {
    expect(literalsOf(CATALOGUE).tags.has('department')).toBe(false);
    const { tags } = literalsOf(withGroup({ source: { kind: 'scim', group: 'DBA' } }));
    expect(tags.get('department')).toBeNull();
  });
});

describe('how many can consent', () => {
  it('is known of a group that the catalogue alone lists', () => {
    expect([...literalsOf(CATALOGUE).sizes]).toEqual([
      ['developers', 2],
      ['dba', 2],
    ]);
  });

  it('is not known of one that others say is in it, nor of one that includes such a one', () => {
    const scim = { source: { kind: 'scim', group: 'DBA' }, members: [] } as const;
    expect(literalsOf(withGroup(scim)).sizes.has('dba')).toBe(false);
    const including = withGroup(scim);
    const developers = CATALOGUE.groups.get('developers');
    if (!developers) throw new Error('no developers');
    const groups = new Map([...including.groups, ['developers', { ...developers, includes: ['dba'] }]]);
    expect(literalsOf({ ...CATALOGUE, groups }).sizes.size).toBe(0);
  });
});
