import { describe, expect, test } from 'vitest';
import { parseCatalogue } from '../../src/policy/catalogue.ts';
import { formatProblem } from '../../src/policy/problems.ts';
import { changed, problemsOf, SMALL } from './small-catalogue.ts';

const HOUR_MS = 3_600_000;
const READ = 'entitlements.orders-db:read';
const load = (text: string) => parseCatalogue(text, 'catalogue.yaml');
const read = (text: string) => {
  const entitlement = load(text).entitlements.get('orders-db:read');
  if (!entitlement) throw new Error('no orders-db:read');
  return entitlement;
};

const STAGE = '      - name: DBA\n        group: dba\n        quorum: 2\n';
const staged = (stage: string, text?: string) => changed(STAGE, `      - ${stage}\n`, text);
const resource = (more: string, text?: string) =>
  changed('    owner: cleo\n', `    owner: cleo\n    ${more}\n`, text);
const entitlement = (more: string, text?: string) =>
  changed('    longest: 4h\n', `    longest: 4h\n    ${more}\n`, text);
const top = (more: string, text?: string) => changed('people:\n', `${more}\npeople:\n`, text);
const calendar = (more: string) => `${SMALL}calendars:\n  freeze: { kind: freeze, title: Freeze, ${more} }\n`;

/** SMALL with an exception beside it, of which the scope says so much. */
const exception = (scope: string, consent = 'stages: [{ name: DBA, group: dba, quorum: 1 }]') =>
  `${changed(
    'resources:\n',
    `  exceptions: { use: exception, config: {} }
resources:
  rules: { title: Rules, connector: exceptions, environment: production, classification: internal, owner: dev, channel: approvals }
`,
  )}  freeze-exception:
    { title: Exception, resource: rules, description: For a repair., longest: 1h, ${consent}, scope: { ${scope} } }
`;

const BROKEN: readonly (readonly [name: string, text: string, ...messages: string[]])[] = [
  // Roles
  [
    'a role that there is not',
    staged('{ name: Boss, role: boss }'),
    `35:29 ${READ}.stages[0].role: expected one of data-owner, manager, owner; got "boss"`,
  ],
  [
    'two managers of one person',
    staged('{ name: Boss, role: manager, quorum: 2 }'),
    `35:46 ${READ}.stages[0].quorum: expected 1; got 2`,
  ],
  [
    'a role beside a group',
    staged('{ name: Boss, role: manager, group: dba, quorum: 1 }'),
    `35:23 ${READ}.stages[0].role: "role" excludes what else stands there; keep one of the two`,
  ],
  [
    'an owner of the data whom nobody named',
    staged('{ name: Data, role: data-owner }'),
    `35:29 ${READ}.stages[0].role: nobody can approve this: orders-db has no dataOwner; name one there, or a group here`,
  ],
  [
    'an owner who would have to consent twice',
    staged(
      '{ name: Data, role: data-owner }\n      - { name: Owner, role: owner }',
      resource('dataOwner: cleo'),
    ),
    `37:9 ${READ}.stages[1]: cannot be filled: one person counts once, and the stages need 2 different people between them`,
  ],
  // Escalation
  [
    'an escalation when the request is gone',
    staged('{ name: DBA, group: dba, quorum: 2, escalate: { after: 4h, to: developers } }'),
    `35:64 ${READ}.stages[0].escalate.after: 4 h is not before lapse, 4 h: the request is gone by then`,
  ],
  [
    'an escalation to those who are asked already',
    staged('{ name: DBA, group: dba, quorum: 2, escalate: { after: 1h, to: dba } }'),
    `35:72 ${READ}.stages[0].escalate.to: dba is asked from the start; expected another group`,
  ],
  [
    'an escalation to nobody',
    staged(
      '{ name: DBA, group: dba, quorum: 2, escalate: { after: 1h, to: developers } }',
      changed('[ana, ben]', '[]'),
    ),
    `35:72 ${READ}.stages[0].escalate.to: nobody can approve this: developers has no members; expected a member, or another group`,
  ],
  [
    'an escalation without an end of patience',
    staged('{ name: DBA, group: dba, quorum: 2, escalate: { to: developers } }'),
    `35:45 ${READ}.stages[0].escalate.after: missing; expected a duration such as 10s, 30m, 1h30m or 1d`,
  ],
  // What it says of itself
  [
    'a privilege of another kind',
    entitlement('privilege: root'),
    `33:16 ${READ}.privilege: expected one of build-time, run-time; got "root"`,
  ],
  [
    'six consequences, which nobody would read',
    entitlement('consequences: [a, b, c, d, e, f]'),
    `33:5 ${READ}.consequences: expected at most 5 of them`,
  ],
  [
    'a consequence longer than a line or two',
    entitlement(`consequences: [${'x'.repeat(201)}]`),
    `33:20 ${READ}.consequences[0]: is 201 characters long; at most 200 fit`,
  ],
  [
    'a project by its title',
    resource('project: The Shop'),
    '25:14 resources.orders-db.project: expected lower-case letters, digits and -, such as shop; got "The Shop"',
  ],
  [
    'a zone that is an offset',
    resource('zone: "+01:00"'),
    '25:11 resources.orders-db.zone: unknown time zone "+01:00"; expected an IANA name such as Europe/Vienna',
  ],
  [
    'an owner of the data who is not there',
    resource('dataOwner: celo'),
    '25:16 resources.orders-db.dataOwner: unknown person "celo"; expected one of ana, ben, cleo, dev (did you mean "cleo"?)',
  ],
  [
    'a group on call that is not there',
    resource('onCall: oncall'),
    '25:13 resources.orders-db.onCall: unknown group "oncall"; expected one of dba, developers',
  ],
  // Limits
  [
    'more time than the data allows',
    top('limits: { confidential: { longest: 3h } }'),
    `33:14 ${READ}.longest: 4 h is beyond the 3 h that confidential data allows`,
  ],
  [
    'fewer approvals than the data wants',
    top('limits: { confidential: { approvals: 3 } }'),
    `35:5 ${READ}.stages: 2 approvals < 3 that confidential data wants`,
  ],
  [
    'automatic approval of data that wants someone to be asked',
    top(
      'limits: { internal: { approvals: 1 } }',
      changed(`    stages:\n${STAGE}`, '    approval: automatic\n', changed('confidential', 'internal')),
    ),
    `35:15 ${READ}.approval: 0 approvals < 1 that internal data wants`,
  ],
  [
    'more time by extensions that nobody consents to',
    top(
      'limits: { confidential: { longest: 5h } }',
      entitlement('extension: { longest: 1h, times: 2, consent: automatic }'),
    ),
    `34:5 ${READ}.extension: 4 h and 2 × 1 h more without new consent are beyond the 5 h that confidential data allows`,
  ],
  [
    'a limit for data of no classification',
    top('limits: { secret: { longest: 1h } }'),
    '4:11 limits.secret: unknown key "secret"; expected one of confidential, internal, public, restricted',
  ],
  // Impact
  [
    'points for an environment that is misspelt',
    top('impact: { environment: { prodution: 2 } }'),
    '4:26 impact.environment.prodution: unknown environment "prodution"; expected production (did you mean "production"?)',
  ],
  [
    'points for an entitlement that there is not',
    top("impact: { entitlement: { 'orders-db:write': 2 } }"),
    '4:26 impact.entitlement.orders-db:write: unknown entitlement "orders-db:write"; expected orders-db:read (did you mean "orders-db:read"?)',
  ],
  [
    'points below nothing, which would make up for others',
    top('impact: { privilege: { build-time: -1 } }'),
    '4:36 impact.privilege.build-time: expected at least 0; got -1',
  ],
  // The rest of the top
  [
    'policies outside the folder',
    top('policies: ../policies'),
    '4:11 policies: expected a folder beside the catalogue such as policies, or none; got "../policies"',
  ],
  [
    'nothing said of policies, with the key there',
    top('policies:'),
    '4:10 policies: expected text; got nothing',
  ],
  [
    'another end of what is inadmissible',
    top('onInadmissible: keep'),
    '4:17 onInadmissible: expected one of flag, revoke; got "keep"',
  ],
  // Calendars
  [
    'a calendar that never says when',
    calendar('zone: UTC'),
    '39:3 calendars.freeze.from: missing; expected text',
    '39:3 calendars.freeze.until: missing; expected text',
  ],
  [
    'a rule that never says when it begins',
    calendar('lasts: 1h'),
    '39:3 calendars.freeze.rule: missing; expected text',
    '39:3 calendars.freeze.start: missing; expected text',
  ],
  [
    'a calendar that says it twice',
    calendar('ics: a.ics, from: 2026-12-20'),
    '39:54 calendars.freeze.from: "from" excludes what else stands there; keep one of the two',
  ],
  [
    'a calendar of another kind',
    calendar('ics: a.ics').replace('kind: freeze', 'kind: frost'),
    '39:19 calendars.freeze.kind: expected one of freeze, maintenance; got "frost"',
  ],
  [
    'a calendar outside the folder',
    calendar('ics: ../a.ics'),
    '39:47 calendars.freeze.ics: expected a file beside the catalogue such as freezes.ics; got "../a.ics"',
  ],
  [
    'a calendar of resources and environments that there are not',
    calendar('ics: a.ics, resources: [orders], environments: [prod]'),
    '39:66 calendars.freeze.resources[0]: unknown resource "orders"; expected orders-db (did you mean "orders-db"?)',
    '39:90 calendars.freeze.environments[0]: unknown environment "prod"; expected production',
  ],
  [
    'a calendar of no resource at all',
    calendar('ics: a.ics, resources: []'),
    '39:54 calendars.freeze.resources: expected at least 1 of them',
  ],
  [
    'a beginning that is no time',
    calendar('from: Christmas, until: 2026-12-27'),
    '39:48 calendars.freeze.from: expected a date, or a date and time, such as 2026-12-24 or 2026-12-24T18:00; got "Christmas"',
  ],
  // Exceptions
  [
    'an exception that nobody consents to',
    exception('overrides: freeze', 'approval: automatic'),
    '41:93 entitlements.freeze-exception.approval: automatic is refused: an exception takes consent; expected stages',
  ],
  [
    'an exception that goes on without consent',
    exception(
      'overrides: freeze',
      'stages: [{ name: DBA, group: dba, quorum: 1 }], extension: { longest: 1h, consent: automatic }',
    ),
    '41:166 entitlements.freeze-exception.extension.consent: automatic is refused: an exception takes consent; expected stages',
  ],
  [
    'an exception for what there is not',
    exception("overrides: freeze, entitlement: 'orders-db:reed'"),
    '41:172 entitlements.freeze-exception.scope.entitlement: unknown entitlement "orders-db:reed"; expected one of freeze-exception, orders-db:read (did you mean "orders-db:read"?)',
  ],
  [
    'an exception to itself',
    exception('overrides: freeze, entitlement: freeze-exception'),
    '41:172 entitlements.freeze-exception.scope.entitlement: freeze-exception is an exception itself; expected what it is needed for',
  ],
  [
    'a connector that is made from others',
    changed('use: postgres-role', 'use: bundle'),
    '16:10 connectors.shop.use: bundle is made from the parts of an entitlement that has some; remove it here',
  ],
];

test.each(BROKEN)('names %s', (_name, text, ...messages) => {
  expect(problemsOf(text)).toEqual(messages.map((message) => `catalogue.yaml:${message}`));
});

describe('a stage', () => {
  test('may be a role, which is one person', () => {
    expect(read(staged('{ name: Boss, role: manager }')).consent.stages).toEqual([
      { name: 'Boss', group: 'role:manager', quorum: 1 },
    ]);
  });

  test('is opened to others when it waits, if the file says so', () => {
    const stage = '{ name: DBA, group: dba, quorum: 2, escalate: { after: 1h, to: developers } }';
    expect(read(staged(stage)).consent.stages).toEqual([
      { name: 'DBA', group: 'dba', quorum: 2, escalation: { afterMs: HOUR_MS, group: 'developers' } },
    ]);
  });

  test('of the owner, or of a manager, warns of those who ask and have nobody above them', () => {
    const warnings = (text: string) => load(text).warnings.map(formatProblem);
    const owner = staged('{ name: Owner, role: owner }', changed('[developers]', '[developers, dba]'));
    expect(warnings(owner)).toEqual([
      `catalogue.yaml:34:5 ${READ}.stages: cleo may ask, but without them too few people are left to consent`,
    ]);
    const manager = staged(
      '{ name: Boss, role: manager }',
      changed('U0ANA } }', 'U0ANA }, manager: cleo }', changed('U0BEN }', 'U0BEN }, links: { scim: ben }')),
    );
    expect(warnings(manager)).toEqual([]);
    expect(warnings(staged('{ name: Boss, role: manager }'))).toEqual([
      `catalogue.yaml:34:5 ${READ}.stages: ana, ben may ask, but without them too few people are left to consent`,
    ]);
  });
});

describe('what the file does not say', () => {
  test('is no policies, no calendars, no limits, no points, and an end to what is inadmissible', () => {
    const none = { longestMs: null, approvals: null };
    expect(load(SMALL)).toMatchObject({
      policies: null,
      limits: { public: none, internal: none, confidential: none, restricted: none },
      impact: { classification: {}, environment: {}, privilege: {}, duration: null, entitlement: {} },
      onInadmissible: 'revoke',
    });
    expect(load(SMALL).calendars.size).toBe(0);
    expect(load(SMALL).resources.get('orders-db')).toMatchObject({
      dataOwner: null,
      project: null,
      zone: 'Europe/Vienna',
      onCall: null,
    });
    expect(read(SMALL)).toMatchObject({
      privilege: 'run-time',
      consequences: [],
      parts: [],
      connector: null,
    });
  });
});

describe('what the file says', () => {
  test('is kept of a resource and an entitlement', () => {
    const text = resource(
      'dataOwner: dev\n    project: shop\n    zone: Asia/Tokyo\n    onCall: developers',
      entitlement('privilege: build-time\n    consequences: [Every statement is kept.]'),
    );
    expect(load(text).resources.get('orders-db')).toMatchObject({
      dataOwner: 'dev',
      project: 'shop',
      zone: 'Asia/Tokyo',
      onCall: 'developers',
    });
    expect(read(text)).toMatchObject({ privilege: 'build-time', consequences: ['Every statement is kept.'] });
  });

  test('is kept of limits and points', () => {
    const text = top(
      `limits: { confidential: { longest: 4h, approvals: 2 } }
impact:
  classification: { confidential: 4 }
  environment: { production: 2 }
  privilege: { build-time: 1 }
  duration: { every: 1h, points: 1 }
  entitlement: { 'orders-db:read': 3 }
onInadmissible: flag
policies: rules`,
    );
    expect(load(text)).toMatchObject({
      policies: 'rules',
      limits: { confidential: { longestMs: 4 * HOUR_MS, approvals: 2 } },
      impact: {
        classification: { confidential: 4 },
        environment: { production: 2 },
        privilege: { 'build-time': 1 },
        duration: { everyMs: HOUR_MS, points: 1 },
        entitlement: { 'orders-db:read': 3 },
      },
      onInadmissible: 'flag',
    });
  });

  test.each([
    ['ics: a.ics', { kind: 'ics', file: 'a.ics' }],
    [
      'rule: FREQ=DAILY, start: 2026-01-03T22:00, lasts: 2h, zone: UTC',
      { kind: 'rrule', rule: 'FREQ=DAILY', start: '2026-01-03T22:00', durationMs: 2 * HOUR_MS, zone: 'UTC' },
    ],
    [
      'from: 2026-12-20, until: 2027-01-02T06:00',
      { kind: 'span', from: '2026-12-20T00:00', until: '2027-01-02T06:00', zone: 'Europe/Vienna' },
    ],
  ])('is kept of a calendar: %s', (more, when) => {
    expect(load(calendar(`${more}, environments: [production]`)).calendars.get('freeze')).toEqual({
      key: 'freeze',
      kind: 'freeze',
      title: 'Freeze',
      resources: null,
      environments: ['production'],
      when,
    });
  });

  test('may be an exception, for one entitlement or for all', () => {
    expect(problemsOf(exception("overrides: freeze, entitlement: 'orders-db:read'"))).toEqual([]);
    expect(problemsOf(exception('overrides: freeze'))).toEqual([]);
  });

  test('is in the digest, each of it', () => {
    const texts = [
      SMALL,
      changed('U0ANA } }', 'U0ANA }, manager: cleo }'),
      changed('U0ANA } }', 'U0ANA }, attributes: { team: a } }'),
      changed('U0ANA } }', 'U0ANA }, away: { until: 2027-01-01 } }'),
      changed('U0ANA } }', 'U0ANA }, links: { scim: a } }'),
      changed('[cleo, dev],', '[cleo, dev], quiet: [dev],'),
      changed('[cleo, dev],', '[cleo, dev], includes: [developers],'),
      changed('members: [ana, ben]', 'source: { scim: Developers }'),
      changed('members: [ana, ben]', 'source: { scim: Developers }, stale: 1h'),
      resource('dataOwner: dev'),
      resource('project: shop'),
      resource('zone: UTC'),
      resource('onCall: dba'),
      entitlement('privilege: build-time'),
      entitlement('consequences: [a]'),
      staged('{ name: DBA, group: dba, quorum: 2, escalate: { after: 1h, to: developers } }'),
      staged('{ name: DBA, role: owner }'),
      calendar('ics: a.ics'),
      calendar('from: 2026-12-20, until: 2027-01-02'),
      top('policies: policies'),
      top('limits: { public: { longest: 1h } }'),
      top('impact: { duration: { every: 1h, points: 1 } }'),
      top('onInadmissible: flag'),
    ];
    expect(new Set(texts.map((text) => load(text).digest)).size).toBe(texts.length);
    expect(load(top('policies: none\nonInadmissible: revoke')).digest).toBe(load(SMALL).digest);
  });
});
