import { expect, test } from 'vitest';
import { normaliseDn, withoutUid } from '../../src/identity/dn.ts';

const ana = normaliseDn('uid=ana,ou=people,dc=counter,dc=example');

test('one entry has one name, however it is written', () => {
  expect(ana).not.toBeNull();
  for (const other of [
    'UID=Ana,OU=People,DC=Counter,DC=Example',
    ' uid = ana , ou= people ,dc=counter, dc=example ',
    'uid=\\61na,ou=people,dc=counter,dc=example',
    'uid=ana,ou=people,dc=counter,dc=ex\\61mple',
  ])
    expect(normaliseDn(other)).toBe(ana);
  expect(normaliseDn('cn=Ana+uid=7,dc=x')).toBe(normaliseDn('uid=7+cn=ana,dc=x'));
  expect(normaliseDn('cn=Ana  Bo,dc=x')).toBe(normaliseDn('cn=ana bo\\ ,dc=x'));
  expect(normaliseDn('cn=Zo\\C3\\AB,dc=x')).toBe(normaliseDn('cn=ZOË,dc=x'));
  expect(normaliseDn('cn=Zoe\u0308,dc=x')).toBe(normaliseDn('cn=Zoë,dc=x'));
});

test('an escaped character belongs to the value', () => {
  expect(normaliseDn('cn=Bo\\, Ana,dc=x')).toBe(normaliseDn('cn=Bo\\2C Ana,dc=x'));
  expect(normaliseDn('cn=a\\+b=c,dc=x')).not.toBe(normaliseDn('cn=a+b=c,dc=x'));
  expect(normaliseDn('cn=a\\\\2C,dc=x')).not.toBe(normaliseDn('cn=a\\2C,dc=x'));
  expect(normaliseDn('cn=a\\\\,dc=x')).toBe(normaliseDn('cn=a\\5c,dc=x'));
});

test('no value can pass for more than one step', () => {
  const forged = 'uid=ana\\,ou\\=people\\,dc\\=counter\\,dc\\=example';
  expect(normaliseDn(forged)).not.toBe(ana);
  expect(normaliseDn('uid=ana\\22\\,ou=\\22people,dc=counter,dc=example')).not.toBe(ana);
});

test('what is no name, or cannot be read, is none', () => {
  for (const text of [
    '',
    ' ',
    'ana',
    'uid=',
    'uid=ana,',
    ',uid=ana',
    'uid=ana,people',
    '=ana',
    'u id=ana',
    'cn="Bo, Ana",dc=x',
    'cn=#0403616e61,dc=x',
    'cn=ana;dc=x',
    'cn=a<b,dc=x',
    'cn=ana\\',
    'cn=\\ff\\fe,dc=x',
  ])
    expect([text, normaliseDn(text)]).toEqual([text, null]);
});

test('a value with thousands of escapes takes no time to speak of', () => {
  expect(normaliseDn(`cn=${'\\2c'.repeat(100_000)},dc=x`)).not.toBeNull();
  expect(normaliseDn(`cn=${'\\'.repeat(100_001)}`)).toBeNull();
});

test('the identifier behind a unique member is no part of its name', () => {
  expect(withoutUid("uid=ana,dc=x#'0101'B")).toBe('uid=ana,dc=x');
  expect(withoutUid('uid=ana,dc=x')).toBe('uid=ana,dc=x');
});
