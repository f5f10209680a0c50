import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { narrate } from '../../../src/chat/narrate.ts';
import { LIMITS } from '../../../src/limits.ts';
import type { Deps } from '../../../src/workflows/deps.ts';
import { applyRetention, retentionRow, scrubRow } from '../../../src/workflows/log/forget.ts';
import { redactText } from '../../../src/workflows/log/redact-text.ts';
import type { FakeMessage } from '../../fakes/chat.ts';
import { DBA_CHANNEL, HOUR, LOG_CHANNEL, MINUTE, SECOND, T0, World } from '../world.ts';

const SECRET = 'CANARY-OF-ANA: the orders of Mrs Grey';
const REASON = 'CANARY-OF-CLEO: Mrs Grey is my aunt';

let world: World;
/** A turn of the log's lane, and one of chat's. */
const SOON = 3 * SECOND;

const withAudit = (deps: Deps): Deps => ({
  ...deps,
  auditChannel: () => deps.directory.channel('access-log'),
});
beforeEach(async () => {
  world = await World.open({ deps: withAudit });
});
afterEach(() => world.close());

/** What people can read, and every byte that is kept. */
const everywhere = (): string => {
  const files = readdirSync(world.folder).filter((name) => name.startsWith('countersign.db'));
  const bytes = files.map((name) => readFileSync(join(world.folder, name)).toString('latin1'));
  return [
    ...bytes,
    ...world.logLines,
    world.chat.text(),
    JSON.stringify([...world.chat.homes.values()]),
  ].join();
};
/** Not by `expect`, whose message would hold a whole database. */
const isAnywhere = (words: string): boolean => everywhere().includes(words);

const text = ({ notice }: FakeMessage): string => JSON.stringify(narrate(notice));
const updatesIn = (conversation: string): number[] => world.chat.in(conversation).map((each) => each.updates);

/** Denied by Cleo, with words about someone. */
async function denied() {
  const id = await world.submit('ana', { justification: SECRET });
  const { shown } = (await world.state(id)).ballot;
  await world.as('cleo', { kind: 'deny', request: id, shown, reason: REASON });
  const events = await world.events(id);
  const indexOf = (type: string) => events.find((event) => event.type === type)!.meta.index;
  return { id, asked: indexOf('RequestSubmitted'), denial: indexOf('RequestDenied') };
}

const redact = async (index: number, field: string, as = 'finn', reason = 'names a customer') => {
  const answer = await redactText(world.deps, { as, index, field, reason });
  await world.clock.moveBy(SOON);
  return answer;
};

describe('a text that is redacted', () => {
  it('is gone from card, thread and note, from the home, and from every byte of the files', async () => {
    await world.as('cleo', { kind: 'home' });
    const { id, asked, denial } = await denied();
    const before = await world.state(id);
    expect(world.chat.text()).toContain(SECRET);
    expect(world.chat.text()).toContain(REASON);
    expect(await redact(asked, 'justification')).toMatchObject({ kind: 'redacted' });
    expect(await redact(denial, 'reason')).toMatchObject({ kind: 'redacted' });

    expect(isAnywhere('CANARY-OF')).toBe(false);
    expect(world.chat.in(DBA_CHANNEL).map(text).join()).toContain('(redacted)');
    expect(await world.state(id)).toEqual(before);
    expect(world.due()).toEqual([]);
  });

  it('leaves every other post of the thread as it was', async () => {
    const { denial } = await denied();
    await redact(denial, 'reason');
    const [card, submitted, ended] = world.chat.in(DBA_CHANNEL);
    expect(card?.updates).toBeGreaterThan(0);
    expect(submitted).toMatchObject({ updates: 0 });
    expect(ended).toMatchObject({ updates: 1 });
    expect(text(ended!)).toContain('(redacted)');
  });

  it('is updated once, and not again at the next change', async () => {
    const id = await world.granted('ana', { justification: SECRET, duration: '5m' });
    await world.as('cleo', { kind: 'revoke', request: id, reason: REASON });
    await world.clock.moveBy(SECOND);
    const started = (await world.events(id)).find(({ type }) => type === 'RevocationStarted')!;
    await redact(started.meta.index, 'reason');
    const updates = updatesIn(DBA_CHANNEL);
    expect(updates.slice(1).filter((each) => each > 0)).toEqual([1]);
    await world.deps.store.put([
      { key: `show:${id}`, lane: 'chat', kind: 'show', stream: `request/${id}`, dueAt: world.clock.now() },
    ]);
    await world.clock.moveBy(SECOND);
    expect(updatesIn(DBA_CHANNEL)).toEqual(updates);
  });

  it('leaves no digest of what was shown, where the message cannot be reached either', async () => {
    world.chat.gone.add('DU0ANA');
    const { id, denial } = await denied();
    const shown = await world.deps.store.posted(`request/${id}`);
    await redact(denial, 'reason');
    const now = await world.deps.store.posted(`request/${id}`);
    const withReason = ['card:C0DBAPPROVALS', 'thread:slack:2', 'dm:2'];
    for (const slot of withReason) {
      const digest = shown.find((each) => each.slot === slot)!.digest;
      expect(digest).toMatch(/^[0-9a-f]{64}$/);
      expect(now.find((each) => each.slot === slot)!.digest, slot).not.toBe(digest);
      expect(isAnywhere(digest), slot).toBe(false);
    }
  });

  it('goes by an operator alone, with a reason, and only once', async () => {
    const { asked } = await denied();
    const size = (await world.leaves()).length;
    expect(await redact(asked, 'justification', 'ana')).toMatchObject({
      refusal: { code: 'not-an-operator' },
    });
    expect(await redact(asked, 'justification', 'nobody')).toMatchObject({
      refusal: { code: 'not-an-operator' },
    });
    for (const reason of ['', ' ', 'x'.repeat(501), 'a\u202Eb'])
      expect(await redact(asked, 'justification', 'finn', reason)).toMatchObject({
        refusal: { code: 'reason-unfit' },
      });
    expect(await redact(asked, 'comment')).toMatchObject({
      refusal: { code: 'no-such-text', index: asked, field: 'comment' },
    });
    expect(await redact(999, 'comment')).toMatchObject({ refusal: { code: 'no-such-text', index: 999 } });
    expect((await world.leaves()).length).toBe(size);
    expect((await redact(asked, 'justification')).kind).toBe('redacted');
    expect(await redact(asked, 'justification')).toMatchObject({ refusal: { code: 'no-such-text' } });
    expect((await world.leaves()).length).toBe(size + 1);
  });

  it('stays where the log may be another', async () => {
    const { asked } = await denied();
    for (const mode of ['revoke-only', 'checking'] as const) {
      const deps: Deps = { ...world.deps, mode: () => mode };
      const answer = await redactText(deps, {
        as: 'finn',
        index: asked,
        field: 'justification',
        reason: 'x',
      });
      expect(answer).toMatchObject({ refusal: { code: 'log-in-doubt' } });
    }
    expect(world.chat.text()).toContain(SECRET);
  });

  it('leaves chat all the same when the process dies right after', async () => {
    const { asked } = await denied();
    world.fuse.blowsAfter = world.fuse.effects.length + 2;
    void redact(asked, 'justification');
    await world.fuse.blown;
    expect(world.fuse.effects.at(-1)).toBe('store.redact');
    await world.restart();
    expect(world.chat.text()).toContain(SECRET);
    await world.deps.store.put([scrubRow(world.clock.now())]);
    await world.clock.moveBy(SOON);
    expect(world.chat.text()).not.toContain(SECRET);
  });
});

describe('the files', () => {
  it('are tried until they are empty; people are told when they never are', async () => {
    let held = true;
    await world.restart({
      deps: (deps) => ({
        ...withAudit(deps),
        store: new Proxy(deps.store, {
          get: (store, name) =>
            name === 'scrub' && held ? async () => false : Reflect.get(store, name, store),
        }),
      }),
    });
    const { asked } = await denied();
    await redact(asked, 'justification');
    expect(world.dueKinds()).toContain('scrub');
    await world.clock.moveBy(5 * MINUTE);
    const alarms = () => world.chat.in(LOG_CHANNEL).filter(({ notice }) => notice.kind === 'log-alarm');
    expect(alarms()).toHaveLength(1);
    expect(text(alarms()[0]!)).toContain('write-ahead log');
    held = false;
    await world.clock.moveBy(MINUTE);
    expect(world.dueKinds()).not.toContain('scrub');
    expect(alarms()).toHaveLength(1);
  });
});

describe('retention', () => {
  /** `afterMs`: how long what is internal is kept here. */
  const keeping = (afterMs: number | null, others: Partial<Deps> = {}) =>
    world.restart({
      deps: (deps) => {
        const retentionMs = () => ({ ...deps.retentionMs(), confidential: MINUTE, internal: afterMs });
        return { ...withAudit(deps), retentionMs, ...others };
      },
    });
  const sweep = async () => {
    await world.deps.store.put([retentionRow(world.clock.now())]);
    await world.clock.moveBy(SOON);
  };
  const told = () => world.eventsOnDisk().filter(({ type }) => type === 'DisclosuresRedacted');

  it('erases the texts of requests that ended so long ago, and says by which rule', async () => {
    await keeping(10 * MINUTE);
    const { id } = await denied();
    await world.clock.moveBy(10 * MINUTE - 2 * SOON);
    await sweep();
    expect(told()).toEqual([]);
    expect(world.chat.text()).toContain(SECRET);
    await world.clock.moveBy(SOON);
    await sweep();
    expect(isAnywhere('CANARY-OF')).toBe(false);
    expect(told()).toMatchObject([
      {
        data: {
          cause: 'retention',
          by: null,
          approvedBy: null,
          retention: { classification: 'internal', afterMs: 10 * MINUTE },
          targets: [{ field: 'facts' }, { field: 'justification' }, { field: 'reason' }],
        },
      },
    ]);
    expect((await world.state(id)).phase).toBe('denied');
  });

  it('is done again a day later, and tells nothing where there was nothing', async () => {
    await keeping(MINUTE);
    await sweep();
    const next = world.due().find(({ key }) => key === 'retention');
    expect(next?.dueAt).toBeGreaterThanOrEqual(T0 + 24 * HOUR);
    expect(next?.dueAt).toBeLessThan(T0 + 24 * HOUR + SOON);
    expect(told()).toEqual([]);
  });

  it('leaves what is open, of another classification, or kept for ever', async () => {
    await keeping(null);
    await denied();
    await world.clock.moveBy(5 * MINUTE);
    await sweep();
    await keeping(MINUTE);
    const open = await world.granted('ben', { justification: SECRET, duration: '5m' });
    await world.clock.moveBy(2 * MINUTE);
    await sweep();
    const [redaction, ...more] = told();
    expect(more).toEqual([]);
    const fields = [{ field: 'facts' }, { field: 'justification' }, { field: 'reason' }];
    expect(redaction).toMatchObject({ data: { targets: fields } });
    expect((await world.state(open)).phase).toBe('active');
    expect(world.chat.text()).toContain(SECRET);
  });

  it('makes room for other work of the log after so many rounds, and goes on soon', async () => {
    let rounds = 0;
    await world.restart({
      working: false,
      deps: (deps) => {
        const endless = async () => {
          rounds += 1;
          return { ok: true, events: [], targets: [], requests: [] } as const;
        };
        const store = new Proxy(deps.store, {
          get: (target, name) => (name === 'redact' ? endless : Reflect.get(target, name, target)),
        });
        return { ...deps, store, retentionMs: () => ({ ...deps.retentionMs(), internal: MINUTE }) };
      },
    });
    await world.deps.store.put([retentionRow(world.clock.now())]);
    const result = await applyRetention(world.deps, await world.claim('log', 'retention'));
    expect(rounds).toBe(LIMITS.retentionRoundsMax);
    expect(result).toMatchObject({ kind: 'retry' });
    expect(result.kind === 'retry' && result.at - world.clock.now()).toBeLessThan(MINUTE);
  });

  it('waits while the log may be another', async () => {
    await keeping(MINUTE);
    await denied();
    await keeping(MINUTE, { mode: () => 'revoke-only' });
    await world.clock.moveBy(2 * MINUTE);
    await sweep();
    expect(told()).toEqual([]);
    expect(world.dueKinds()).toContain('retention');
  });
});
