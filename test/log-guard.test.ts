import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../src/limits.ts';
import { guardLog, type LogGuard } from '../src/log-guard.ts';
import type { Mode } from '../src/workflows/deps.ts';
import { FakeAnchor } from './fakes/anchor.ts';
import { testSigner } from './fakes/log.ts';
import { LOG_CHANNEL, World } from './workflows/world.ts';

const signer = testSigner(1);
const auditChannel = { key: 'access-log', platform: 'slack', conversation: LOG_CHANNEL } as const;

let world: World;
let guard: LogGuard;
afterEach(async () => {
  await guard.stop();
  await world.close();
});

interface Seen {
  readonly anchor: FakeAnchor;
  readonly modes: Mode[];
  allowed: number;
}

async function guarded(prepare: (anchor: FakeAnchor) => Promise<void>): Promise<Seen> {
  const seen: Seen = { anchor: new FakeAnchor('folder'), modes: [], allowed: 0 };
  world = await World.open({
    deps: (deps) => ({ ...deps, anchors: [seen.anchor], signer, auditChannel: () => auditChannel }),
  });
  await world.submit();
  await prepare(seen.anchor);
  guard = guardLog(
    world.deps,
    (mode) => void seen.modes.push(mode),
    async (open) => {
      seen.allowed += 1;
      open();
    },
  );
  await guard.checked;
  await world.clock.moveBy(1_000);
  return seen;
}

const alarms = (): string[] =>
  world.chat
    .in(LOG_CHANNEL)
    .flatMap(({ notice }) => (notice.kind === 'log-alarm' ? [notice.alarm.what] : []));
const LOST = { size: 99, root: 'ab'.repeat(32) };

describe('at start', () => {
  it('a log that fits allows everything, without a word', async () => {
    const seen = await guarded(async () => {});
    expect(seen).toMatchObject({ modes: ['full'], allowed: 1 });
    expect(alarms()).toEqual([]);
    const keys = await world.deps.store.search({ types: ['SigningKeyChanged'], limit: 10 });
    expect(keys).toHaveLength(1);
  });

  it('one that does not fit allows only what ends access, loudly, and for good', async () => {
    const seen = await guarded(
      async (anchor) => void anchor.heads.push({ ...LOST, note: signer.sign(LOST) }),
    );
    await world.clock.moveBy(10 * LIMITS.anchorAskAgainMs);
    expect(seen).toMatchObject({ modes: ['revoke-only'], allowed: 0 });
    expect(alarms()).toEqual(['revoke-only']);
    const line = world.logLines.find((each) => each.includes('only what ends access is done'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 'error',
      detail: expect.stringContaining('a signed head of 99 is held by folder'),
      hint: expect.stringContaining('countersign log accept'),
    });
  });

  it('an anchor that cannot be asked is asked again: everything is allowed when it answers and fits', async () => {
    const seen = await guarded(async (anchor) => {
      anchor.how = 'down';
    });
    expect(seen).toMatchObject({ modes: ['revoke-only'], allowed: 0 });
    await world.clock.moveBy(3 * LIMITS.anchorAskAgainMs);
    expect(alarms()).toEqual(['revoke-only']);
    seen.anchor.how = 'well';
    await expect
      .poll(async () => {
        await world.clock.moveBy(LIMITS.anchorAskAgainMs);
        return seen.allowed;
      })
      .toBe(1);
    await world.clock.moveBy(10 * LIMITS.anchorAskAgainMs);
    expect(seen.modes.at(-1)).toBe('full');
    expect(seen.allowed).toBe(1);
    expect(alarms()).toEqual(['revoke-only', 'full']);
  });

  it('a log that cannot even be read allows only what ends access', async () => {
    world = await World.open({
      deps: (deps) => ({
        ...deps,
        signer,
        store: {
          ...deps.store,
          stored: async () => {
            throw new Error('no such table: events');
          },
        },
      }),
    });
    await world.submit();
    const modes: Mode[] = [];
    guard = guardLog(
      world.deps,
      (mode) => void modes.push(mode),
      async (open) => open(),
    );
    await guard.checked;
    expect(modes).toEqual(['revoke-only']);
    expect(world.logLines.join('')).toContain('the log could not be compared');
  });

  it('nothing is allowed where what must come first fails, as when the rules cannot be put on record', async () => {
    const anchor = new FakeAnchor('folder');
    anchor.how = 'down';
    world = await World.open({ deps: (deps) => ({ ...deps, anchors: [anchor], signer }) });
    await world.submit();
    const modes: Mode[] = [];
    let tried = 0;
    guard = guardLog(
      world.deps,
      (mode) => void modes.push(mode),
      async () => {
        tried += 1;
        throw new Error('the disk is full');
      },
    );
    await guard.checked;
    anchor.how = 'well';
    await expect
      .poll(async () => {
        await world.clock.moveBy(LIMITS.anchorAskAgainMs);
        return tried;
      })
      .toBe(1);
    await world.clock.moveBy(1_000);
    expect(modes).not.toContain('full');
    expect(world.logLines.join('')).toContain('start the bot again');
  });
});

it('a store that fails meanwhile is trouble for whoever waits, and for nobody else', async () => {
  world = await World.open({
    deps: (deps) => ({
      ...deps,
      signer,
      store: { ...deps.store, head: () => Promise.reject(new Error('the disk is gone')) },
    }),
  });
  guard = guardLog(
    world.deps,
    () => {},
    async () => {},
  );
  await world.clock.moveBy(1_000);
  await expect(guard.checked).rejects.toThrow('the disk is gone');
  expect(world.logLines.join('')).toContain('the log is not compared any more');
});

describe('a stop', () => {
  it('does not wait for an anchor to be asked again, and allows nothing any more', async () => {
    const seen = await guarded(async (anchor) => {
      anchor.how = 'down';
    });
    seen.anchor.how = 'well';
    await guard.stop();
    expect(seen).toMatchObject({ modes: ['revoke-only'], allowed: 0 });
  });
});
