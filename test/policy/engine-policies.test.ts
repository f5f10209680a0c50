import { describe, expect, test } from 'vitest';
import type { Stage } from '../../src/domain/values.ts';
import type { EngineParts } from '../../src/policy/engine.ts';
import { rulesFromFiles } from '../../src/policy/load.ts';
import type { Directory, GroupState } from '../../src/ports/directory.ts';
import type { PolicyQuestion } from '../../src/ports/policy.ts';
import type { SignalSource } from '../../src/ports/signals.ts';
import { changed } from './small-catalogue.ts';
import { allowed, ballotOf, engineOver, NOON, question, refusal } from './small-policy.ts';

const CATALOGUE = changed(
  '  ana: { name: Ana,',
  '  eve: { name: Eve, accounts: { slack: T0COUNTER/U0EVE } }\n  ana: { name: Ana, manager: eve,',
  changed('version: 1\n', 'version: 1\npolicies: policies\n'),
);
const BASE = `
@id("request.eligible")
permit(principal, action in [Action::"request", Action::"activate", Action::"extend"], resource)
when { resource.requesters.contains(Group::"developers") };

@id("approve.any")
permit(principal, action == Action::"approve", resource);
`;

const over = (
  policies: string,
  overrides: Partial<Directory> = {},
  parts: Partial<EngineParts> = {},
  catalogue = CATALOGUE,
) => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const files = new Map([
    ['catalogue.yaml', bytes(catalogue)],
    ['policies/a.cedar', bytes(`${BASE}\n${policies}`)],
  ]);
  return engineOver(rulesFromFiles(files, 'catalogue.yaml'), overrides, parts);
};
const asked = question('ana', 'orders-db:read');

const known = (members: readonly string[], standIns: readonly (readonly [string, string])[] = []) =>
  ({ kind: 'known', members, quiet: [], standIns: new Map(standIns) }) satisfies GroupState;

async function ballotFor(policy: ReturnType<typeof over>['policy'], stages: readonly Stage[] | null = null) {
  const { entitlement, consent } = await allowed(policy, asked);
  return ballotOf(
    { entitlement, consent: stages === null ? consent : { ...consent, stages: [...stages] } },
    {
      requester: 'ana',
    },
  );
}

describe('what is asked of the policies', () => {
  test('is on record with the answer, whole: the same question can be asked again', async () => {
    const { policy } = over('');
    const answer = await allowed(policy, asked);
    expect(answer.stamp.ids).toEqual(['catalogue/orders-db:read', 'request.eligible']);
    expect(JSON.parse(answer.facts)).toMatchObject({
      v: 1,
      action: 'request',
      person: { key: 'ana', groups: ['developers'], manager: 'eve' },
      entitlement: 'orders-db:read',
      facts: {},
      exceptions: [],
    });
  });

  test('is on record with a refusal too, and with none of a stranger', async () => {
    const { policy } = over('@id("f") forbid(principal, action == Action::"request", resource);');
    const refused = await policy.answer(asked);
    expect(refused.allowed ? null : JSON.parse(refused.facts ?? '')).toMatchObject({
      person: { key: 'ana' },
    });
    const stranger = await policy.answer(question('zoe', 'orders-db:read'));
    expect(stranger).toMatchObject({ allowed: false, facts: null });
  });

  test('holds an exception while it is in force for this person and entitlement, and no other', async () => {
    const frozen = `@id("f") forbid(principal, action == Action::"request", resource)
      unless { context.exceptions.contains("f") };`;
    const record = { name: 'n', subject: 's', overrides: 'f', expiresAt: NOON + 60_000 };
    const having = async (entitlement: string | null, more: Partial<PolicyQuestion> = {}) => {
      const exceptions = { inForce: async () => [{ ...record, entitlement }] };
      const { policy, subjectOf } = over(frozen, {}, { exceptions });
      await subjectOf('ana');
      return policy.answer({ ...asked, ...more });
    };
    expect((await having('orders-db:read')).allowed).toBe(true);
    expect((await having(null)).allowed).toBe(true);
    expect((await having('orders-db:write')).allowed).toBe(false);
    // Not for what would go on after it has ended.
    expect((await having(null, { durationMs: 60_001 })).allowed).toBe(false);
    expect((await having(null, { startAt: NOON + 1 })).allowed).toBe(false);
  });

  test('has what signals know; one that fails or takes too long knows nothing, and then the rule says no', async () => {
    const incident = `@id("f") forbid(principal, action == Action::"request", resource)
      unless { context has incident && context.incident.severity <= 2 };`;
    const source = (facts: SignalSource['facts']): SignalSource => ({ name: 'pager', facts });
    const first = source(async () => ({ incident: { id: 'INC-1', severity: 1 } }));
    const second = source(async () => ({ incident: { id: 'INC-2', severity: 5 } }));
    const failing = source(async () => Promise.reject(new Error('down')));
    const throwing = source(() => {
      throw new Error('broken');
    });
    const garbled = source(async () => ({ incident: { id: 'INC-1', severity: 0.5 } }));
    const hanging = source(() => new Promise(() => undefined));
    const answer = async (signals: readonly SignalSource[], stop = new AbortController()) => {
      const { policy } = over(incident, {}, { signals, deadline: () => stop.signal });
      const answered = policy.answer(asked);
      await Promise.resolve();
      setImmediate(() => stop.abort());
      return (await answered).allowed;
    };
    expect(await answer([first, second])).toBe(true);
    expect(await answer([second, first])).toBe(false);
    expect(await answer([failing, first])).toBe(true);
    expect(await answer([failing])).toBe(false);
    expect(await answer([throwing])).toBe(false);
    expect(await answer([garbled])).toBe(false);
    expect(await answer([hanging])).toBe(false);
    expect(await answer([])).toBe(false);
  });
});

describe('a vote', () => {
  test('takes membership and a policy that permits it, and carries the ids of the rules', async () => {
    const { policy } = over('');
    const ballot = await ballotFor(policy);
    const vote = await policy.stagesOpenTo('cleo', ballot);
    expect(vote).toMatchObject({
      stages: [0],
      insteadOf: null,
      stamp: { ids: ['approve.any', 'catalogue'] },
    });
    expect((await policy.stagesOpenTo('eve', ballot)).stages).toEqual([]);
  });

  test('is refused by a rule about the approver, and where the entitlement is not known any more', async () => {
    const own = '@id("f") forbid(principal == Person::"eve", action == Action::"approve", resource);';
    const { policy } = over(own);
    const ballot = await ballotFor(policy, [{ name: 'Manager', group: 'role:manager', quorum: 1 }]);
    expect((await policy.stagesOpenTo('eve', ballot)).stages).toEqual([]);
    const gone = { ...ballot, entitlement: { ...ballot.entitlement, id: 'orders-db:gone' } };
    expect((await policy.stagesOpenTo('cleo', gone)).stages).toEqual([]);
  });

  test('on what begins later, or goes on later, is asked about as of then', async () => {
    const late = `@id("f") forbid(principal, action == Action::"approve", resource)
      when { context.startsInMinutes >= 60 };`;
    const { policy } = over(late);
    const ballot = await ballotFor(policy);
    expect((await policy.stagesOpenTo('cleo', ballot)).stages).toEqual([0]);
    const scheduled = { ...ballot, startAt: NOON + 3_600_000 };
    expect((await policy.stagesOpenTo('cleo', scheduled)).stages).toEqual([]);
  });

  test('is never the requester’s own, whatever group or role holds them', async () => {
    const { policy } = over('', { group: async () => known(['ana', 'cleo', 'dev']) });
    const ballot = await ballotFor(policy);
    expect((await policy.stagesOpenTo('ana', ballot)).stages).toEqual([]);
  });

  test('of a role is of who has it towards this request', async () => {
    const { policy } = over('');
    const ballot = await ballotFor(policy, [
      { name: 'Manager', group: 'role:manager', quorum: 1 },
      { name: 'Owner', group: 'role:owner', quorum: 1 },
      { name: 'Data', group: 'role:data-owner', quorum: 1 },
    ]);
    expect((await policy.stagesOpenTo('eve', ballot)).stages).toEqual([0]);
    expect((await policy.stagesOpenTo('cleo', ballot)).stages).toEqual([1]);
    const forgotten = { ...ballot, requester: null };
    expect((await policy.stagesOpenTo('eve', forgotten)).stages).toEqual([]);
    expect(await policy.stuckStage(ballot)).toBe(2); // nobody answers for the data
  });

  test('counts for a stage that was opened to the person’s group', async () => {
    const { policy } = over('', {
      group: async (group) => known(group === 'developers' ? ['ana', 'ben'] : ['cleo', 'dev']),
    });
    const ballot = await ballotFor(policy);
    expect((await policy.stagesOpenTo('ben', ballot)).stages).toEqual([]);
    const opened = { ...ballot, opened: [{ stage: 0, group: 'developers' }] };
    expect((await policy.stagesOpenTo('ben', opened)).stages).toEqual([0]);
    expect((await policy.approvers(opened))[0]?.people).toEqual(['cleo', 'dev', 'ben']);
  });

  test('of a stand-in is asked about as of one of the group', async () => {
    const { policy } = over(
      '@id("f") forbid(principal, action == Action::"approve", resource) unless { principal in Group::"dba" };',
      {
        group: async () => known(['ben', 'eve'], [['ben', 'cleo']]),
      },
    );
    const ballot = ballotOf(await allowed(over('').policy, asked), { requester: 'ana' });
    expect((await policy.stagesOpenTo('ben', ballot)).stages).toEqual([0]);
    expect((await policy.stagesOpenTo('eve', ballot)).stages).toEqual([]); // the directory does not say so of her
    expect((await policy.approvers({ ...ballot, requester: 'cleo' }))[0]?.people).toEqual(['eve']);
  });

  test('is a stand-in’s where they are no member themselves, and never for the one who asked', async () => {
    const { policy } = over('', { group: async () => known(['ben', 'dev'], [['ben', 'cleo']]) });
    const ballot = ballotOf(await allowed(over('').policy, asked), { requester: 'ana' });
    expect(await policy.stagesOpenTo('ben', ballot)).toMatchObject({ stages: [0], insteadOf: 'cleo' });
    expect(await policy.stagesOpenTo('dev', ballot)).toMatchObject({ stages: [0], insteadOf: null });
    const cleos = { ...ballot, requester: 'cleo' };
    expect((await policy.stagesOpenTo('ben', cleos)).stages).toEqual([]);
  });
});

describe('ending access', () => {
  test('is never taken from whom the catalogue lets end it, and a rule may give it to others', async () => {
    const closed = over('@id("f") forbid(principal, action == Action::"revoke", resource);').policy;
    const ballot = await ballotFor(closed);
    expect(await closed.mayRevoke('cleo', ballot)).toMatchObject({ may: true });
    expect(await closed.mayRevoke('eve', ballot)).toMatchObject({ may: false });
    const open = over(
      '@id("r") permit(principal == Person::"eve", action == Action::"revoke", resource);',
    ).policy;
    expect(await open.mayRevoke('eve', ballot)).toMatchObject({ may: true, stamp: { ids: ['r'] } });
    expect(await open.mayRevoke('ben', ballot)).toMatchObject({ may: false });
  });
});

test('a demanded group that nobody could fill is told at once, as what is demanded', async () => {
  const demand = '@id("d") @stage("security:1") permit(principal, action == Action::"demand", resource);';
  const team = changed(
    'channels:\n',
    '  security: { title: Security, members: [dev] }\nchannels:\n',
    CATALOGUE,
  );
  const group = async (key: string): Promise<GroupState> =>
    key === 'security' ? { kind: 'unknown' } : known(['cleo', 'dev']);
  const { policy } = over(demand, { group }, {}, team);
  expect(await refusal(policy, asked)).toMatchObject({ code: 'nobody-can-approve', group: 'Security' });
});
