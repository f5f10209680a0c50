import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import { checkGrants, rulesCheckRow } from '../../src/workflows/inadmissible.ts';
import { endAccessOf, sweepLeavers } from '../../src/workflows/leaver.ts';
import { ChangingRules, HOURS } from './changing-rules.ts';
import { Fuse } from './fuse.ts';
import { MINUTE, type World } from './world.ts';

let rules: ChangingRules;
let world: World;
beforeEach(async () => {
  rules = await ChangingRules.open();
  world = rules.world;
});
afterEach(() => world.close());

const replaced = (from: string, to: string) => (text: string) => {
  if (!text.includes(from)) throw new Error(`the catalogue has no ${from}`);
  return text.replace(from, to);
};
const WITHOUT_ANA = replaced('members: [ana, ben]', 'members: [ben]');
const grantedFor = (duration: string, person = 'ana') => world.granted(person, { duration });

describe('a change of the rules', () => {
  it('ends a grant that they would not give any more, proven and on record', async () => {
    const id = await grantedFor('1h');
    expect(world.target.credentials.size).toBe(1);
    await rules.change(WITHOUT_ANA);
    const state = await world.state(id);
    expect(state.phase).toBe('revoked');
    expect(state.revocation).toMatchObject({ trigger: 'policy-changed', by: null });
    expect(state.revocation?.proof?.absent).toBe(true);
    expect(world.target.credentials.size).toBe(0);
    const reason = (await world.deps.store.disclosures(`request/${id}`)).find((d) => d.field === 'reason');
    expect(reason?.value).toContain('not-eligible');
  });

  it('leaves what they still give', async () => {
    const id = await grantedFor('1h', 'ben');
    await rules.change(WITHOUT_ANA);
    expect((await world.state(id)).phase).toBe('active');
  });

  it.each([
    ['its connector leads elsewhere', replaced('env:SHOP_ADMIN_URL', 'env:OTHER_ADMIN_URL')],
    ['it gives something else', replaced('role: shop_ro', 'role: shop_rw')],
    ['it may not be had for so long', replaced('longest: 4h', 'longest: 30m')],
    [
      'it wants the consent of others too',
      replaced('quorum: 2 }]', 'quorum: 2 }, { name: Security, group: security, quorum: 1 }]'),
    ],
    [
      'who consented may not any more',
      replaced('quorum: 2 }]', 'quorum: 2 }, { name: Ben, group: developers, quorum: 1 }]'),
    ],
    ['it is gone', replaced('  practice-db:read:', '  practice-db:other:')],
  ])('ends a grant when %s', async (_, change) => {
    const id = await grantedFor('1h');
    await rules.change(change);
    expect(await rules.trigger(id)).toBe('policy-changed');
  });

  it.each([
    ['asks less', replaced('quorum: 2 }]', 'quorum: 1 }]')],
    [
      'asks what those who consented can give as well',
      replaced('group: dba, quorum: 2 }]', 'group: owners, quorum: 2 }]'),
    ],
    ['is about words', replaced('title: Read', 'title: Read everything')],
    ['is shorter, and long enough', replaced('longest: 4h', 'longest: 1h')],
  ])('leaves a grant when it %s', async (_, change) => {
    const id = await grantedFor('1h');
    const owners = '  security:';
    await rules.change((text) =>
      change(text).replace(owners, `  owners: { title: Owners, members: [cleo, dev] }\n${owners}`),
    );
    expect((await world.state(id)).phase).toBe('active');
  });

  it('does not end what the rules before would not have given either', async () => {
    const id = await grantedFor('1h');
    rules.use(WITHOUT_ANA);
    await rules.change((text) => WITHOUT_ANA(text).replace('title: Read', 'title: Read everything'));
    expect((await world.state(id)).phase).toBe('active');
  });

  it('ends what the rules before would not have given for another reason', async () => {
    const id = await grantedFor('1h');
    rules.use(replaced('longest: 4h', 'longest: 30m'));
    await rules.change(WITHOUT_ANA);
    expect(await rules.trigger(id)).toBe('policy-changed');
  });

  it('is held against the new rules alone when nobody knows those before', async () => {
    const id = await grantedFor('1h');
    const before = rules.use(WITHOUT_ANA);
    rules.forget(before);
    await world.deps.store.put([rulesCheckRow(rules.digest, before, world.clock.now())]);
    await world.clock.moveBy(1_000);
    expect(await rules.trigger(id)).toBe('policy-changed');
    expect(world.logLines.join()).toContain('held against the new ones alone');
  });

  it('asks about the moment at which access began, not about now', async () => {
    const id = await grantedFor('4h');
    const startedAt = (await world.state(id)).grant?.startedAt;
    await world.clock.moveBy(3 * HOURS);
    rules.asked.length = 0;
    await rules.change((text) => text.replace('title: Read', 'title: Read everything'));
    expect(rules.asked[0]).toMatchObject({ action: 'activate', at: startedAt, durationMs: 4 * HOURS });
  });

  it('lets what waits for consent wait: it is asked again when access would begin', async () => {
    const id = await world.submit('ana', { duration: '1h' });
    await rules.change(WITHOUT_ANA);
    expect((await world.state(id)).phase).toBe('requested');
    for (const who of ['cleo', 'dev']) await world.approve(who, id);
    expect((await world.state(id)).grant).toBeNull();
  });

  it('only flags where the catalogue says so, once for the same reason', async () => {
    rules.mode = 'flag';
    const id = await grantedFor('1h');
    await rules.change(WITHOUT_ANA);
    await world.clock.moveBy(2 * LIMITS.rulesRetryMs);
    expect((await world.state(id)).phase).toBe('active');
    const flags = (await world.events(id)).filter(({ type }) => type === 'GrantFlagged');
    expect(flags.map(({ data }) => data)).toMatchObject([
      { code: 'not-eligible', policy: { digest: rules.digest } },
    ]);
  });

  it('flags what its target takes long to give, as soon as it is there', async () => {
    rules.mode = 'flag';
    world.target.fail('provision', 'hang', { times: 4 });
    const id = await world.submit('ana', { duration: '4h' });
    for (const who of ['cleo', 'dev']) await world.approve(who, id);
    expect((await world.state(id)).phase).toBe('provisioning');
    await rules.change(WITHOUT_ANA);
    await world.clock.moveBy(LIMITS.rulesRetryMs);
    expect((await world.state(id)).phase).toBe('provisioning');
    await world.clock.moveBy(30 * MINUTE);
    expect(await world.state(id)).toMatchObject({ phase: 'active', flagged: { code: 'not-eligible' } });
  });

  it('finds what began by the old rules while the new ones came', async () => {
    const before = rules.digest;
    await rules.change(WITHOUT_ANA);
    const after = rules.digest;
    rules.use((text) => text);
    const id = await grantedFor('1h');
    rules.use(WITHOUT_ANA);
    expect([before, after]).not.toContain(rules.digest);
    await world.clock.moveBy(LIMITS.rulesRetryMs);
    expect(await rules.trigger(id)).toBe('policy-changed');
    expect(world.dueKinds()).not.toContain('rules-check');
  });

  it('ends nothing for the silence of a source, and asks again until it speaks', async () => {
    const id = await grantedFor('4h');
    rules.silent.add('developers');
    await rules.change(WITHOUT_ANA);
    await world.clock.moveBy(10 * MINUTE);
    expect((await world.state(id)).phase).toBe('active');
    rules.silent.clear();
    await world.clock.moveBy(LIMITS.rulesRetryMs);
    expect(await rules.trigger(id)).toBe('policy-changed');
  });
});

describe('one grant that cannot be judged or ended', () => {
  const brokenFor = (id: string) => ({
    ...world.deps,
    store: {
      ...world.deps.store,
      read: async (stream: string) => {
        if (stream === `request/${id}`) throw new Error('its stream is broken');
        return world.deps.store.read(stream);
      },
    },
  });

  it('does not keep the others from ending when the rules change, and is looked at again', async () => {
    const other = await grantedFor('1h', 'ben');
    const broken = await grantedFor('1h');
    const before = rules.use(replaced('members: [ana, ben]', 'members: [erin]'));
    const row = rulesCheckRow(rules.digest, before, world.clock.now());
    const claim = { ...row, detail: row.detail ?? {}, fence: 0, attempts: 1, claimedUntil: 0 };
    await checkGrants(brokenFor(broken), claim);
    await world.clock.moveBy(1_000);
    expect(await rules.trigger(other)).toBe('policy-changed');
    expect((await world.state(broken)).phase).toBe('active');
    expect(world.dueKinds()).toContain('rules-check');
    await world.clock.moveBy(LIMITS.rulesRetryMs);
    expect(await rules.trigger(broken)).toBe('policy-changed');
  });

  it('does not keep others who have left from losing theirs', async () => {
    const other = await grantedFor('1h', 'ben');
    const broken = await grantedFor('1h');
    rules.use((text) =>
      replaced(
        'members: [ana, ben]',
        'members: [erin]',
      )(text)
        .replace(/^ {2}ana: .*\n/m, '')
        .replace(/^ {2}ben: .*\n/m, ''),
    );
    await sweepLeavers(brokenFor(broken));
    expect(await rules.trigger(other)).toBe('person-left');
  });
});

it('leaves nobody out when the process dies in the middle', { timeout: 120_000 }, async () => {
  for (let n = 1; n <= 12; n += 1) {
    const ids = [await grantedFor('1h'), await grantedFor('1h', 'ben')];
    await world.restart({ working: false });
    const before = rules.use(replaced('members: [ana, ben]', 'members: [erin]'));
    await world.deps.store.put([rulesCheckRow(rules.digest, before, world.clock.now())]);
    await world.restart({ working: true, fuse: blowing(n) });
    await world.clock.moveBy(1_000);
    expect(world.fuse.isBlown, `killed after effect ${n}`).toBe(true);
    await world.restart({ fuse: new Fuse() });
    await world.clock.moveBy(2 * MINUTE);
    for (const id of ids) expect(await rules.trigger(id), `killed after effect ${n}`).toBe('policy-changed');
    await world.close();
    rules = await ChangingRules.open();
    world = rules.world;
  }
});

function blowing(after: number): Fuse {
  const fuse = new Fuse();
  fuse.blowsAfter = after;
  return fuse;
}

describe('someone who has left', () => {
  const ANA = '  ana: { name: Ana, accounts: { slack: T0COUNTER/U0ANA } }\n';
  const gone = (text: string) => WITHOUT_ANA(text).replace(ANA, '');

  it('loses what they have when the rules let go of them, though others are only flagged', async () => {
    rules.mode = 'flag';
    const id = await grantedFor('1h');
    await rules.change(gone);
    expect(await rules.trigger(id)).toBe('person-left');
  });

  it('loses it when their source says so', async () => {
    const id = await grantedFor('1h');
    const other = await grantedFor('1h', 'ben');
    await endAccessOf(world.deps, 'ana');
    await endAccessOf(world.deps, 'nobody-ever-seen');
    expect(await rules.trigger(id)).toBe('person-left');
    expect(await rules.trigger(other)).toBeNull();
  });

  it('is swept for, as the word may have come while no bot ran', async () => {
    const id = await grantedFor('1h');
    const other = await grantedFor('1h', 'ben');
    rules.use(gone);
    await sweepLeavers(world.deps);
    expect(await rules.trigger(id)).toBe('person-left');
    expect(await rules.trigger(other)).toBeNull();
  });
});
