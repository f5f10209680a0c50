import { describe, expect, test } from 'vitest';
import { connectorNamed, connectorOf } from '../../src/policy/catalogue/connectors.ts';
import { parseCatalogue } from '../../src/policy/catalogue.ts';
import { changed, problemsOf, SMALL } from './small-catalogue.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const PARTS = `  logs:read:
    title: Read logs
    resource: logs
    description: Logs.
    scope: { audience: logs }
    longest: 2h
    warn: 5m
    lapse: 1h
    remind: never
    requesters: [developers, dba]
    order: parallel
    stages:
      - { name: Admins, group: dba, quorum: 1, escalate: { after: 30m, to: developers } }
      - { name: Peer, group: developers, quorum: 1 }
    justification: { minimum: 40 }
    ticket: required
    privilege: build-time
    consequences: [Your searches are kept.]
    extension: { longest: 1h, times: 3, consent: automatic }
`;
const BUNDLE = `  kit:
    title: Everything for a repair
    description: Orders and logs together.
    requesters: [developers]
    parts: ['orders-db:read', 'logs:read']
`;
const BOTH = `${changed(
  'resources:\n',
  `  tokens: { use: signed-jwt, config: {} }
resources:
  logs: { title: Logs, connector: tokens, environment: production, classification: internal, owner: dev, channel: approvals }
`,
)}${PARTS}`;
const KIT = `${BOTH}${BUNDLE}`;
const LINE = KIT.split('\n').indexOf('  kit:') + 1;

const load = (text: string) => parseCatalogue(text, 'catalogue.yaml');
const kit = (text = KIT) => {
  const entitlement = load(text).entitlements.get('kit');
  if (!entitlement) throw new Error('no kit');
  return entitlement;
};

describe('a bundle', () => {
  test('takes the strictest of what its parts say', () => {
    expect(kit()).toMatchObject({
      resource: 'orders-db',
      longestMs: 2 * HOUR_MS,
      durationsMs: [2 * HOUR_MS],
      warnBeforeMs: 5 * MINUTE_MS,
      lapseAfterMs: HOUR_MS,
      remindEveryMs: 30 * MINUTE_MS,
      requesters: ['developers'],
      justification: { template: '', minimumLength: 40 },
      ticket: 'required',
      privilege: 'build-time',
      consequences: ['Your searches are kept.'],
      extension: { most: 0, automatic: false },
      parts: ['orders-db:read', 'logs:read'],
    });
  });

  test('is consented to once, by as many of each group as any part asks, in order if any part has one', () => {
    expect(kit().consent).toEqual({
      stages: [
        { name: 'DBA', group: 'dba', quorum: 2 },
        { name: 'Peer', group: 'developers', quorum: 1 },
      ],
      order: 'ordered',
      autoApprovedBy: null,
    });
  });

  test('asks as many whichever part comes first', () => {
    const turned = changed("['orders-db:read', 'logs:read']", "['logs:read', 'orders-db:read']", KIT);
    expect(kit(turned).consent.stages).toEqual([
      { name: 'Admins', group: 'dba', quorum: 2 },
      { name: 'Peer', group: 'developers', quorum: 1 },
    ]);
    expect(kit(turned).resource).toBe('orders-db');
  });

  test('asks for both at once where one part asks the same group twice', () => {
    const twice = changed('quorum: 2', 'quorum: 1\n      - { name: Again, group: dba, quorum: 1 }', KIT);
    expect(kit(twice).consent.stages[0]).toEqual({ name: 'DBA', group: 'dba', quorum: 2 });
  });

  test('is escalated only where every part that asks the group says so, and not before the last of them', () => {
    const all = changed('quorum: 2', 'quorum: 2\n        escalate: { after: 45m, to: developers }', KIT);
    expect(kit(all).consent.stages[0]?.escalation).toEqual({ afterMs: 45 * MINUTE_MS, group: 'developers' });
    const elsewhere = changed(
      'to: developers }',
      'to: ops }',
      changed('channels:\n', '  ops: { title: Ops, members: [ana] }\nchannels:\n', all).replace(
        '45m, to: developers',
        '45m, to: ops ',
      ),
    );
    expect(kit(elsewhere).consent.stages[0]?.escalation?.group).toBe('ops');
    const late = all.replace('after: 45m', 'after: 2h');
    expect(kit(late).consent.stages[0]?.escalation).toBeUndefined();
  });

  test('is automatic only when every part is', () => {
    const automatic = (text: string, stages: string) => changed(stages, '    approval: automatic\n', text);
    const logs = automatic(KIT, /    stages:\n.*escalate.*\n.*Peer.*\n/.exec(KIT)?.[0] ?? '');
    expect(kit(logs).consent).toEqual({
      stages: [{ name: 'DBA', group: 'dba', quorum: 2 }],
      order: 'ordered',
      autoApprovedBy: null,
    });
    const both = automatic(
      changed('confidential', 'internal', logs),
      '    stages:\n      - name: DBA\n        group: dba\n        quorum: 2\n',
    );
    expect(kit(both).consent).toMatchObject({ stages: [], autoApprovedBy: 'catalogue/kit/automatic' });
  });

  test('is lengthened as its least generous part is', () => {
    const both = changed(
      'longest: 4h',
      'longest: 4h\n    extension: { longest: 30m, times: 5, consent: automatic }',
      KIT,
    );
    expect(kit(both).extension).toEqual({ longestMs: 30 * MINUTE_MS, most: 3, automatic: true });
    expect(kit(both.replace('times: 5, consent: automatic', 'times: 1')).extension).toEqual({
      longestMs: 30 * MINUTE_MS,
      most: 1,
      automatic: false,
    });
  });

  test('may say more of its own, and never less than its parts', () => {
    const own = `${KIT}    durations: [30m, 1h]
    justification: { template: "What for:", minimum: 10 }
    ticket: optional
    consequences: [Both are kept.]
`;
    expect(kit(own)).toMatchObject({
      durationsMs: [30 * MINUTE_MS, HOUR_MS],
      justification: { template: 'What for:', minimumLength: 40 },
      ticket: 'required',
      consequences: ['Both are kept.'],
    });
  });

  test('leads to the targets of its parts, whatever the catalogue says later', () => {
    const catalogue = load(KIT);
    const connector = {
      id: 'bundle:kit',
      use: 'bundle',
      config: {
        parts: [
          {
            id: 'orders-db:read',
            connector: { id: 'shop', use: 'postgres-role', config: { admin: 'env:SHOP_ADMIN_URL' } },
          },
          { id: 'logs:read', connector: { id: 'tokens', use: 'signed-jwt', config: {} } },
        ],
      },
    };
    expect(kit().scope).toEqual({
      parts: [
        { id: 'orders-db:read', connector: 'shop', scope: { role: 'shop_ro' } },
        { id: 'logs:read', connector: 'tokens', scope: { audience: 'logs' } },
      ],
    });
    expect(connectorOf(kit(), catalogue)).toEqual(connector);
    expect(connectorNamed('bundle:kit', catalogue)).toEqual(connector);
  });

  test('leaves its parts to be asked for by themselves, on their own connectors', () => {
    const catalogue = load(KIT);
    const logs = catalogue.entitlements.get('logs:read');
    expect(logs).toMatchObject({ connector: null, parts: [] });
    expect(logs && connectorOf(logs, catalogue)?.id).toBe('tokens');
    expect(connectorNamed('tokens', catalogue)?.use).toBe('signed-jwt');
    expect(connectorNamed('bundle:logs:read', catalogue)).toBeNull();
  });

  test('changes the digest with its parts', () => {
    const digests = [SMALL, BOTH, KIT, KIT.replace('longest: 2h', 'longest: 1h')].map(
      (text) => load(text).digest,
    );
    expect(new Set(digests).size).toBe(4);
  });
});

const at = (line: number, column: number) => `catalogue.yaml:${LINE + line}:${column} entitlements.kit`;
const more = (text: string) => `${KIT}    ${text}\n`;

const BROKEN: readonly (readonly [name: string, text: string, ...messages: string[]])[] = [
  [
    'a part that there is not',
    changed("'logs:read']", "'log:read']", KIT),
    `${at(4, 31)}.parts[1]: unknown entitlement "log:read"; expected one of kit, logs:read, orders-db:read (did you mean "logs:read"?)`,
  ],
  ['a bundle of one', changed(", 'logs:read']", ']', KIT), `${at(4, 5)}.parts: expected at least 2 of them`],
  [
    'a part listed twice',
    changed("'logs:read']", "'logs:read', 'logs:read']", KIT),
    `${at(4, 44)}.parts[2]: "logs:read" is listed twice`,
  ],
  [
    'a bundle of itself',
    changed("'logs:read']", 'kit]', KIT),
    `${at(4, 31)}.parts[1]: kit is a bundle itself; name its parts`,
  ],
  [
    'a scope beside its parts',
    more('scope: { role: admin }'),
    `${at(5, 5)}.scope: follows from the parts of the bundle; remove it`,
  ],
  [
    'stages beside its parts, fewer than theirs',
    more('stages: [{ name: One, group: dba, quorum: 1 }]'),
    `${at(5, 5)}.stages: follows from the parts of the bundle; remove it`,
  ],
  [
    'automatic approval of parts that are consented to',
    more('approval: automatic'),
    `${at(5, 15)}.approval: follows from the parts of the bundle; remove it`,
  ],
  [
    'a duration that one of the parts does not have',
    more('durations: [1h, 4h]'),
    `${at(5, 21)}.durations[1]: 4 h is beyond longest, 2 h`,
  ],
  [
    'parts that together need more people than there are',
    changed(
      'name: Peer, group: developers',
      'name: Peer, role: owner',
      KIT.replace('owner: dev,', 'owner: cleo,'),
    ),
    `${at(4, 5)}.parts: taken together, a stage cannot be filled: one person counts once, and the stages need 3 different people between them`,
  ],
  [
    'a part that asks its own owner, whom the bundle would not ask',
    changed('name: Peer, group: developers, quorum: 1', 'name: Owner, role: owner', KIT),
    `${at(4, 31)}.parts[1]: logs:read asks the owner of logs, and the bundle would ask that of orders-db; name a group there instead`,
  ],
  [
    'parts on one target, where a credential could not hold both scopes',
    changed('title: Logs, connector: tokens', 'title: Logs, connector: shop', KIT),
    `${at(4, 31)}.parts[1]: logs:read and orders-db:read are both on shop, where one credential holds one scope; make one entitlement of the two`,
  ],
  [
    'parts on one target by two names',
    changed(
      '{ use: signed-jwt, config: {} }',
      '{ use: postgres-role, config: { admin: env:SHOP_ADMIN_URL } }',
      KIT,
    ),
    `${at(4, 31)}.parts[1]: logs:read and orders-db:read are both on tokens, where one credential holds one scope; make one entitlement of the two`,
  ],
  [
    'parts that call two groups by one name',
    changed('name: Peer', 'name: DBA', KIT),
    `${at(4, 5)}.parts: have two stages "DBA" of different groups; rename one of them`,
  ],
  [
    'parts with more consequences than anyone would read',
    changed(
      '[Your searches are kept.]',
      '[a, b, c]',
      changed('longest: 4h', 'longest: 4h\n    consequences: [d, e, f]', KIT),
    ),
    `catalogue.yaml:${LINE + 5}:5 entitlements.kit.parts: have 6 consequences between them; expected the bundle's own, at most 5`,
  ],
  [
    'an unknown key, with those that a bundle takes',
    more('longist: 1h'),
    `${at(5, 5)}.longist: unknown key "longist"; expected one of approval, consequences, description, durations, extension, justification, lapse, longest, order, parts and 9 more (did you mean "longest"?)`,
  ],
];

test.each(BROKEN)('names %s', (_name, text, ...messages) => {
  expect(problemsOf(text)).toEqual(messages);
});

test('names an exception among the parts, which is asked for by itself', () => {
  const consenting = changed('consent: automatic', 'consent: stages', KIT);
  const text = changed('{ use: signed-jwt, config: {} }', '{ use: exception, config: {} }', consenting);
  expect(problemsOf(text)).toEqual([
    `${at(4, 31)}.parts[1]: logs:read is an exception to rules, and is asked for by itself`,
  ]);
});

test('does not repeat at the bundle what is wrong with a part', () => {
  expect(problemsOf(changed('quorum: 2', 'quorum: 3', KIT))).toHaveLength(1);
  expect(problemsOf(changed('longest: 2h', 'longest: soon', KIT))).toHaveLength(1);
});
