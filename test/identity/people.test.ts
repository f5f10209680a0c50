import { describe, expect, test } from 'vitest';
import { gatherPeople } from '../../src/identity/people.ts';
import { catalogueOf, slack, userOf } from './known.ts';

const linkedTo = (scim: string) => ({ links: { scim, ldap: null } });

describe('a user whom the identity provider pushed', () => {
  test('is a person of their own, who operates and audits nothing', () => {
    const people = gatherPeople(catalogueOf({}), [userOf('una')]);
    expect(people.personOf(slack('UUNA'))).toEqual({
      key: 'scim:id-una',
      name: 'una of the provider',
      accounts: [slack('UUNA')],
      operator: false,
      auditor: false,
    });
    expect(people.person('scim:id-una')).toEqual(people.personOf(slack('UUNA')));
  });

  test('is called by their user name where there is no other', () => {
    const people = gatherPeople(catalogueOf({}), [userOf('una', { displayName: null })]);
    expect(people.person('scim:id-una')?.name).toBe('una@idp.example');
  });

  test('is nobody while not active, or without an account', () => {
    for (const why of [{ active: false }, { accounts: [] }]) {
      const people = gatherPeople(catalogueOf({}), [userOf('una', why)]);
      expect(people.person('scim:id-una')).toBeNull();
      expect(people.personOf(slack('UUNA'))).toBeNull();
      expect(people.profile('scim:id-una')).toBeNull();
    }
  });

  test('is not someone of the catalogue for having the same e-mail, or the same key', () => {
    const catalogue = catalogueOf({ ana: { email: 'ana@counter.example' } });
    const user = userOf('other', { email: 'ana@counter.example', displayName: 'ana' });
    const people = gatherPeople(catalogue, [user]);
    expect(people.personOf(slack('UANA'))?.key).toBe('ana');
    expect(people.personOf(slack('UOTHER'))?.key).toBe('scim:id-other');
  });

  test('has the manager that the provider knows of, where that is someone', () => {
    const users = [userOf('una', { manager: 'id-mia' }), userOf('mia', { manager: 'id-gone' })];
    const people = gatherPeople(catalogueOf({}), users);
    expect(people.profile('scim:id-una')?.manager).toBe('scim:id-mia');
    expect(people.profile('scim:id-mia')?.manager).toBeNull();
    const left = gatherPeople(catalogueOf({}), [users[0] ?? userOf(''), userOf('mia', { active: false })]);
    expect(left.profile('scim:id-una')?.manager).toBeNull();
  });
});

describe('a person linked to a user', () => {
  const user = userOf('x', { accounts: [slack('U9', 'T2')], attributes: { team: 'ops', grade: '7' } });

  test('is one with them, by externalId to the letter or userName in any case', () => {
    for (const link of ['ext-x', 'X@IDP.example']) {
      const people = gatherPeople(catalogueOf({ ana: { ...linkedTo(link), operator: true } }), [user]);
      expect(people.personOf(slack('UANA'))).toEqual({
        key: 'ana',
        name: 'ana',
        accounts: [slack('UANA'), slack('U9', 'T2')],
        operator: true,
        auditor: false,
      });
      expect(people.personOf(slack('U9', 'T2'))?.key).toBe('ana');
      expect(people.person('scim:id-x')).toBeNull();
      expect(people.keyOf.scimUser('id-x')).toBe('ana');
    }
  });

  test('is not linked by an e-mail, a display name, or an externalId in other case', () => {
    for (const link of ['x@counter.example', 'x of the provider', 'EXT-X']) {
      const people = gatherPeople(catalogueOf({ ana: linkedTo(link) }), [user]);
      expect(people.person('ana')).toBeNull();
    }
  });

  test('has one account where both sources list the same', () => {
    const people = gatherPeople(catalogueOf({ ana: linkedTo('ext-ana') }), [userOf('ana')]);
    expect(people.person('ana')?.accounts).toEqual([slack('UANA')]);
  });

  test('has the attributes of both; the catalogue goes before', () => {
    const ana = { ...linkedTo('ext-x'), attributes: { team: 'shop' } };
    expect(gatherPeople(catalogueOf({ ana }), [user]).profile('ana')).toEqual({
      manager: null,
      attributes: { team: 'shop', grade: '7' },
    });
  });

  test('has the manager of the catalogue before the one the provider knows', () => {
    const managed = userOf('ana', { manager: 'id-mia' });
    const everyone = [managed, userOf('mia')];
    const byProvider = gatherPeople(catalogueOf({ ana: linkedTo('ext-ana') }), everyone);
    expect(byProvider.profile('ana')?.manager).toBe('scim:id-mia');
    const listed = catalogueOf({ ana: { ...linkedTo('ext-ana'), manager: 'ben' }, ben: {} });
    expect(gatherPeople(listed, everyone).profile('ana')?.manager).toBe('ben');
  });

  test('may do nothing once that user is not active, or gone', () => {
    const catalogue = catalogueOf({ ana: linkedTo('ext-x') });
    for (const users of [[{ ...user, active: false }], []]) {
      const people = gatherPeople(catalogue, users);
      expect(people.person('ana')).toBeNull();
      expect(people.personOf(slack('UANA'))).toBeNull();
      expect(people.profile('ana')).toBeNull();
      expect(people.conflicts).toEqual([{ kind: 'broken-link', link: 'ext-x', person: 'ana' }]);
    }
  });

  test('may do nothing where that user is someone else in the same workspace', () => {
    const other = userOf('x', { userName: 'ext-ana', accounts: [slack('UMALLORY')] });
    const people = gatherPeople(catalogueOf({ ana: { ...linkedTo('ext-ana'), operator: true } }), [other]);
    for (const account of ['UANA', 'UMALLORY']) expect(people.personOf(slack(account))).toBeNull();
    expect(people.person('scim:id-x')).toBeNull();
    expect(people.conflicts).toEqual([{ kind: 'broken-link', link: 'ext-ana', person: 'ana' }]);
  });

  test('may have more accounts than one there, where they share one', () => {
    const more = userOf('ana', { accounts: [slack('UANA'), slack('UANA2')] });
    const people = gatherPeople(catalogueOf({ ana: linkedTo('ext-ana') }), [more]);
    expect(people.personOf(slack('UANA2'))?.key).toBe('ana');
  });

  test('may do nothing where the link could mean either of two users', () => {
    const users = [user, userOf('y', { userName: 'ext-x' })];
    const people = gatherPeople(catalogueOf({ ana: linkedTo('ext-x') }), users);
    expect(people.person('ana')).toBeNull();
    for (const key of ['scim:id-x', 'scim:id-y']) expect(people.person(key)).toBeNull();
    expect(people.conflicts).toContainEqual({ kind: 'broken-link', link: 'ext-x', person: 'ana' });
  });

  test('may do nothing where another is linked to the same user, and neither may the other', () => {
    const people = gatherPeople(catalogueOf({ ana: linkedTo('ext-x'), ben: linkedTo('x@idp.example') }), [
      user,
    ]);
    for (const key of ['ana', 'ben']) expect(people.person(key)).toBeNull();
    expect(people.keyOf.scimUser('id-x')).toBeNull();
    expect(people.conflicts).toContainEqual({ kind: 'scim-user', user: 'id-x', people: ['ana', 'ben'] });
  });

  test('is who the catalogue lists while no identity provider speaks to us', () => {
    const people = gatherPeople(catalogueOf({ ana: linkedTo('ext-x') }), null);
    expect(people.person('ana')?.key).toBe('ana');
    expect(people.conflicts).toEqual([]);
  });
});

describe('what two people claim', () => {
  test('an account is nobody’s, is told to operators, and leaves them their others', () => {
    const catalogue = catalogueOf({ ana: { accounts: [slack('U1'), slack('U2')] } });
    const people = gatherPeople(catalogue, [userOf('x', { accounts: [slack('U2'), slack('U3')] })]);
    expect(people.personOf(slack('U2'))).toBeNull();
    expect(people.personOf(slack('U1'))?.accounts).toEqual([slack('U1')]);
    expect(people.personOf(slack('U3'))?.accounts).toEqual([slack('U3')]);
    expect(people.conflicts).toEqual([
      { kind: 'account', account: slack('U2'), people: ['ana', 'scim:id-x'] },
    ]);
  });

  test('the account of someone who has left is not another’s', () => {
    const catalogue = catalogueOf({ ana: linkedTo('ext-ana') });
    const gone = userOf('ana', { active: false, accounts: [] });
    const people = gatherPeople(catalogue, [gone, userOf('x', { accounts: [slack('UANA')] })]);
    expect(people.personOf(slack('UANA'))).toBeNull();
    const unlinked = gatherPeople(catalogueOf({ ana: {} }), [userOf('ana', { active: false })]);
    expect(unlinked.personOf(slack('UANA'))).toBeNull();
  });

  test('an LDAP entry is nobody’s, however the two write its name', () => {
    const entry = (ldap: string) => ({ links: { scim: null, ldap } });
    const one = entry('uid=ana,ou=people,dc=counter');
    const people = gatherPeople(
      catalogueOf({ ana: one, ben: entry('UID=Ana, OU=People, DC=counter') }),
      null,
    );
    expect(people.keyOf.ldapEntry('uid="ana",ou="people",dc="counter"')).toBeNull();
    expect(people.conflicts).toMatchObject([{ kind: 'ldap-entry', people: ['ana', 'ben'] }]);
  });

  test('a link that is no name of an LDAP entry is told to operators', () => {
    const people = gatherPeople(
      catalogueOf({ ana: { links: { scim: null, ldap: 'uid=ana,people' } } }),
      null,
    );
    expect(people.conflicts).toEqual([{ kind: 'unreadable-dn', dn: 'uid=ana,people', person: 'ana' }]);
    expect(people.person('ana')?.key).toBe('ana');
  });
});
