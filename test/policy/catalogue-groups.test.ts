import { describe, expect, test } from 'vitest';
import { parseCatalogue } from '../../src/policy/catalogue.ts';
import { formatProblem } from '../../src/policy/problems.ts';
import { changed, problemsOf } from './small-catalogue.ts';

const load = (text: string) => parseCatalogue(text, 'catalogue.yaml');
const ANA = '{ name: Ana, accounts: { slack: T0COUNTER/U0ANA } }';
const DBA = '{ title: Administrators, members: [cleo, dev], channel: approvals }';
const READ = 'entitlements.orders-db:read';

/** Ana with something more, and then another piece of the catalogue changed. */
const ana = (more: string, text?: string) => changed(ANA, `${ANA.slice(0, -2)}, ${more} }`, text);
const dba = (group: string, text?: string) => changed(DBA, group, text);
const COUNTING = 'title: Duty, source: { slack: S0DUTY, counts: true }';
const TELLING = 'title: Duty, source: { slack: S0DUTY }';
const duty = (group: string, text?: string) =>
  changed('channels:\n', `  duty: { ${group} }\nchannels:\n`, text);
const ONLY_TELLING =
  'duty is a Slack user group for telling people only; say counts: true beside its slack id, or name another group';

const BROKEN: readonly (readonly [name: string, text: string, ...messages: string[]])[] = [
  // People
  [
    'a manager who is not there',
    ana('manager: bne'),
    '5:68 people.ana.manager: unknown person "bne"; expected one of ana, ben, cleo, dev (did you mean "ben"?)',
  ],
  [
    'managers in a circle',
    ana('manager: ben', changed('ben@counter.example }', 'ben@counter.example, manager: ana }')),
    '5:68 people.ana.manager: goes in a circle, ana → ben → ana; nobody is their own manager, however far up',
  ],
  [
    'someone who is their own manager',
    ana('manager: ana'),
    '5:68 people.ana.manager: goes in a circle, ana → ana; nobody is their own manager, however far up',
  ],
  [
    'an attribute that rules could not name',
    ana('attributes: { Team: payments }'),
    '5:73 people.ana.attributes.Team: expected a name of lower-case letters, digits, - and _; got "Team"',
  ],
  [
    'an attribute that is no text',
    ana('attributes: { level: 3 }'),
    '5:80 people.ana.attributes.level: expected text; got 3',
  ],
  [
    'more attributes than a rule could want',
    ana(`attributes: { ${Array.from({ length: 21 }, (_, i) => `a${i}: x`).join(', ')} }`),
    '5:59 people.ana.attributes: has 21 of them; expected at most 20',
  ],
  [
    'an absence without an end',
    ana('away: { from: 2026-12-20 }'),
    '5:59 people.ana.away.until: missing; expected text',
  ],
  [
    'an absence that ends before it begins',
    ana('away: { from: 2026-12-20, until: 2026-12-19 }'),
    '5:92 people.ana.away.until: is not after from',
  ],
  [
    'a day that is in no calendar',
    ana('away: { until: 2026-02-30 }'),
    '5:74 people.ana.away.until: expected a date, or a date and time, such as 2026-12-24 or 2026-12-24T18:00; got "2026-02-30"',
  ],
  [
    'an hour that the clocks leave out',
    ana('away: { until: 2026-03-29T02:30 }'),
    '5:74 people.ana.away.until: 2026-03-29T02:30 does not exist in Europe/Vienna, where clocks go forward; expected a time outside that hour',
  ],
  [
    'an hour that the clocks give twice',
    ana('away: { until: 2026-10-25T02:30 }'),
    '5:74 people.ana.away.until: 2026-10-25T02:30 comes twice in Europe/Vienna, where clocks go back; expected a time outside that hour',
  ],
  [
    'someone who stands in for themselves',
    ana('away: { until: 2027-01-07, delegate: ana }'),
    '5:96 people.ana.away.delegate: nobody stands in for themselves; expected another person',
  ],
  [
    'a delegate who is not there',
    ana('away: { until: 2027-01-07, delegate: eve }'),
    '5:96 people.ana.away.delegate: unknown person "eve"; expected one of ana, ben, cleo, dev',
  ],
  [
    'one name of another source given to two people',
    ana(
      'links: { scim: A-1 }',
      changed('ben@counter.example }', 'ben@counter.example, links: { scim: a-1 } }'),
    ),
    '6:102 people.ben.links.scim: SCIM user a-1 is already given to ana; one human is one person',
  ],
  [
    'an e-mail where an LDAP entry should be',
    ana('links: { ldap: ana@counter.example }'),
    `5:74 people.ana.links.ldap: expected an LDAP entry's name such as uid=ana,ou=people,dc=counter,dc=example; got "ana@counter.example"`,
  ],
  // Groups
  [
    'a group that nobody knows the members of',
    duty('title: Duty'),
    '12:3 groups.duty.members: missing; expected a list of people, or a source that knows them',
  ],
  [
    'members listed beside a source',
    duty(`${COUNTING}, members: []`),
    '12:24 groups.duty.source: contradicts members, which are listed; keep one of the two',
  ],
  [
    'two sources at once',
    duty('title: Duty, source: { scim: Duty, ldap: "cn=duty,dc=example" }'),
    '12:24 groups.duty.source: expected one of ldap, scim, slack; got 2 of them',
  ],
  [
    'a source of no kind that there is',
    duty('title: Duty, source: { okta: Duty }'),
    '12:24 groups.duty.source: expected one of ldap, scim, slack; got 0 of them',
    '12:34 groups.duty.source.okta: unknown key "okta"; expected one of counts, ldap, scim, slack',
  ],
  [
    'a Slack user group by its name',
    duty('title: Duty, source: { slack: duty }'),
    '12:41 groups.duty.source.slack: expected the id of a Slack user group such as S0ONCALL; got "duty"',
  ],
  [
    'a source that counts in any case',
    duty('title: Duty, source: { scim: Duty, counts: true }'),
    '12:54 groups.duty.source.counts: is for slack alone; every other source counts',
  ],
  [
    'a listed group that should grow stale',
    dba('{ title: Administrators, members: [cleo, dev], stale: 1h }'),
    '11:62 groups.dba.stale: is for groups with a source; what the catalogue lists is never stale',
  ],
  [
    'groups that include each other',
    dba(
      '{ title: Administrators, members: [cleo, dev], includes: [duty] }',
      duty('title: Duty, members: [], includes: [dba]'),
    ),
    '11:66 groups.dba.includes[0]: goes in a circle, dba → duty → dba; remove one of them',
  ],
  [
    'a group that includes itself',
    dba('{ title: Administrators, members: [cleo, dev], includes: [developers, dba] }'),
    '11:78 groups.dba.includes[1]: goes in a circle, dba → dba; remove one of them',
  ],
  [
    'an included group that is not there',
    dba('{ title: Administrators, members: [cleo, dev], includes: [developer] }'),
    '11:66 groups.dba.includes[0]: unknown group "developer"; expected one of dba, developers (did you mean "developers"?)',
  ],
  [
    'someone quiet who is no member',
    dba('{ title: Administrators, members: [cleo, dev], quiet: [dev, ana] }'),
    '11:68 groups.dba.quiet[1]: ana is no member of dba, and only members are asked at all',
  ],
  // Groups for telling only
  [
    'requesters whom a workspace could add to',
    duty(TELLING, changed('requesters: [developers]', 'requesters: [developers, duty]')),
    `34:30 ${READ}.requesters[1]: ${ONLY_TELLING}`,
  ],
  [
    'approvers whom a workspace could add to',
    duty(TELLING, changed('group: dba', 'group: duty')),
    `37:16 ${READ}.stages[0].group: ${ONLY_TELLING}`,
  ],
  [
    'an escalation to those who are only told',
    duty(TELLING, changed('quorum: 2', 'quorum: 2\n        escalate: { after: 1h, to: duty }')),
    `39:36 ${READ}.stages[0].escalate.to: ${ONLY_TELLING}`,
  ],
  [
    'a group of approvers that includes those who are only told',
    dba('{ title: Administrators, members: [cleo, dev], includes: [duty] }', duty(TELLING)),
    `11:66 groups.dba.includes[0]: ${ONLY_TELLING}`,
  ],
  [
    'people on call whom a workspace could add to',
    duty(TELLING, changed('    owner: cleo\n', '    owner: cleo\n    onCall: duty\n')),
    `26:13 resources.orders-db.onCall: ${ONLY_TELLING}`,
  ],
];

test.each(BROKEN)('names %s', (_name, text, ...messages) => {
  expect(problemsOf(text)).toEqual(messages.map((message) => `catalogue.yaml:${message}`));
});

describe('a person', () => {
  test('has no manager, no attributes, no absence and no other name unless the file says so', () => {
    expect(load(ana('operator: false')).people.get('ana')).toMatchObject({
      manager: null,
      attributes: {},
      away: null,
      links: { scim: null, ldap: null },
    });
  });

  test('is away by local time, from the beginning of a day until they are back', () => {
    const text = ana(
      'manager: cleo, attributes: { team: payments }, away: { from: 2026-12-20, until: 2027-01-07T09:00, delegate: ben }, links: { scim: "00u1", ldap: "uid=ana,dc=example" }',
    );
    expect(load(text).people.get('ana')).toMatchObject({
      manager: 'cleo',
      attributes: { team: 'payments' },
      away: { from: Date.UTC(2026, 11, 19, 23), until: Date.UTC(2027, 0, 7, 8), delegate: 'ben' },
      links: { scim: '00u1', ldap: 'uid=ana,dc=example' },
    });
  });

  test('whose delegate is away in the same time is warned of, and one whose delegate is back is not', () => {
    const both = (until: string) =>
      load(
        ana(
          'away: { from: 2026-12-20, until: 2027-01-07, delegate: ben }',
          changed('ben@counter.example }', `ben@counter.example, away: { until: ${until} } }`),
        ),
      ).warnings.map(formatProblem);
    expect(both('2026-12-21')).toEqual([
      'catalogue.yaml:5:114 people.ana.away.delegate: ben is away in that time too, and delegates have no delegates: nobody stands in then',
    ]);
    expect(both('2026-12-20')).toEqual([]);
  });
});

describe('a group', () => {
  const group = (text: string, key = 'duty') => load(text).groups.get(key);

  test('is what the catalogue lists, unless a source is named', () => {
    expect(group(duty('title: Duty, members: [ana]'))).toMatchObject({
      source: { kind: 'catalogue' },
      staleAfterMs: 24 * 3_600_000,
      members: ['ana'],
      includes: [],
      quiet: [],
    });
  });

  test.each([
    ['{ scim: Duty }', { kind: 'scim', group: 'Duty' }],
    ['{ ldap: "cn=duty,ou=groups,dc=example" }', { kind: 'ldap', dn: 'cn=duty,ou=groups,dc=example' }],
    ['{ slack: S0DUTY }', { kind: 'slack', id: 'S0DUTY', counts: false }],
    ['{ slack: S0DUTY, counts: true }', { kind: 'slack', id: 'S0DUTY', counts: true }],
  ])('may be known from %s, and grows stale when the file says', (source, kept) => {
    expect(group(duty(`title: Duty, source: ${source}, stale: 1h`))).toMatchObject({
      source: kept,
      staleAfterMs: 3_600_000,
      members: [],
    });
  });

  test('has the members of those it includes, however deep, each once', () => {
    const text = dba(
      '{ title: Administrators, members: [cleo, dev], includes: [duty] }',
      duty('title: Duty, members: [dev], includes: [developers]'),
    );
    expect(group(text, 'dba')).toMatchObject({
      members: ['cleo', 'dev', 'ana', 'ben'],
      includes: ['duty'],
    });
  });

  test('may have someone quiet who is a member through another group, or whom a source may know', () => {
    const including = dba(
      '{ title: Administrators, members: [cleo, dev], includes: [developers], quiet: [ana] }',
    );
    expect(group(including, 'dba')?.quiet).toEqual(['ana']);
    expect(group(duty('title: Duty, source: { scim: Duty }, quiet: [ana]'))?.quiet).toEqual(['ana']);
  });

  test('of a source may be asked to approve, since only the source knows how many they are', () => {
    expect(problemsOf(duty(COUNTING, changed('group: dba', 'group: duty')))).toEqual([]);
    const mixed = dba('{ title: Administrators, members: [cleo], includes: [duty] }', duty(COUNTING));
    expect(problemsOf(mixed)).toEqual([]);
  });

  test('that is only told of things may be named where nothing rests on it', () => {
    expect(problemsOf(duty(`${TELLING}, channel: approvals`))).toEqual([]);
  });
});
