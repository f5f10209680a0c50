import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import { loadRules } from '../../src/policy/load.ts';
import { Bench, LONGER, WITH_POLICIES } from './folder.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const load = () => loadRules(bench.catalogueFile);

it('keeps the files of rules so that they load as the same rules, for nobody else to read', async () => {
  const rules = await load();
  await bench.versions().keep(rules);
  expect((await bench.versions().load(rules.digest))?.digest).toBe(rules.digest);
  const path = join(bench.versionsFolder, rules.digest);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, 'catalogue.yaml')).mode & 0o777).toBe(0o600);
  expect(statSync(join(path, 'policies', 'rules.cedar')).mode & 0o777).toBe(0o600);
});

it('puts right what lies there and says something else', async () => {
  const rules = await load();
  await bench.versions().keep(rules);
  writeFileSync(join(bench.versionsFolder, rules.digest, 'catalogue.yaml'), LONGER);
  expect(await bench.versions().load(rules.digest)).toBeNull();
  await bench.versions().keep(rules);
  expect((await bench.versions().load(rules.digest))?.digest).toBe(rules.digest);
});

it('loads nothing by what is no digest', async () => {
  await expect(bench.versions().load('../../rules')).rejects.toThrow('not the digest of a version');
});

it('writes nothing outside its folder', async () => {
  const rules = await load();
  const files = new Map([...rules.files, ['../../outside.cedar', new Uint8Array(1)] as const]);
  const other = { ...rules, digest: 'a'.repeat(64), files };
  await expect(bench.versions().keep(other)).rejects.toThrow('lies outside their folder');
  expect(bench.kept()).toEqual([]);
  expect(existsSync(join(bench.dataFolder, 'outside.cedar'))).toBe(false);
});

it('lets go of the oldest that are too many, of what was left half-way, and never of what is in force', async () => {
  const rules = await load();
  await bench.versions().keep(rules);
  mkdirSync(join(bench.versionsFolder, '.draft-left'));
  const digestOf = (n: number) => n.toString(16).padStart(64, '0');
  for (let n = 0; n <= LIMITS.rulesVersionsMax; n += 1) {
    await bench.world.clock.moveBy(1_000);
    mkdirSync(join(bench.versionsFolder, digestOf(n)));
    const at = bench.world.clock.now() / 1_000;
    utimesSync(join(bench.versionsFolder, digestOf(n)), at, at);
  }
  await bench.versions().prune([rules.digest]);
  const kept = bench.kept();
  expect(kept).toHaveLength(LIMITS.rulesVersionsMax + 1);
  expect(kept).toContain(rules.digest);
  expect(kept).not.toContain(digestOf(0));
  expect(kept).not.toContain('.draft-left');
});

/** Keeps two versions in turn, without end. */
const WRITER = new URL('keeping.ts', import.meta.url).pathname;

it('has each version whole or not at all, whenever the process is killed', { timeout: 60_000 }, async () => {
  bench.write(WITH_POLICIES);
  for (let round = 0; round < 3; round += 1) {
    await killedWhileKeeping(7 * round);
    for (const name of readdirSync(bench.versionsFolder).filter((each) => !each.startsWith('.'))) {
      const kept = await loadRules(join(bench.versionsFolder, name, 'catalogue.yaml'));
      expect(kept.digest).toBe(name);
    }
  }
  await bench.versions().prune([]);
  expect(bench.kept().filter((name) => name.startsWith('.'))).toEqual([]);
});

/** Kills the writer after it has said so often that it kept one. */
function killedWhileKeeping(times: number): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, bench.catalogueFile, bench.dataFolder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve) => {
    let kept = 0;
    child.stdout.on('data', (said: Buffer) => {
      kept += said.length;
      if (kept > times) child.kill('SIGKILL');
    });
    child.once('exit', () => resolve());
  });
}
