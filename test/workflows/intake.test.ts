import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import type { Standing } from '../../src/ports/directory.ts';
import type { Intent, Reply } from '../../src/ports/intent.ts';
import { CANARY, DRAFT, HOUR, MINUTE, SECOND, T0, World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const code = (reply: Reply): string => (reply.kind === 'refused' ? reply.refusal.code : reply.kind);
const account = (user: string) => ({ platform: 'slack', team: 'T0COUNTER', user }) as const;
const submit: Intent = { kind: 'submit', draft: DRAFT };

describe('who someone is', () => {
  const standings: [string, Standing, string][] = [
    ['a guest', { kind: 'refused', why: 'guest' }, 'account-refused'],
    ['a deactivated account', { kind: 'refused', why: 'deleted' }, 'account-refused'],
    ['a bot', { kind: 'refused', why: 'bot' }, 'account-refused'],
    ['someone of another workspace', { kind: 'refused', why: 'other-workspace' }, 'account-refused'],
    ['an account that cannot be looked up now', { kind: 'unavailable' }, 'account-unchecked'],
  ];
  it.each(standings)('%s may do nothing', async (_, standing, expected) => {
    const id = await world.submit();
    world.chat.standings.set('U0CLEO', standing);
    expect(code(await world.approve('cleo', id))).toBe(expected);
    expect(code(await world.as('cleo', { kind: 'mine' }))).toBe(expected);
    expect(await world.types(id)).toEqual(['RequestSubmitted']);
    expect(world.refusals).toEqual([expected, expected]);
  });

  it('an account nobody of the catalogue has may do nothing', async () => {
    const reply = await world.intake({ account: account('U0NOBODY'), zone: null }, submit);
    expect(reply).toMatchObject({ kind: 'refused', refusal: { code: 'account-refused', why: 'unlinked' } });
    expect(await world.requests()).toEqual([]);
  });

  it('an account of the same id in another workspace or platform is another one', async () => {
    for (const other of [
      { ...account('U0ANA'), team: 'T0OTHER' },
      { ...account('U0ANA'), platform: 'teams' } as const,
    ])
      expect((await world.intake({ account: other, zone: null }, submit)).kind).toBe('refused');
    expect(await world.requests()).toEqual([]);
  });

  it('is asked anew at each click', async () => {
    const id = await world.submit();
    await world.approve('cleo', id);
    world.chat.standings.set('U0DEV', { kind: 'refused', why: 'deleted' });
    await world.approve('dev', id);
    expect((await world.state(id)).phase).toBe('requested');
  });
});

describe('what breaks', () => {
  it.each([
    ['the policy', 'policy', 'answer'],
    ['the directory', 'directory', 'personOf'],
    ['the store', 'store', 'requests'],
  ] as const)('is trouble with an incident and no details: %s', async (_, room, method) => {
    const fail = async () => {
      throw new Error(`postgres://admin:${CANARY}@db.internal/shop refused`);
    };
    await world.restart({ deps: (deps) => ({ ...deps, [room]: { ...deps[room], [method]: fail } }) });
    const reply = await world.as('ana', submit);
    expect(reply).toEqual({ kind: 'trouble', incident: expect.any(String) });
    const incident = reply.kind === 'trouble' ? reply.incident : '';
    const line = world.logLines.find((each) => each.includes(incident));
    expect(line).toContain('an intent could not be carried out');
    expect(line).not.toContain(CANARY);
    expect(await world.requests()).toEqual([]);
  });
});

describe('submitting', () => {
  it('twice at once makes one request', async () => {
    const both = [world.as('ana', submit), world.as('ana', submit)];
    const codes = (await Promise.all(both)).map((reply) =>
      reply.kind === 'field-errors' ? reply.general?.code : reply.kind,
    );
    expect(codes).toEqual(['done', 'already-asked']);
    expect(await world.requests()).toHaveLength(1);
  });

  it('twice at once makes one grant, also where nobody is asked', async () => {
    const automatic: Intent = {
      kind: 'submit',
      draft: { ...DRAFT, entitlement: 'reports-api:read', duration: '30m' },
    };
    await Promise.all([world.as('ana', automatic), world.as('ana', automatic)]);
    await world.as('ana', automatic);
    expect(await world.requests()).toHaveLength(1);
    expect(world.otherTarget.names()).toHaveLength(1);
    await world.clock.moveBy(6 * SECOND);
    expect((await world.as('ana', automatic)).kind).toBe('done');
    expect(world.otherTarget.names()).toHaveLength(2);
  });

  it('does not wait for another person who submits at the same time', async () => {
    const replies = await Promise.all([world.as('ana', submit), world.as('ben', submit)]);
    expect(replies.map((reply) => reply.kind)).toEqual(['done', 'done']);
  });

  it('says all that is wrong at once, under the field it is wrong in', async () => {
    const draft = { ...DRAFT, duration: '9h', justification: 'x', startAt: T0 - 1 };
    const reply = await world.as('ana', { kind: 'submit', draft });
    if (reply.kind !== 'field-errors') throw new Error(reply.kind);
    const codes = Object.entries(reply.errors).map(([field, refusal]) => [field, refusal.code]);
    expect(Object.fromEntries(codes)).toEqual({
      duration: 'duration-too-long',
      justification: 'justification-too-short',
      startAt: 'start-in-past',
    });
    expect([...world.refusals].sort()).toEqual([
      'duration-too-long',
      'justification-too-short',
      'start-in-past',
    ]);
  });

  it.each([
    ['an unknown entitlement', 'ana', { entitlement: 'nothing:here' }, 'unknown-entitlement'],
    ['an entitlement for others', 'gus', {}, 'not-eligible'],
    ['no entitlement', 'ana', { entitlement: null }, 'field-missing'],
  ])('refuses %s', async (_, person, differing, expected) => {
    const reply = await world.as(person, { kind: 'submit', draft: { ...DRAFT, ...differing } });
    expect(reply).toMatchObject({ kind: 'field-errors', errors: { entitlement: { code: expected } } });
    expect(world.refusals).toEqual([expected]);
    expect(await world.requests()).toEqual([]);
  });

  it.each(['soon', '10', '0s', '-5m', '1e9'])('does not read %s as a duration', async (duration) => {
    const reply = await world.as('ana', { kind: 'submit', draft: { ...DRAFT, duration } });
    expect(reply).toMatchObject({ kind: 'field-errors', errors: { duration: {} } });
  });
});

describe('deciding', () => {
  it('counts one of two people who approve at once first, and then the other', async () => {
    const id = await world.submit();
    await Promise.all([world.approve('cleo', id), world.approve('dev', id)]);
    expect((await world.types(id)).slice(0, 4)).toEqual([
      'RequestSubmitted',
      'ApprovalRecorded',
      'ApprovalRecorded',
      'RequestApproved',
    ]);
  });

  it('counts a double click once', async () => {
    const id = await world.submit();
    const replies = await Promise.all([world.approve('cleo', id), world.approve('cleo', id)]);
    expect(replies.map(code)).toEqual(['done', 'already-decided']);
    expect((await world.state(id)).ballot.approvals).toHaveLength(1);
  });

  it('holds whichever came first when the last approval meets a denial, and tells the other', async () => {
    const id = await world.submit();
    await world.approve('cleo', id);
    const replies = await Promise.all([world.approve('dev', id), world.deny('cleo', id)]);
    expect(replies.map(code).sort()).toEqual(['done', 'wrong-phase']);
    const types = await world.types(id);
    const outcomes = types.filter((type) => type === 'RequestApproved' || type === 'RequestDenied');
    expect(outcomes).toEqual([replies[0].kind === 'done' ? 'RequestApproved' : 'RequestDenied']);
  });

  it('holds whichever came first when a withdrawal meets an approval', async () => {
    const id = await world.submit();
    const withdraw = world.as('ana', { kind: 'withdraw', request: id });
    const replies = await Promise.all([withdraw, world.approve('cleo', id)]);
    const [withdrawn, approved] = replies.map(code);
    expect([withdrawn, approved]).toContain('done');
    expect((await world.state(id)).phase).toBe('withdrawn');
    expect((await world.types(id)).at(-1)).toBe('RequestWithdrawn');
  });

  it('comes too late when the request has lapsed', async () => {
    const id = await world.submit();
    await world.clock.moveBy(10 * MINUTE);
    expect(await world.types(id)).toContain('RequestLapsed');
    expect(code(await world.approve('cleo', id))).toBe('wrong-phase');
  });

  it('is bound to what was shown', async () => {
    const id = await world.submit();
    const shown = 'f'.repeat(64);
    const reply = await world.as('cleo', {
      kind: 'approve',
      request: id,
      shown,
      shortenToMs: null,
      comment: null,
    });
    expect(code(reply)).toBe('shown-is-stale');
    const other = await world.submit('ben');
    const foreign = (await world.state(other)).ballot.shown;
    const swapped = {
      kind: 'approve',
      request: id,
      shown: foreign,
      shortenToMs: null,
      comment: null,
    } as const;
    expect(code(await world.as('cleo', swapped))).toBe('shown-is-stale');
  });

  it('is refused to the requester, on record once', async () => {
    const id = await world.submit();
    for (let click = 0; click < 3; click += 1)
      expect(code(await world.approve('ana', id))).toBe('own-request');
    expect(await world.types(id)).toEqual(['RequestSubmitted', 'AttemptRefused']);
  });
});

describe('one’s own', () => {
  it('is none, the only one, or has to be named', async () => {
    const withdraw: Intent = { kind: 'withdraw', request: null };
    expect(code(await world.as('ana', withdraw))).toBe('none-of-yours');
    const id = await world.submit();
    expect(await world.as('ana', withdraw)).toMatchObject({ kind: 'done', view: { id, phase: 'withdrawn' } });
    const ids = [await world.submit(), await world.submit('ana', { entitlement: 'orders-db:read' })];
    const reply = await world.as('ana', withdraw);
    if (reply.kind !== 'refused' || reply.refusal.code !== 'several-of-yours') throw new Error(code(reply));
    expect(reply.refusal.requests.map((each) => each.id).sort()).toEqual([...ids].sort());
    expect((await world.as('ana', { kind: 'withdraw', request: ids[0] ?? null })).kind).toBe('done');
  });

  it('is not what is another’s, whatever id is given', async () => {
    const id = await world.granted();
    for (const kind of ['withdraw', 'done'] as const)
      expect(code(await world.as('ben', { kind, request: id }))).toBe('not-yours');
    expect(code(await world.as('ben', { kind: 'extend', request: id, extraMs: null }))).toBe('not-yours');
    const refused = await world.as('ben', { kind: 'reveal', request: id });
    expect(refused).toEqual({ kind: 'refused', refusal: { code: 'not-yours' }, view: null });
    expect((await world.state(id)).phase).toBe('active');
  });
});

describe('looking', () => {
  it('shows a request to its requester, its approvers and an operator, and to others as if there were none', async () => {
    const id = await world.submit();
    const show: Intent = { kind: 'show', request: id };
    for (const person of ['ana', 'cleo', 'finn']) expect((await world.as(person, show)).kind).toBe('shown');
    const hidden = await world.as('gus', show);
    expect(hidden).toEqual(await world.as('gus', { kind: 'show', request: 'req_000000000000' }));
    expect(code(hidden)).toBe('no-such-request');
  });

  it('tells who has it and who is asked', async () => {
    const id = await world.granted();
    const reply = await world.as('ben', { kind: 'who', entitlement: 'practice-db:read' });
    if (reply.kind !== 'who') throw new Error(reply.kind);
    expect(reply.holders.map((view) => view.id)).toEqual([id]);
    expect(reply.approvers[0]?.people.map((person) => person.name)).toEqual(['Cleo Laurent', 'Dev Sharma']);
    expect(code(await world.as('ben', { kind: 'who', entitlement: 'nothing' }))).toBe('unknown-entitlement');
  });
});

describe('revealing', () => {
  it('gives the secret to one of two clicks at once', async () => {
    const id = await world.granted();
    const reveal: Intent = { kind: 'reveal', request: id };
    const replies = await Promise.all([
      world.as('ana', reveal),
      world.as('ana', reveal),
      world.as('ana', reveal),
    ]);
    expect(replies.map(code).sort()).toEqual(['secret', 'secret-gone', 'secret-gone']);
    expect(await world.deps.store.sealed(id)).toBeNull();
    expect((await world.types(id)).filter((type) => type === 'SecretRevealed')).toHaveLength(1);
  });

  it('is trouble, and not the end of the secret, when it does not open', async () => {
    const id = await world.granted();
    const broken = () => {
      throw new Error('a sealed value does not open');
    };
    await world.restart({ deps: (deps) => ({ ...deps, sealer: { ...deps.sealer, open: broken } }) });
    expect((await world.as('ana', { kind: 'reveal', request: id })).kind).toBe('trouble');
    await world.restart({ deps: (deps) => deps });
    expect((await world.as('ana', { kind: 'reveal', request: id })).kind).toBe('secret');
  });

  it('is over with the grant: an unrevealed secret is shredded', async () => {
    const id = await world.granted();
    await world.as('ana', { kind: 'done', request: id });
    expect(await world.deps.store.sealed(id)).toBeNull();
    expect(code(await world.as('ana', { kind: 'reveal', request: id }))).toBe('wrong-phase');
    expect(await world.types(id)).toContain('SecretShredded');
  });
});

it('shows approvers what waits for them, however many grants run', async () => {
  await world.restart({
    deps: (deps) => ({
      ...deps,
      store: {
        ...deps.store,
        requests: (query) => deps.store.requests({ ...query, limit: Math.min(3, query.limit) }),
      },
    }),
  });
  const id = await world.submit('ben');
  for (let n = 0; n < 4; n += 1) {
    await world.submit('ana', { entitlement: 'reports-api:read', duration: '4h' });
    await world.clock.moveBy(6 * SECOND);
  }
  const reply = await world.as('cleo', { kind: 'mine' });
  expect(reply.kind === 'mine' && reply.home.waitingForMe.map((view) => view.id)).toEqual([id]);
});

it('bounds what one person may have open, and holds up nobody else by it', { timeout: 30_000 }, async () => {
  const wish = { entitlement: 'reports-api:read', duration: '4h' };
  for (let n = 0; n < LIMITS.openRequestsPerPersonMax; n += 1) {
    await world.submit('ana', wish);
    await world.clock.moveBy(6 * SECOND);
  }
  const more = await world.as('ana', { kind: 'submit', draft: { ...DRAFT, ...wish } });
  expect(more).toMatchObject({ kind: 'field-errors', general: { code: 'too-many-open', most: 40 } });
  await world.submit('ben', wish);
  await world.as('ana', { kind: 'done', request: (await world.requests()).at(-1)?.id ?? null });
  await world.submit('ana', wish);
});

it('acknowledges nothing that is not on disk', async () => {
  const reply = await world.intake({ account: account('U0ANA'), zone: null }, submit);
  expect(reply.kind).toBe('done');
  expect(world.eventsOnDisk().map((event) => event.type)).toEqual(['RequestSubmitted']);
  await world.clock.settle();
  await world.restart({ downMs: HOUR });
  expect(await world.requests()).toHaveLength(1);
});
