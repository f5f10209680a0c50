import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCatalogue } from '../../src/policy/catalogue.ts';
import type { CedarAction, CedarAnswer, CedarQuestion, PolicyRule } from '../../src/policy/cedar/policies.ts';
import { evaluate, permittedBy } from '../../src/policy/evaluate.ts';
import type { PolicyInput } from '../../src/policy/input.ts';
import type { Rules } from '../../src/policy/rules.ts';
import { changed, SMALL } from './small-catalogue.ts';
import { NOON, rulesOf } from './small-policy.ts';

const input = (more: Partial<PolicyInput> = {}): PolicyInput => ({
  v: 1,
  action: 'request',
  person: { key: 'ana', groups: ['developers'], stale: [], manager: null, operator: false, attributes: {} },
  entitlement: 'orders-db:read',
  durationMs: 60_000,
  at: NOON,
  startAt: null,
  facts: {},
  exceptions: [],
  vote: null,
  ...more,
});
const YES: CedarAnswer = { allowed: true, ids: ['base'], errors: [] };
const NONE: CedarAnswer = { allowed: false, ids: [], errors: [] };
const failed: CedarAnswer = { allowed: false, ids: ['base'], errors: ['attribute not found'] };

const rule = (id: string, effect: 'permit' | 'forbid', annotations: Record<string, string>): PolicyRule => ({
  id,
  effect,
  annotations: { id, ...annotations },
  file: 'a.cedar',
  line: 1,
  text: '',
  json: {},
});

/** Rules whose policies answer as told; what is not told is permitted by nothing. */
function answering(
  answers: Partial<Record<CedarAction, CedarAnswer>>,
  rules: readonly PolicyRule[] = [],
  text = SMALL,
): Rules {
  const told = { ...rulesOf(parseCatalogue(text, 'catalogue.yaml')) };
  const policies = {
    rules: new Map(rules.map((each) => [each.id, each])),
    ask: ({ action }: { action: CedarAction }) => answers[action] ?? NONE,
  };
  return { ...told, policies };
}
const demanded = (...rules: PolicyRule[]) =>
  answering({ request: YES, demand: { ...YES, ids: rules.map(({ id }) => id) } }, rules);

const AUTOMATIC = { request: YES, autoApprove: { ...YES, ids: ['calm'] } };
const INTERNAL = changed('confidential', 'internal');

function yes(rules: Rules, asked = input()) {
  const said = evaluate(rules, asked);
  if (!said.allowed) throw new Error(JSON.stringify(said.reason));
  return said;
}
function no(rules: Rules, asked = input()) {
  const said = evaluate(rules, asked);
  if (said.allowed) throw new Error('allowed');
  return said;
}

describe('what gives access', () => {
  test('takes the catalogue and a policy that permits it', () => {
    const said = yes(answering({ request: YES }));
    expect(said.consent.stages).toEqual([{ name: 'DBA', group: 'dba', quorum: 2 }]);
    expect(said.ids).toEqual(['base', 'catalogue/orders-db:read']);
  });

  test('is refused where no policy permits it, and by the catalogue whatever policies permit', () => {
    expect(no(answering({})).reason).toEqual({ code: 'forbidden', rule: '' });
    const stranger = input({ person: { ...input().person, groups: ['sales'] } });
    expect(no(answering({ request: YES }), stranger).reason.code).toBe('not-eligible');
  });

  test('is refused in the words of the rule that forbids it', () => {
    const frozen = rule('forbid.freeze', 'forbid', { says: 'Frozen until Monday.' });
    const rules = answering({ request: { ...NONE, ids: ['forbid.freeze'] } }, [frozen]);
    expect(no(rules)).toMatchObject({
      ids: ['forbid.freeze'],
      reason: { code: 'forbidden', rule: 'forbid.freeze', says: 'Frozen until Monday.' },
    });
  });

  test('is refused when a policy could not be evaluated, also where only the demands could not', () => {
    expect(no(answering({ request: failed })).reason).toEqual({ code: 'forbidden', rule: 'policies/error' });
    expect(no(answering({ request: YES, demand: failed })).reason.code).toBe('forbidden');
  });

  test('is refused where a rule or a demand turns on a group that cannot be told, naming the group', () => {
    const untold = { ...NONE, ids: ['base'], errors: ['dba is too old'], untold: 'dba' };
    const reason = { code: 'stale-groups', group: 'Administrators', ageMs: null };
    expect(no(answering({ request: untold })).reason).toEqual(reason);
    expect(no(answering({ request: YES, demand: untold })).reason).toEqual(reason);
  });

  test('is refused to whose membership cannot be told, saying so', () => {
    const unsure = input({ person: { ...input().person, groups: [], stale: ['developers'] } });
    expect(no(answering({ request: YES }), unsure).reason).toEqual({
      code: 'stale-groups',
      group: 'Developers',
      ageMs: null,
    });
  });

  test('is refused for an action that gives nothing, or that nobody knows', () => {
    for (const action of ['approve', 'revoke', 'grant', '__proto__']) {
      const asked = { ...input(), action } as PolicyInput;
      expect(no(answering({ request: YES }), asked).reason.code).toBe('forbidden');
      expect(no(rulesOf(parseCatalogue(SMALL, 'c.yaml')), asked).reason.code).toBe('forbidden');
    }
  });

  test('by breaking glass needs a policy: a catalogue alone never allows it', () => {
    const broken = input({ action: 'breakGlass' });
    expect(no(rulesOf(parseCatalogue(SMALL, 'c.yaml')), broken).reason.code).toBe('forbidden');
    expect(yes(answering({ breakGlass: YES }), broken).allowed).toBe(true);
    // No rule takes the stages from it that its review will want.
    expect(
      yes(answering({ ...AUTOMATIC, breakGlass: YES }, [], INTERNAL), broken).consent.stages,
    ).toHaveLength(1);
  });
});

describe('demands', () => {
  test('add a stage after those of the catalogue, and raise the quorum of its group', () => {
    const stages = yes(
      demanded(
        rule('a', 'permit', { stage: 'security:1' }),
        rule('b', 'permit', { stage: 'dba:3, security:2' }),
      ),
    ).consent.stages;
    expect(stages).toEqual([
      { name: 'DBA', group: 'dba', quorum: 3 },
      { name: 'security', group: 'security', quorum: 2 },
    ]);
  });

  test('never lower what the catalogue wants', () => {
    expect(yes(demanded(rule('a', 'permit', { stage: 'dba:1' }))).consent.stages).toEqual([
      { name: 'DBA', group: 'dba', quorum: 2 },
    ]);
    expect(yes(demanded(rule('a', 'permit', { longest: '9h' }))).longestMs).toBe(4 * 3_600_000);
  });

  test('shorten what may be had, and want a ticket', () => {
    const said = yes(
      demanded(rule('a', 'permit', { longest: '1h' }), rule('b', 'permit', { ticket: 'required' })),
    );
    expect(said.longestMs).toBe(3_600_000);
    expect(said.ticketRequired).toBe(true);
    expect(said.ids).toEqual(['a', 'b', 'base', 'catalogue/orders-db:read']);
  });

  test('of a second factor are not met by one that is unknown, or too old', () => {
    const rules = demanded(rule('a', 'permit', { mfa: '15m' }));
    const needed = { code: 'step-up-needed', withinMs: 900_000, rule: 'a' };
    expect(no(rules).reason).toEqual(needed);
    expect(no(rules, input({ facts: { mfaAgeMs: 900_001 } })).reason).toEqual(needed);
    expect(no(rules, input({ facts: { mfaAgeMs: -1 } })).reason).toEqual(needed);
    expect(yes(rules, input({ facts: { mfaAgeMs: 900_000 } })).allowed).toBe(true);
  });

  test('only tighten, whichever are added', () => {
    const some = fc.record(
      {
        stage: fc.constantFrom('dba:1', 'dba:3', 'security:1', 'security:2, dba:2', 'role:owner'),
        longest: fc.constantFrom('30m', '1h', '8h'),
        ticket: fc.constant('required'),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(some, { maxLength: 4 }), some, (before, added) => {
        const rules = before.map((annotations, i) => rule(`r${i}`, 'permit', annotations));
        const loose = yes(demanded(...rules));
        const tight = yes(demanded(...rules, rule('added', 'permit', added)));
        const quorum = (of: typeof loose, group: string) =>
          of.consent.stages.find((stage) => stage.group === group)?.quorum ?? 0;
        for (const { group } of loose.consent.stages)
          expect(quorum(tight, group)).toBeGreaterThanOrEqual(quorum(loose, group));
        expect(tight.longestMs).toBeLessThanOrEqual(loose.longestMs);
        expect(Number(tight.ticketRequired)).toBeGreaterThanOrEqual(Number(loose.ticketRequired));
      }),
    );
  });
});

describe('a waiver of consent', () => {
  test('takes a policy, and data that nobody minds', () => {
    expect(yes(answering(AUTOMATIC, [], INTERNAL)).consent).toEqual({
      stages: [],
      order: 'ordered',
      autoApprovedBy: 'policy/calm',
    });
    for (const level of ['confidential', 'restricted'])
      expect(yes(answering(AUTOMATIC, [], changed('confidential', level))).consent.stages).toHaveLength(1);
  });

  test('gives way to any demand of a stage, and to an error', () => {
    const secure = rule('a', 'permit', { stage: 'security:1' });
    const demand = { ...YES, ids: ['a'] };
    expect(yes(answering({ ...AUTOMATIC, demand }, [secure], INTERNAL)).consent.autoApprovedBy).toBeNull();
    const broken = answering({ request: YES, autoApprove: { ...failed, allowed: true } }, [], INTERNAL);
    expect(yes(broken).consent.autoApprovedBy).toBeNull();
  });

  test('is never given to an exception to rules', () => {
    const text = changed('use: postgres-role', 'use: exception', INTERNAL);
    expect(yes(answering(AUTOMATIC, [], text)).consent.stages).toHaveLength(1);
  });

  test('an empty demand is none: the stages of the catalogue stand', () => {
    expect(yes(answering({ request: YES, demand: NONE }, [], INTERNAL)).consent.stages).toHaveLength(1);
  });
});

/** Two things together, of which each is owned by someone else. */
const BUNDLE = `${changed(
  'resources:\n',
  `  tokens: { use: signed-jwt, config: {} }
resources:
  logs: { title: Logs, connector: tokens, environment: production, classification: internal, owner: dev, channel: approvals }
`,
)}  logs:read:
    { title: Read logs, resource: logs, description: Logs., scope: { audience: logs }, longest: 4h, requesters: [developers], stages: [{ name: DBA, group: dba, quorum: 1 }] }
  kit:
    { title: Both, description: Both., requesters: [developers], parts: ['orders-db:read', 'logs:read'] }
`;

describe('a role demanded for a part of a bundle', () => {
  const ofOwner = rule('owner', 'permit', { stage: 'role:owner' });
  const demanding = (resource: string, text = BUNDLE): Rules => {
    const rules = answering({ request: YES }, [ofOwner], text);
    const ask = ({ action, resource: asked }: { action: CedarAction; resource: string }) =>
      action === 'demand' && asked === resource
        ? { ...YES, ids: ['owner'] }
        : action === 'request'
          ? YES
          : NONE;
    return { ...rules, policies: { rules: rules.policies?.rules ?? new Map(), ask } };
  };
  const kit = input({ entitlement: 'kit' });

  test('is a no where somebody else would be asked, who does not own the part', () => {
    const reason = { code: 'nobody-can-approve', stage: 'owner', group: 'Owner of Logs' };
    expect(no(demanding('logs:read'), kit).reason).toEqual(reason);
  });

  test('is a stage where it is held by the same person', () => {
    const groups = (rules: Rules) => yes(rules, kit).consent.stages.map(({ group }) => group);
    expect(groups(demanding('orders-db:read'))).toContain('role:owner');
    expect(groups(demanding('logs:read', changed('owner: dev', 'owner: cleo', BUNDLE)))).toContain(
      'role:owner',
    );
  });
});

test('what is known of one resource is not known of another: on call, an incident', () => {
  const told = new Map<string, readonly string[]>();
  const rules = answering({}, [], BUNDLE);
  const ask = ({ action, resource, context }: CedarQuestion) => {
    if (action === 'request') told.set(resource, Object.keys(context));
    return action === 'request' ? YES : NONE;
  };
  const facts = { onCall: true, incident: { id: 'i-1', severity: 1 }, risk: 3 };
  evaluate({ ...rules, policies: { rules: new Map(), ask } }, input({ entitlement: 'kit', facts }));
  for (const own of ['kit', 'orders-db:read'])
    expect(told.get(own)).toEqual(expect.arrayContaining(['onCall', 'incident', 'risk']));
  expect(told.get('logs:read')).toContain('risk');
  for (const fact of ['onCall', 'incident']) expect(told.get('logs:read')).not.toContain(fact);
});

describe('what the floor has decided already', () => {
  test('a policy must permit too, without an error', () => {
    const vote = { group: 'dba', requester: 'ben' };
    const asked = input({ action: 'approve', vote });
    expect(permittedBy(answering({ approve: YES }), asked)).toEqual(['base']);
    expect(permittedBy(answering({}), asked)).toBeNull();
    expect(permittedBy(answering({ approve: { ...failed, allowed: true } }), asked)).toBeNull();
    expect(permittedBy(answering({ approve: YES }), { ...asked, entitlement: 'gone' })).toBeNull();
  });
});
