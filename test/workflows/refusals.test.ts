import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import type { Draft, Reply } from '../../src/ports/intent.ts';
import { DRAFT, HOUR, MINUTE, SECOND, World } from './world.ts';

const POLICIES = `
@id("request.any")
permit(principal, action in [Action::"request", Action::"activate", Action::"extend"], resource);

@id("forbid.long") @says("Not for longer than two minutes, please.")
forbid(principal, action == Action::"request", resource) when { context.durationMinutes > 2 };

@id("approve.any")
permit(principal, action == Action::"approve", resource);

@id("forbid.approve-dev")
forbid(principal == Person::"dev", action == Action::"approve", resource);

@id("demand.ticket") @ticket("required")
permit(principal, action == Action::"demand", resource) when { context.durationMinutes == 2 };

@id("demand.short") @longest("2m")
permit(principal, action == Action::"demand", resource) when { context.durationMinutes < 2 };
`;

let world: World;
beforeEach(async () => {
  world = await World.open({ policies: POLICIES });
});
afterEach(() => world.close());

const ask = (person: string, differing: Partial<Draft> = {}): Promise<Reply> =>
  world.as(person, { kind: 'submit', draft: { ...DRAFT, duration: '5m', ...differing } });
const onRecord = () =>
  world.eventsOnDisk().flatMap(({ type, data }) => (type === 'AccessRefused' ? [data] : []));

describe('what the rules refuse to someone who asks', () => {
  it('is told in the rules’ own words, under the field', async () => {
    const errors = {
      entitlement: {
        code: 'forbidden',
        rule: 'forbid.long',
        says: 'Not for longer than two minutes, please.',
      },
    };
    expect(await ask('ana')).toMatchObject({ kind: 'field-errors', errors });
    expect(await world.requests()).toEqual([]);
  });

  it('is on record, with what the rules were asked beside it as the person’s own', async () => {
    await ask('ana');
    const by = await world.deps.store.known('ana');
    expect(onRecord()).toMatchObject([
      {
        by,
        entitlement: 'practice-db:read',
        durationMs: 5 * MINUTE,
        code: 'forbidden',
        policy: { ids: ['forbid.long'] },
      },
    ]);
    const [facts] = await world.deps.store.disclosures('log');
    expect(facts?.field).toBe('facts');
    expect(JSON.parse(facts?.value ?? '')).toMatchObject({ v: 1, action: 'request', person: { key: 'ana' } });
    const stored = await world.deps.store.storedDisclosures(0, 1_000);
    expect(stored.filter(({ field }) => field === 'facts')).toMatchObject([{ subject: by }]);
    for (const { bytes } of await world.leaves())
      expect(Buffer.from(bytes).toString()).not.toContain('"ana"');
  });

  it('is not on record for looking at the form, nor where the question never came to the rules', async () => {
    await world.as('ana', { kind: 'preview', draft: { ...DRAFT, duration: '5m' } });
    const unknown = await world.as('ana', {
      kind: 'submit',
      draft: { ...DRAFT, entitlement: 'nothing:read' },
    });
    expect(unknown).toMatchObject({ errors: { entitlement: { code: 'unknown-entitlement' } } });
    await ask('ana', { duration: 'a while' });
    expect(onRecord()).toEqual([]);
  });

  it('is on record once in ten minutes for the same', async () => {
    await ask('ana');
    await ask('ana');
    await ask('ben');
    expect(onRecord()).toHaveLength(2);
    await world.clock.moveBy(LIMITS.refusalRecordedOnceMs - SECOND);
    await ask('ana');
    expect(onRecord()).toHaveLength(2);
    await world.clock.moveBy(SECOND);
    await ask('ana');
    expect(onRecord()).toHaveLength(3);
  });

  it('is bounded for one person in an hour, and for nobody else by it', async () => {
    await world.restart({ deps: (deps) => deps });
    const subject = await world.deps.store.subjectOf('ana', () => world.deps.ids.subject());
    for (let i = 0; i < LIMITS.refusalsRecordedPerPersonHour; i += 1)
      await world.deps.store.enter({
        stream: 'log',
        expectedVersion: null,
        events: [
          {
            type: 'AccessRefused',
            data: {
              by: subject,
              entitlement: `e${i}`,
              durationMs: 1,
              code: 'forbidden',
              policy: { ids: [], digest: '' },
            },
            id: world.deps.ids.event(),
            at: world.clock.now(),
          },
        ],
      });
    const before = onRecord().length;
    await ask('ana');
    expect(onRecord()).toHaveLength(before);
    await ask('ben');
    expect(onRecord()).toHaveLength(before + 1);
    await world.clock.moveBy(HOUR + SECOND);
    await ask('ana');
    expect(onRecord()).toHaveLength(before + 2);
  });

  it('leaves the form as it was, so that it can be asked for otherwise', async () => {
    const reply = await world.as('ana', { kind: 'preview', draft: { ...DRAFT, duration: '5m' } });
    expect(reply).toMatchObject({
      kind: 'form',
      preview: { refusal: { code: 'forbidden' }, terms: { entitlement: { id: 'practice-db:read' } } },
    });
    const stranger = await world.as('gus', { kind: 'preview', draft: DRAFT });
    expect(stranger).toMatchObject({ preview: { refusal: { code: 'not-eligible' }, terms: null } });
  });
});

describe('what the rules demand', () => {
  it('is a ticket, though the entitlement wants none', async () => {
    expect(await ask('ana', { duration: '2m' })).toMatchObject({
      errors: { ticket: { code: 'ticket-missing' } },
    });
    expect((await ask('ana', { duration: '2m', ticket: 'INC-1' })).kind).toBe('done');
  });

  it('is a shorter time than the entitlement gives, and the form offers no more', async () => {
    const reply = await world.as('ana', { kind: 'preview', draft: { ...DRAFT, duration: '30s' } });
    expect(reply).toMatchObject({ preview: { terms: { durationsMs: [10 * SECOND, 30 * SECOND, MINUTE] } } });
  });
});

describe('an approver whom a rule keeps from consenting', () => {
  it('is told that it is the rules, and it is on record', async () => {
    const id = await world.submit();
    const reply = await world.approve('dev', id);
    expect(reply).toMatchObject({ kind: 'refused', refusal: { code: 'rules-forbid' } });
    expect(await world.types(id)).toEqual(['RequestSubmitted', 'AttemptRefused']);
    expect(await world.approve('gus', id)).toMatchObject({ refusal: { code: 'not-an-approver' } });
    expect((await world.approve('cleo', id)).kind).toBe('done');
  });
});

it('each decision names the rules that let it be made', async () => {
  const id = await world.submit();
  await world.approve('cleo', id);
  const [submitted, approval] = await world.events(id);
  expect(submitted?.data).toMatchObject({
    policy: { ids: ['catalogue/practice-db:read', 'demand.short', 'request.any'] },
    impact: { score: expect.any(Number) },
  });
  expect(approval?.data).toMatchObject({ policy: { ids: ['approve.any', 'catalogue'] } });
});

it('what the rules were asked of someone is shown to nobody', async () => {
  const id = await world.granted('ana', { duration: '30s' });
  await world.approve('cleo', id);
  const facts = (await world.deps.store.disclosures(`request/${id}`)).find(({ field }) => field === 'facts');
  expect(facts?.value).toContain('"person"');
  for (const who of ['ana', 'cleo', 'erin', 'hana']) await world.as(who, { kind: 'show', request: id });
  for (const who of ['ana', 'cleo']) await world.as(who, { kind: 'home' });
  const said = [
    world.chat.text(),
    JSON.stringify(world.replies),
    JSON.stringify([...world.chat.homes.values()]),
  ];
  expect(said.join('\n')).not.toContain(JSON.stringify(facts?.value).slice(1, 40));
  expect(said.join('\n')).not.toContain('"facts"');
  expect(world.logLines.join('\n')).not.toContain('durationMinutes');
});
