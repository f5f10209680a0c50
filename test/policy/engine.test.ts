import { describe, expect, test } from 'vitest';
import { consent, entitlementSnapshot, policyStamp } from '../../src/domain/values.ts';
import { parseCatalogue } from '../../src/policy/catalogue.ts';
import type { PolicyQuestion } from '../../src/ports/policy.ts';
import { changed, SMALL } from './small-catalogue.ts';
import type { GroupState } from '../../src/ports/directory.ts';
import { allowed, ballotOf, exampleCatalogue, policyOver, question, refusal } from './small-policy.ts';

const HOUR_MS = 3_600_000;
const example = await exampleCatalogue();
const { policy, subjectOf } = policyOver(example);
const known = (...members: string[]): GroupState => ({
  kind: 'known',
  members,
  quiet: [],
  standIns: new Map(),
});
const small = (text: string) => policyOver(parseCatalogue(text, 'catalogue.yaml')).policy;

describe('a request', () => {
  test('of someone eligible is answered with the stages, the snapshot and the rules', async () => {
    const answer = await allowed(policy, question('ana', 'orders-db:read'));
    expect(answer.consent).toEqual({
      stages: [{ name: 'DBA', group: 'dba', quorum: 2 }],
      order: 'ordered',
      autoApprovedBy: null,
    });
    expect(answer.stamp).toEqual({ ids: ['catalogue/orders-db:read'], digest: example.digest });
    expect(answer.entitlement).toMatchObject({
      resourceTitle: 'Orders database',
      owner: await subjectOf('cleo'),
      connector: 'shop-postgres',
      scope: { database: 'shop', role: 'shop_ro' },
      longestMs: 4 * HOUR_MS,
    });
  });

  test('has a snapshot, consent and stamp that may stand in an event, for every entitlement', async () => {
    for (const [person, id] of [
      ['ana', 'orders-db:read'],
      ['ana', 'orders-db:write'],
      ['ana', 'reports-api:read'],
      ['erin', 'billing-db:read'],
      ['ana', 'practice-db:read'],
    ] as const) {
      const answer = await allowed(policy, question(person, id));
      expect(entitlementSnapshot.parse(answer.entitlement)).toEqual(answer.entitlement);
      expect(consent.parse(answer.consent)).toEqual(answer.consent);
      expect(policyStamp.parse(answer.stamp)).toEqual(answer.stamp);
    }
  });

  test('is approved by a named rule where the catalogue says so', async () => {
    const answer = await allowed(policy, question('dev', 'reports-api:read'));
    expect(answer.consent).toEqual({
      stages: [],
      order: 'ordered',
      autoApprovedBy: 'catalogue/reports-api:read/automatic',
    });
    expect(answer.stamp.ids).toEqual(['catalogue/reports-api:read', 'catalogue/reports-api:read/automatic']);
  });

  test('of someone in none of the groups is refused, naming the groups', async () => {
    expect(await refusal(policy, question('gus', 'orders-db:write'))).toEqual({
      code: 'not-eligible',
      entitlement: 'orders-db:write',
      groups: ['Developers', 'On call'],
    });
  });

  test('of an approver, owner or operator who is in no requesters group is refused like any other', async () => {
    for (const person of ['cleo', 'finn']) {
      expect(await refusal(policy, question(person, 'orders-db:read'))).toMatchObject({
        code: 'not-eligible',
      });
    }
  });

  test('for an entitlement without requesters, or with an empty group of them, is refused to everyone', async () => {
    for (const text of [changed('    requesters: [developers]\n', ''), changed('[ana, ben]', '[]')]) {
      expect(await refusal(small(text), question('ana', 'orders-db:read'))).toMatchObject({
        code: 'not-eligible',
      });
    }
  });

  test('of an unknown person, or for an unknown entitlement, is refused', async () => {
    expect(await refusal(policy, question('zoe', 'orders-db:read'))).toEqual({ code: 'unknown-person' });
    expect(await refusal(policy, question('', 'orders-db:read'))).toEqual({ code: 'unknown-person' });
    for (const entitlement of ['orders-db:drop', 'constructor', '']) {
      expect(await refusal(policy, question('ana', entitlement))).toEqual({
        code: 'unknown-entitlement',
        entitlement,
      });
    }
  });

  test('is not refused for its duration: that is the domain, which is told the longest', async () => {
    const answer = await allowed(policy, question('ana', 'orders-db:read', { durationMs: 900 * HOUR_MS }));
    expect(answer.entitlement.longestMs).toBe(4 * HOUR_MS);
  });

  test('with an action nobody knows is refused', async () => {
    const asked = { ...question('ana', 'orders-db:read'), action: 'grant' } as unknown as PolicyQuestion;
    expect(await refusal(policy, asked)).toMatchObject({ code: 'forbidden' });
  });
});

describe('a request that nobody could approve', () => {
  const withDbas = changed('[developers]', '[developers, dba]');

  test('is refused to the approver whom the quorum needs, naming the stage, and not to others', async () => {
    expect(await refusal(small(withDbas), question('cleo', 'orders-db:read'))).toEqual({
      code: 'nobody-can-approve',
      stage: 'DBA',
      group: 'Administrators',
    });
    expect((await allowed(small(withDbas), question('ana', 'orders-db:read'))).allowed).toBe(true);
  });

  test('is no problem where others are left', async () => {
    const text = changed('quorum: 2', 'quorum: 1', withDbas);
    expect((await allowed(small(text), question('cleo', 'orders-db:read'))).allowed).toBe(true);
  });

  // dba: cleo, dev; leads: cleo, ben. Three slots, and three people only as long as none of them asks.
  const twoStages = changed(
    'quorum: 2',
    'quorum: 2\n      - { name: Lead, group: leads, quorum: 1 }',
    changed('  dba: {', '  leads: { title: Leads, members: [cleo, ben] }\n  dba: {'),
  );

  test('counts one person once across the stages', async () => {
    expect(await refusal(small(twoStages), question('ben', 'orders-db:read'))).toEqual({
      code: 'nobody-can-approve',
      stage: 'Lead',
      group: 'Leads',
    });
    expect((await allowed(small(twoStages), question('ana', 'orders-db:read'))).allowed).toBe(true);
  });

  test('goes by the members of now, not by those of the file', async () => {
    const catalogue = parseCatalogue(SMALL, 'catalogue.yaml');
    const now = async (state: GroupState) =>
      refusal(policyOver(catalogue, { group: async () => state }).policy, question('ana', 'orders-db:read'));
    expect(await now(known('dev'))).toMatchObject({ code: 'nobody-can-approve' });
    expect(await now({ kind: 'unknown' })).toMatchObject({ code: 'nobody-can-approve' });
    expect(await now({ kind: 'stale', ageMs: 7_200_000 })).toEqual({
      code: 'stale-groups',
      group: 'Administrators',
      ageMs: 7_200_000,
    });
  });
});

describe('an extension', () => {
  const extend = (entitlement: string, durationMs: number) =>
    question('ana', entitlement, { action: 'extend', durationMs });

  test('within its terms needs nobody, by the id of a rule', async () => {
    const answer = await allowed(policy, extend('orders-db:read', HOUR_MS));
    expect(answer.consent.autoApprovedBy).toBe('catalogue/orders-db:read/extension');
    expect(answer.consent.stages).toEqual([]);
    expect(answer.stamp.ids).toContain('catalogue/orders-db:read/extension');
  });

  test('beyond its terms, or of no readable length, takes what a new request would', async () => {
    const fresh = await allowed(policy, question('ana', 'orders-db:read'));
    for (const extra of [HOUR_MS + 1, 0, -HOUR_MS, Number.NaN]) {
      expect((await allowed(policy, extend('orders-db:read', extra))).consent).toEqual(fresh.consent);
    }
  });

  test('with consent of the stages takes what a new request would', async () => {
    const fresh = await allowed(policy, question('ana', 'orders-db:write'));
    expect((await allowed(policy, extend('orders-db:write', 1))).consent).toEqual(fresh.consent);
  });

  test('is never stricter than a new request', async () => {
    const text = changed(
      'longest: 4h',
      'longest: 4h\n    extension: { longest: 1h, consent: stages }',
      changed(
        '    stages:\n      - name: DBA\n        group: dba\n        quorum: 2\n',
        '    approval: automatic\n',
        changed('confidential', 'public'),
      ),
    );
    expect((await allowed(small(text), extend('orders-db:read', 1))).consent.stages).toEqual([]);
  });

  test('is refused to someone who lost the right to ask', async () => {
    const asked = question('gus', 'orders-db:read', { action: 'extend' });
    expect(await refusal(policy, asked)).toMatchObject({ code: 'not-eligible' });
  });
});

describe('an activation', () => {
  test('is refused to someone who lost the right to ask since', async () => {
    const asked = question('gus', 'orders-db:read', { action: 'activate' });
    expect(await refusal(policy, asked)).toMatchObject({ code: 'not-eligible' });
    const unknown = question('zoe', 'orders-db:read', { action: 'activate' });
    expect(await refusal(policy, unknown)).toEqual({ code: 'unknown-person' });
  });

  test('does not ask again for approvers: their consent is on record, and checked on its own', async () => {
    const text = changed('[developers]', '[developers, dba]');
    const asked = question('cleo', 'orders-db:read', { action: 'activate' });
    expect((await allowed(small(text), asked)).consent.stages).toHaveLength(1);
  });
});

describe('stages', () => {
  const stages = {
    stages: [
      { name: 'DBA', group: 'dba', quorum: 1 },
      { name: 'Security', group: 'security', quorum: 1 },
      { name: 'Gone', group: 'no-such-group', quorum: 1 },
      { name: 'Again', group: 'dba', quorum: 1 },
    ],
    order: 'parallel',
    autoApprovedBy: null,
  } as const;

  test('are open to members of their groups, and to nobody else', async () => {
    const { entitlement } = await allowed(policy, question('ana', 'orders-db:read'));
    const ballot = ballotOf({ entitlement, consent: { ...stages, stages: [...stages.stages] } });
    const open = async (person: string) => (await policy.stagesOpenTo(person, ballot)).stages;
    expect(await open('cleo')).toEqual([0, 3]);
    expect(await open('finn')).toEqual([1]);
    expect(await open('ana')).toEqual([]);
    expect(await open('zoe')).toEqual([]);
  });

  test('close to an approver who left the group, or the firm', async () => {
    const { entitlement } = await allowed(policy, question('ana', 'orders-db:read'));
    const asked = ballotOf({ entitlement, consent: { ...stages, stages: [...stages.stages] } });
    const left = policyOver(example, { group: async () => known('dev') }).policy;
    expect((await left.stagesOpenTo('cleo', asked)).stages).toEqual([]);
    const gone = policyOver(example, { person: async () => null }).policy;
    expect((await gone.stagesOpenTo('cleo', asked)).stages).toEqual([]);
  });
});

describe('revoking', () => {
  test('is for the owner, an approver of the request and an operator, not for others', async () => {
    const { entitlement, consent: given } = await allowed(policy, question('erin', 'billing-db:read'));
    const may = (person: string) =>
      policy.mayRevoke(person, ballotOf({ entitlement, consent: given })).then(({ may }) => may);
    expect(await may('finn')).toBe(true); // owner and operator
    expect(await may('dev')).toBe(true); // approver
    expect(await may('erin')).toBe(true); // operator
    expect(await may('hana')).toBe(false); // auditor
    expect(await may('gus')).toBe(false);
    expect(await may('zoe')).toBe(false);
  });

  test('is for an operator who has nothing else to do with it, and not for its requester', async () => {
    const { entitlement, consent: given } = await allowed(policy, question('ana', 'practice-db:read'));
    const may = (person: string) =>
      policy.mayRevoke(person, ballotOf({ entitlement, consent: given })).then((answer) => answer.may);
    expect(await may('finn')).toBe(true);
    expect(await may('ana')).toBe(false);
    expect(await may('hana')).toBe(false);
  });

  test('is for the owner of now, and for the last one where the resource is gone', async () => {
    const asked = await allowed(policy, question('dev', 'reports-api:read'));
    const may = (person: string, entitlement: typeof asked.entitlement) =>
      policy.mayRevoke(person, ballotOf({ ...asked, entitlement })).then((answer) => answer.may);
    expect(await may('dev', asked.entitlement)).toBe(true);
    const former = { ...asked.entitlement, owner: await subjectOf('gus') };
    expect(await may('gus', former)).toBe(false);
    expect(await may('gus', { ...former, resource: 'gone' })).toBe(true);
    expect(await may('dev', { ...former, resource: 'gone' })).toBe(false);
  });
});

describe('the capacity in which someone reads', () => {
  test('is that of the owner before that of an approver; operators, auditors and the requester have none', async () => {
    const { entitlement, consent: given } = await allowed(policy, question('ana', 'practice-db:read'));
    const capacityIn = (person: string) =>
      policy.capacityIn(person, ballotOf({ entitlement, consent: given }));
    expect(await capacityIn('cleo')).toBe('owner'); // and approver
    expect(await capacityIn('dev')).toBe('approver');
    for (const person of ['finn', 'hana', 'ana', 'zoe']) expect(await capacityIn(person), person).toBeNull();
  });
});

describe('offers', () => {
  test('list what a person may ask for first, and for the rest why not', async () => {
    const offers = await policy.offers('ana', '', 50);
    const can = offers.map(({ reason }) => reason === null);
    expect(can).toEqual([...can].sort((a, b) => Number(b) - Number(a)));
    const codeOf = (id: string) => offers.find(({ entitlement }) => entitlement === id)?.reason?.code ?? null;
    expect(offers[0]?.entitlement).toBe('orders-db:read');
    expect(codeOf('practice-db:read')).toBeNull();
    expect(codeOf('billing-db:read')).toBe('not-eligible');
    const [first] = await policy.offers('gus', '', 10);
    expect(first?.reason).toMatchObject({ code: 'not-eligible', groups: ['Developers'] });
  });

  test('are found by id, title and resource, whatever the case and the accents, by all words', async () => {
    const found = async (query: string) => (await policy.offers('ana', query, 10)).map((o) => o.entitlement);
    expect(await found('REPORTS-API')).toEqual(['reports-api:read']);
    expect(await found('bílling')).toEqual(['billing-db:read']);
    expect(await found('  primary change ')).toEqual(['orders-db:write']);
    expect(await found('orders nothing')).toEqual([]);
    expect(await found(`practice ${' '.repeat(200)}nothing`)).toEqual(['practice-db:read']);
  });

  test('are as many as asked for and never more than a list may hold', async () => {
    expect(await policy.offers('ana', '', 2)).toHaveLength(2);
    for (const limit of [0, -1, Number.NaN]) expect(await policy.offers('ana', '', limit)).toEqual([]);
    const entry = SMALL.slice(SMALL.indexOf('  orders-db:read:'));
    const many = Array.from({ length: 250 }, (_, i) => entry.replace('orders-db:read', `orders-db:r${i}`));
    expect(await small(SMALL + many.join('')).offers('ana', '', 1_000)).toHaveLength(200);
  });

  test('tell a stranger nothing', async () => {
    expect(await policy.offers('zoe', '', 10)).toEqual([]);
  });

  test('agree with the answers', async () => {
    for (const person of example.people.keys()) {
      for (const { entitlement, reason } of await policy.offers(person, '', 50)) {
        const answer = await policy.answer(question(person, entitlement));
        expect(answer.allowed ? null : answer.reason).toEqual(reason);
      }
    }
  });
});

test('terms are what the form needs, and null for what there is not', async () => {
  expect(await policy.terms('orders-db:write')).toMatchObject({
    entitlement: { id: 'orders-db:write' },
    durationsMs: [HOUR_MS / 4, HOUR_MS / 2, HOUR_MS],
    justification: { minimumLength: 40 },
    ticket: 'required',
  });
  expect(await policy.terms('constructor')).toBeNull();
});

test('the stamp of the whole is the digest of the catalogue', () => {
  expect(policy.stamp()).toEqual({ ids: ['catalogue'], digest: example.digest });
});

test('a directory that fails gives no answer, rather than a refusal on the record', async () => {
  const failing = policyOver(example, {
    group: async () => {
      throw new Error('directory down');
    },
  }).policy;
  const { entitlement, consent: given } = await allowed(policy, question('ana', 'orders-db:read'));
  await expect(failing.answer(question('ana', 'orders-db:read'))).rejects.toThrow('directory down');
  await expect(failing.stagesOpenTo('cleo', ballotOf({ entitlement, consent: given }))).rejects.toThrow(
    'directory down',
  );
  await expect(failing.mayRevoke('dev', ballotOf({ entitlement, consent: given }))).rejects.toThrow(
    'directory down',
  );
});
