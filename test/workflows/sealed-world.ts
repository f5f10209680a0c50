import { FakeAnchor } from '../fakes/anchor.ts';
import { testSigner } from '../fakes/log.ts';
import type { Mode } from '../../src/workflows/deps.ts';
import { type DueRowSeen, LOG_CHANNEL, World, type WorldOptions } from './world.ts';

export const signer = testSigner(1);
const auditChannel = { key: 'access-log', platform: 'slack', conversation: LOG_CHANNEL } as const;

/** A world whose log is signed, and whose heads go to anchors in memory. */
export class SealedWorld {
  readonly world: World;
  readonly anchors: readonly FakeAnchor[];
  /** What the figures were told: "near taken". */
  readonly outside: readonly string[];
  readonly #mode: { mode: Mode };

  private constructor(
    world: World,
    anchors: readonly FakeAnchor[],
    outside: readonly string[],
    mode: { mode: Mode },
  ) {
    this.world = world;
    this.anchors = anchors;
    this.outside = outside;
    this.#mode = mode;
  }

  static async open(names: readonly string[] = ['near'], options: WorldOptions = {}): Promise<SealedWorld> {
    const anchors = names.map((name) => new FakeAnchor(name));
    const outside: string[] = [];
    const mode = { mode: 'full' as Mode };
    const world = await World.open({
      ...options,
      deps: (deps) => ({
        ...deps,
        anchors,
        signer,
        auditChannel: () => auditChannel,
        mode: () => mode.mode,
        onOutside: (name, outcome) => void outside.push(`${name} ${outcome}`),
      }),
    });
    return new SealedWorld(world, anchors, outside, mode);
  }

  set mode(mode: Mode) {
    this.#mode.mode = mode;
  }

  /** The first anchor. */
  get anchor(): FakeAnchor {
    const [anchor] = this.anchors;
    if (anchor === undefined) throw new Error('there is no anchor');
    return anchor;
  }

  /** What people were told in the log's channel: "failing near". */
  alarms(): string[] {
    return this.world.chat.in(LOG_CHANNEL).flatMap(({ notice }) => {
      if (notice.kind !== 'log-alarm') return [];
      return [`${notice.alarm.what}${'name' in notice.alarm ? ` ${notice.alarm.name}` : ''}`];
    });
  }

  seals(): readonly DueRowSeen[] {
    return this.world.due().filter(({ kind }) => kind === 'seal');
  }

  logged(message: string): number {
    return this.world.logLines.filter((line) => line.includes(message)).length;
  }

  size(): Promise<number> {
    return this.world.deps.store.size();
  }
}

export const newest = (anchor: FakeAnchor): number => anchor.sizes.at(-1) ?? 0;
