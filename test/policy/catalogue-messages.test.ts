import { expect, test } from 'vitest';
import { changed, problemsOf, SMALL } from './small-catalogue.ts';

const STAGES = '    stages:\n      - name: DBA\n        group: dba\n        quorum: 2\n';
const READ = 'entitlements.orders-db:read';
const NO_DURATION = 'expected a duration such as 10s, 30m, 1h30m or 1d';

/** What is broken, how, and all that the operator is told. */
const BROKEN: readonly (readonly [name: string, from: string, to: string, ...messages: string[]])[] = [
  // References
  [
    'an unknown group in a stage',
    'group: dba',
    'group: dbaa',
    `36:16 ${READ}.stages[0].group: unknown group "dbaa"; expected one of dba, developers (did you mean "dba"?)`,
  ],
  [
    'an unknown group of requesters',
    'requesters: [developers]',
    'requesters: [sales]',
    `33:18 ${READ}.requesters[0]: unknown group "sales"; expected one of dba, developers`,
  ],
  [
    'an unknown resource',
    'resource: orders-db',
    'resource: orders',
    `29:15 ${READ}.resource: unknown resource "orders"; expected orders-db (did you mean "orders-db"?)`,
  ],
  [
    'an unknown connector',
    'connector: shop',
    'connector: till',
    '21:16 resources.orders-db.connector: unknown connector "till"; expected shop',
  ],
  [
    'an unknown owner',
    'owner: cleo',
    'owner: celo',
    '24:12 resources.orders-db.owner: unknown person "celo"; expected one of ana, ben, cleo, dev (did you mean "cleo"?)',
  ],
  [
    'an unknown channel of a resource',
    '    channel: approvals\n',
    '    channel: log\n',
    '25:14 resources.orders-db.channel: unknown channel "log"; expected approvals',
  ],
  [
    'an unknown channel of a group',
    'channel: approvals }',
    'channel: C0APPROVALS }',
    '11:64 groups.dba.channel: unknown channel "C0APPROVALS"; expected approvals (did you mean "approvals"?)',
  ],
  [
    'an unknown member',
    '[ana, ben]',
    '[ana, bne]',
    '10:51 groups.developers.members[1]: unknown person "bne"; expected one of ana, ben, cleo, dev (did you mean "ben"?)',
  ],
  [
    'a member listed twice',
    '[ana, ben]',
    '[ana, ben, ana]',
    '10:56 groups.developers.members[2]: "ana" is listed twice',
  ],
  // People
  [
    'one account given to two people',
    'T0COUNTER/U0BEN',
    'T0COUNTER/U0ANA',
    '6:40 people.ben.accounts.slack: account T0COUNTER/U0ANA is already given to ana; one human is one person',
  ],
  [
    'an e-mail too long to be one, at once',
    'ben@counter.example',
    `"a@${'.'.repeat(500_000)} "`,
    `6:66 people.ben.email: expected an e-mail address; got "a@${'.'.repeat(38)}…"`,
  ],
  [
    'one e-mail given to two people',
    'U0CLEO }',
    'U0CLEO }, email: Ben@counter.example',
    '7:69 people.cleo.email: e-mail ben@counter.example is already given to ben; one human is one person',
  ],
  [
    'an account that is a name',
    'T0COUNTER/U0ANA',
    'ana',
    '5:40 people.ana.accounts.slack: expected an account as TEAM/USER, such as T0COUNTER/U0ANA; got "ana"',
  ],
  [
    'an account of a workspace that is not allowed',
    'T0COUNTER/U0ANA',
    'T0OTHER/U0ANA',
    '5:40 people.ana.accounts.slack: team T0OTHER is not among slack.teams; expected T0COUNTER',
  ],
  // Consent
  [
    'a quorum larger than its group',
    'quorum: 2',
    'quorum: 3',
    `37:17 ${READ}.stages[0].quorum: 3 cannot be reached: dba has 2 members`,
  ],
  [
    'a stage of an empty group',
    '[cleo, dev]',
    '[]',
    `36:16 ${READ}.stages[0].group: nobody can approve this: dba has no members; expected 2 at least`,
  ],
  [
    'a quorum of nobody',
    'quorum: 2',
    'quorum: 0',
    `37:17 ${READ}.stages[0].quorum: expected at least 1; got 0`,
  ],
  [
    'stages that need more people than there are',
    'quorum: 2',
    'quorum: 2\n      - { name: Again, group: dba, quorum: 1 }',
    `38:9 ${READ}.stages[1]: cannot be filled: one person counts once, and the stages need 3 different people between them`,
  ],
  [
    'two stages of one name',
    'quorum: 2',
    'quorum: 1\n      - { name: DBA, group: dba, quorum: 1 }',
    `38:17 ${READ}.stages[1].name: "DBA" is the name of two stages`,
  ],
  [
    'neither stages nor automatic approval',
    STAGES,
    '',
    `27:3 ${READ}.stages: none, so nobody could consent; expected a stage (or "approval: automatic", for public and internal)`,
  ],
  [
    'automatic approval of what is confidential',
    STAGES,
    '    approval: automatic\n',
    `34:15 ${READ}.approval: automatic is refused because orders-db is confidential: rule automatic-approval allows public and internal only; expected stages`,
  ],
  [
    'another word for automatic',
    STAGES,
    '    approval: auto\n',
    `34:15 ${READ}.approval: expected automatic; got "auto"`,
  ],
  // Durations
  [
    'a duration without a unit',
    'longest: 4h',
    'longest: 10',
    `32:14 ${READ}.longest: ${NO_DURATION}; got 10`,
  ],
  ['no time at all', 'longest: 4h', 'longest: 0m', `32:14 ${READ}.longest: ${NO_DURATION}; got "0m"`],
  ['less than no time', 'longest: 4h', 'longest: -4h', `32:14 ${READ}.longest: ${NO_DURATION}; got "-4h"`],
  [
    'access for ever',
    'longest: 4h',
    'longest: 31d',
    `32:14 ${READ}.longest: "31d" is more than 30 d, the most there is`,
  ],
  [
    'a warning at the start',
    'longest: 4h',
    'longest: 4h\n    warn: 4h',
    `33:11 ${READ}.warn: 4 h is not shorter than longest, 4 h`,
  ],
  [
    'durations beyond the longest, or twice',
    'longest: 4h',
    'longest: 4h\n    durations: [1h, 8h, 60m]',
    `33:21 ${READ}.durations[1]: 8 h is beyond longest, 4 h`,
    `33:25 ${READ}.durations[2]: 1 h is listed twice`,
  ],
  [
    'an extension longer than the longest',
    'longest: 4h',
    'longest: 4h\n    extension: { longest: 5h }',
    `33:27 ${READ}.extension.longest: 5 h is beyond longest, 4 h`,
  ],
  // Scope and configuration
  [
    'a wildcard in a scope',
    'shop_ro',
    '"shop_*"',
    `31:20 ${READ}.scope.role: wildcard "*" is refused: a scope names exactly what it gives`,
  ],
  [
    'a fraction in a scope',
    'shop_ro',
    '1.5',
    `31:20 ${READ}.scope.role: expected a whole number, or text in quotes`,
  ],
  [
    'an address with a password in it',
    'env:SHOP_ADMIN_URL',
    '"postgres://jit:hunter2@db/shop"',
    '17:22 connectors.shop.config.admin: looks like an address with credentials in it; give it as env:NAME or file:path',
  ],
  [
    'a password',
    'admin: env:SHOP_ADMIN_URL',
    'adminPassword: hunter2',
    '17:30 connectors.shop.config.adminPassword: a secret is never written here; give it as env:NAME or file:path',
  ],
  [
    'a password of digits, in a list',
    'admin: env:SHOP_ADMIN_URL',
    'password: [123456]',
    '17:26 connectors.shop.config.password[0]: a secret is never written here; give it as env:NAME or file:path',
  ],
  [
    'a secret where the configuration should be',
    '{ admin: env:SHOP_ADMIN_URL }',
    'hunter2',
    '17:13 connectors.shop.config: expected a mapping of keys to values',
  ],
  [
    'a secret in quite another place',
    'use: postgres-role',
    'use: postgres://jit:hunter2@db/shop',
    '16:10 connectors.shop.use: expected postgres-role, signed-jwt, exception, ./a-file.js or the name of a package; got what looks like a secret',
  ],
  [
    'a reference that is none',
    'env:SHOP_ADMIN_URL',
    '"env:shop admin"',
    '17:22 connectors.shop.config.admin: is not a reference; expected env:NAME or file:path',
  ],
  [
    'a connector outside the folder',
    'use: postgres-role',
    'use: ./../../evil.js',
    '16:10 connectors.shop.use: expected postgres-role, signed-jwt, exception, ./a-file.js or the name of a package; got "./../../evil.js"',
  ],
  // The log
  [
    'a channel for the log that there is not',
    'people:\n',
    'audit: { channel: log }\npeople:\n',
    '4:19 audit.channel: unknown channel "log"; expected approvals',
  ],
  [
    'a retention in hours',
    'people:\n',
    'audit: { retention: { internal: 36h } }\npeople:\n',
    '4:33 audit.retention.internal: expected days, from 1d to 3650d; got "36h"',
  ],
  [
    'a retention without a unit, and one of no days',
    'people:\n',
    'audit:\n  retention:\n    internal: 90\n    restricted: 0d\npeople:\n',
    '6:15 audit.retention.internal: expected days, from 1d to 3650d; got 90',
    '7:17 audit.retention.restricted: expected days, from 1d to 3650d; got "0d"',
  ],
  [
    'a retention of more than ten years',
    'people:\n',
    'audit: { retention: { public: 3651d } }\npeople:\n',
    '4:31 audit.retention.public: expected days, from 1d to 3650d; got "3651d"',
  ],
  [
    'a retention of a classification that there is not',
    'people:\n',
    'audit: { retention: { secret: 90d } }\npeople:\n',
    '4:23 audit.retention.secret: unknown key "secret"; expected one of confidential, internal, public, restricted',
  ],
  [
    'nothing where the part about the log should be',
    'people:\n',
    'audit:\npeople:\n',
    '4:7 audit: expected a mapping of keys to values; got nothing',
  ],
  [
    'an auditor by any other word, and a channel of the log, in the order of the file',
    'people:\n  ana: {',
    'audit: { channel: aprovals }\npeople:\n  ana: { auditor: yes,',
    '4:19 audit.channel: unknown channel "aprovals"; expected approvals (did you mean "approvals"?)',
    '6:19 people.ana.auditor: expected true or false; got "yes"',
  ],
  // Shape
  ['another version', 'version: 1', 'version: 2', '1:10 version: expected 1; got 2'],
  ['no version', 'version: 1\n', '', '1:1 version: missing; expected 1'],
  [
    'a zone of no place',
    'Europe/Vienna',
    'Europe/Wien',
    '2:7 zone: unknown time zone "Europe/Wien"; expected an IANA name such as Europe/Vienna',
  ],
  [
    'a misspelt key, which leaves another one missing',
    'quorum: 2',
    'qorum: 2',
    `35:9 ${READ}.stages[0].quorum: missing; expected a whole number`,
    `37:9 ${READ}.stages[0].qorum: unknown key "qorum"; expected one of escalate, group, name, quorum, role (did you mean "quorum"?)`,
  ],
  [
    'two unknown keys, each on its line',
    'channels:\n',
    'chanels: {}\nteam: dba\nchannels:\n',
    '12:1 chanels: unknown key "chanels"; expected one of audit, calendars, channels, connectors, entitlements, groups, impact, limits, onInadmissible, people and 5 more (did you mean "channels"?)',
    '13:1 team: unknown key "team"; expected one of audit, calendars, channels, connectors, entitlements, groups, impact, limits, onInadmissible, people and 5 more',
  ],
  [
    'a key that others could not type',
    '  orders-db:read:',
    '  Orders Read:',
    '27:3 entitlements["Orders Read"]: expected a key of lower-case letters, digits, - and _, as in orders-db:read; got "Orders Read"',
  ],
  [
    'a classification of our own making',
    'confidential',
    'secret',
    '23:21 resources.orders-db.classification: expected one of confidential, internal, public, restricted; got "secret"',
  ],
  [
    'a channel by its name',
    'C0APPROVALS',
    'db-approvals',
    '13:23 channels.approvals.slack: expected a Slack channel id such as C0LOG; got "db-approvals"',
  ],
  [
    'a title that reads backwards',
    'title: Read orders',
    'title: "Read \u202eorders"',
    `28:12 ${READ}.title: contains invisible or direction-changing characters; remove them`,
  ],
  [
    'a title with a control character',
    'title: Read orders',
    'title: "Read \\u0007orders"',
    `28:12 ${READ}.title: contains control characters; remove them`,
  ],
  [
    'a title that no option can hold',
    'title: Read orders',
    `title: ${'x'.repeat(76)}`,
    `28:12 ${READ}.title: is 76 characters long; at most 75 fit`,
  ],
  ['a blank title', 'title: Read orders', 'title: " "', `28:12 ${READ}.title: is blank; expected text`],
  // YAML
  [
    'a key given twice',
    '  ben: {',
    '  ana: {',
    '6:3 people.ana: duplicate key; first given on line 5',
    '10:51 groups.developers.members[1]: unknown person "ben"; expected one of ana, cleo, dev',
  ],
  [
    'a reserved key',
    'version: 1',
    'version: 1\n__proto__: { operator: true }',
    '2:1 a key that is empty or reserved',
  ],
  ['an open quote', 'version: 1', 'version: "1', '38:1 not readable as YAML: missing closing "quote'],
  [
    'a tag',
    'version: 1',
    'version: !!js/function x',
    '1:10 not readable as YAML: unresolved tag: tag:yaml.org,2002:js/function',
  ],
];

test.each(BROKEN)('names %s', (_name, from, to, ...messages) => {
  expect(problemsOf(changed(from, to))).toEqual(messages.map((message) => `catalogue.yaml:${message}`));
});

test('finds nothing wrong with the catalogue that all of these break', () => {
  expect(problemsOf(SMALL)).toEqual([]);
});

test('never repeats what looks like a secret', () => {
  for (const [, from, to] of BROKEN) {
    expect(problemsOf(changed(from, to)).join('\n')).not.toContain('hunter2');
  }
});
