import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { RequestId } from '../../src/domain/values.ts';
import type { Follower } from '../../src/ports/follower.ts';
import { openSiem } from '../../src/siem/open.ts';
import type { SiemSettings } from '../../src/siem/settings.ts';
import { streamRow } from '../../src/workflows/log/stream.ts';
import { CANARY, DRAFT, MINUTE, World } from '../workflows/world.ts';

let world: World;
afterEach(() => world.close());

/** The clock stands still while a disk is written to. */
function timeless(follower: Follower): Follower {
  let delivering = 0;
  world.clock.busy = () => world.fuse.inFlight > 0 || delivering > 0;
  return {
    name: follower.name,
    deliver: async (batch, signal) => {
      delivering += 1;
      await follower.deliver(batch, signal).finally(() => (delivering -= 1));
    },
  };
}

const TYPED = 'canary-typed-7d3';

/** A life with words at every step, and what the SIEM's file has of it. */
async function told(
  settings: Partial<SiemSettings>,
): Promise<{ text: string; ana: string | null; id: RequestId }> {
  const followers: Follower[] = [];
  world = await World.open({ deps: (deps) => ({ ...deps, followers }) });
  const { store, directory, clock } = world.deps;
  const path = join(world.folder, 'events.ndjson');
  followers.push(
    timeless(
      openSiem({
        settings: {
          to: { kind: 'file', path },
          ca: null,
          format: 'ocsf',
          ocsfVersion: '1.8.0',
          detail: 'pseudonyms',
          ...settings,
        },
        origin: 'log.test/countersign',
        version: '1.2.3',
        hostname: 'bot.test',
        clock,
        nameOf: async (subject) => {
          const key = await store.personOf(subject);
          return (key === null ? null : await directory.person(key))?.name ?? null;
        },
      }),
    ),
  );
  await store.put([streamRow('siem', clock.now())]);
  const typed = (what: string): string => `${TYPED} ${what} long enough`;
  const denied = await world.submit('ben', { justification: typed('why') });
  const { shown } = (await world.state(denied)).ballot;
  await world.as('cleo', { kind: 'deny', request: denied, shown, reason: typed('no') });
  const id = await world.submit('ana', { ...DRAFT, justification: typed('why'), ticket: typed('ticket') });
  await world.approve('cleo', id);
  await world.approve('dev', id);
  await world.clock.moveBy(5 * MINUTE);
  expect((await world.state(id)).phase).toBe('revoked');
  return { text: readFileSync(path, 'utf8'), ana: await store.known('ana'), id };
}

it.each([['ocsf'], ['ecs'], ['cloudevents']] as const)(
  'as %s holds no word that someone typed, no name, no secret',
  async (format) => {
    const { text, ana, id } = await told({ format });
    expect(text.trim().split('\n')).toHaveLength(await world.deps.store.size());
    expect(text).toContain(id);
    expect(text).toContain(ana ?? 'nobody');
    for (const never of [TYPED, CANARY, 'Ana Novak', 'Cleo Laurent', 'ana@counter.example', 'U0ANA'])
      expect(text).not.toContain(never);
  },
);

it.each([['ocsf'], ['ecs']] as const)(
  'as %s holds names where they were asked for, and still no word',
  async (format) => {
    const { text } = await told({ format, detail: 'names' });
    expect(text).toContain('Ana Novak');
    expect(text).toContain('Dev Sharma');
    expect(text).not.toContain(TYPED);
    expect(text).not.toContain('ana@counter.example');
  },
);
