import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Rules } from '../../src/policy/rules.ts';
import { RulesKeeper } from '../../src/rules/keeper.ts';
import { openVersions } from '../../src/rules/versions.ts';
import { engineOver } from '../policy/small-policy.ts';
import { changed } from '../policy/small-catalogue.ts';
import { World } from '../workflows/world.ts';

export const PERMIT = `@id("permit.ask")
permit (principal, action in [Action::"request", Action::"activate", Action::"extend"], resource);
@id("permit.approve")
permit (principal, action == Action::"approve", resource);
`;
export const FORBID = `@id("forbid.all")
@says("Nobody gets anything today.")
forbid (principal, action in [Action::"request", Action::"activate"], resource);
`;
export const WITH_POLICIES = changed('zone: Europe/Vienna', 'policies: policies\nzone: Europe/Vienna');
export const LONGER = changed('longest: 4h', 'longest: 5h', WITH_POLICIES);
export const BROKEN = changed('members: [cleo, dev]', 'members: [cleo, nobody]', WITH_POLICIES);

/** A folder of rules, a store and a keeper between them; the keeper can die and be opened again. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'countersign-rules-'));
  readonly world: World;
  keeper!: RulesKeeper;
  /** Whether connectors take what they are given. */
  connectors: (rules: Rules) => Promise<void> = async () => {};

  private constructor(world: World) {
    this.world = world;
  }

  static async open(): Promise<Bench> {
    const bench = new Bench(await World.open({ working: false }));
    bench.write(WITH_POLICIES);
    bench.writePolicy(PERMIT);
    return bench;
  }

  get catalogueFile(): string {
    return join(this.folder, 'rules', 'access.yaml');
  }
  get versionsFolder(): string {
    return join(this.folder, 'rules-of-ours', 'rules');
  }
  get dataFolder(): string {
    return dirname(this.versionsFolder);
  }

  write(catalogue: string): void {
    mkdirSync(dirname(this.catalogueFile), { recursive: true });
    writeFileSync(this.catalogueFile, catalogue);
  }
  writePolicy(text: string, name = 'rules.cedar'): void {
    const folder = join(dirname(this.catalogueFile), 'policies');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
  }

  versions() {
    const { dataFolder, catalogueFile } = this;
    return openVersions({ dataFolder, catalogueFile, now: () => this.world.clock.now() });
  }
  kept(): readonly string[] {
    return readdirSync(this.versionsFolder).toSorted();
  }

  async start(): Promise<RulesKeeper> {
    this.keeper = await this.open();
    await this.keeper.checkStart();
    await this.keeper.begin();
    return this.keeper;
  }

  /** A keeper before the log may be written. */
  open(): Promise<RulesKeeper> {
    const { store, clock, ids, logger } = this.world.deps;
    const { catalogueFile } = this;
    const parts = { store, clock, ids, logger, catalogueFile, versions: this.versions() };
    return RulesKeeper.open({
      ...parts,
      check: (rules) => this.connectors(rules),
      engineOver: (rules) => engineOver(rules).policy,
    });
  }

  /** Until what is there has been seen twice. */
  async look(): Promise<void> {
    await this.keeper.look();
    await this.keeper.look();
  }

  /** The events of these types, oldest first. */
  events(type: 'RulesLoaded' | 'RulesRefused'): readonly Readonly<Record<string, unknown>>[] {
    return this.world.eventsOnDisk().flatMap((event) => (event.type === type ? [event.data] : []));
  }

  git(...args: readonly string[]): void {
    const who = ['-c', 'user.name=Gail Git', '-c', 'user.email=gail@counter.example'];
    execFileSync('git', [...who, ...args], { cwd: dirname(this.catalogueFile), stdio: 'ignore' });
  }

  async close(): Promise<void> {
    await this.world.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
