import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import { loadRules } from '../../src/policy/load.ts';
import { ConnectorFault } from '../../src/ports/connector.ts';
import { bytesOf } from '../../src/rules/folder.ts';
import { openVersions } from '../../src/rules/versions.ts';
import { SECOND } from '../workflows/world.ts';
import { Bench, BROKEN, FORBID, LONGER, PERMIT, WITH_POLICIES } from './folder.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const longest = (keeper = bench.keeper) =>
  keeper.current().catalogue.entitlements.get('orders-db:read')?.longestMs;
const HOURS = 3_600_000;
const alarms = () => bench.world.due().filter(({ kind }) => kind === 'alarm');
const logged = (words: string) => bench.world.logLines.filter((line) => line.includes(words)).length;

describe('a folder that changes', () => {
  it('is in force without a restart once it has been the same for two looks', async () => {
    await bench.start();
    bench.write(LONGER);
    await bench.keeper.look();
    expect(longest()).toBe(4 * HOURS);
    await bench.keeper.look();
    expect(longest()).toBe(5 * HOURS);
  });

  it('is not loaded half-written: an edit between two looks is waited for', async () => {
    await bench.start();
    bench.write(LONGER);
    await bench.keeper.look();
    bench.write(LONGER.replace('5h', '6h'));
    await bench.keeper.look();
    expect(longest()).toBe(4 * HOURS);
    await bench.keeper.look();
    expect(longest()).toBe(6 * HOURS);
  });

  it('is not taken when it is written to while it is being loaded', async () => {
    await bench.start();
    bench.write(LONGER);
    bench.connectors = async () => bench.write(LONGER.replace('5h', '6h'));
    await bench.look();
    expect(longest()).toBe(4 * HOURS);
    bench.connectors = async () => {};
    await bench.look();
    expect(longest()).toBe(6 * HOURS);
  });

  it('is noticed in its policies, and in a file that is new', async () => {
    await bench.start();
    bench.writePolicy(FORBID, 'more.cedar');
    await bench.look();
    expect([...(bench.keeper.current().policies?.rules.keys() ?? [])].toSorted()).toEqual([
      'forbid.all',
      'permit.approve',
      'permit.ask',
    ]);
  });

  it('is noticed in a calendar beside it, and in what does not belong there', async () => {
    await bench.start();
    const before = await bytesOf(bench.catalogueFile);
    writeFileSync(join(dirname(bench.catalogueFile), 'freezes.ics'), 'BEGIN:VCALENDAR');
    const after = await bytesOf(bench.catalogueFile);
    expect(after).not.toBe(before);
    bench.writePolicy('', 'stray.txt');
    expect(await bytesOf(bench.catalogueFile)).not.toBe(after);
    await bench.look();
    expect(bench.keeper.isRefused()).toBe(true);
    rmSync(join(dirname(bench.catalogueFile), 'policies', 'stray.txt'));
    await bench.look();
    expect(bench.keeper.isRefused()).toBe(false);
  });

  it('is not what the installation keeps of it, though that lies in the same folder', async () => {
    const before = await bytesOf(bench.catalogueFile);
    const rules = await loadRules(bench.catalogueFile);
    const { catalogueFile } = bench;
    await openVersions({ dataFolder: dirname(catalogueFile), catalogueFile, now: () => 0 }).keep(rules);
    expect(await bytesOf(bench.catalogueFile)).toBe(before);
  });

  it('is loaded at once when someone says that it is ready', async () => {
    await bench.start();
    bench.write(LONGER);
    await bench.keeper.reload();
    expect(longest()).toBe(5 * HOURS);
  });

  it('is looked at every few seconds until the bot stops', async () => {
    await bench.start();
    const stopping = new AbortController();
    const look = bench.keeper.look.bind(bench.keeper);
    let looks = 0;
    let looking = 0;
    bench.keeper.look = async () => {
      looks += 1;
      looking += 1;
      await look().finally(() => void (looking -= 1));
    };
    bench.world.clock.busy = () => looking > 0;
    const watched = bench.keeper.watch(stopping.signal);
    bench.write(LONGER);
    await bench.world.clock.moveBy(2 * LIMITS.rulesPollMs);
    expect(longest()).toBe(5 * HOURS);
    stopping.abort();
    await watched;
    await bench.world.clock.moveBy(LIMITS.rulesPollMs);
    expect(looks).toBe(2);
  });

  it('puts on record what it was, what it is and what differs, and nothing where the meaning did not change', async () => {
    const { digest: first } = (await bench.start()).current();
    appendFileSync(bench.catalogueFile, '\n# a remark\n');
    await bench.look();
    expect(bench.events('RulesLoaded')).toHaveLength(1);
    bench.write(LONGER);
    bench.writePolicy(`${PERMIT}${FORBID}`);
    await bench.look();
    const none = { added: [], removed: [], changed: [], more: 0 };
    const { digest } = bench.keeper.current();
    const common = { by: null, commit: null };
    expect(bench.events('RulesLoaded')).toEqual([
      { ...common, digest: first, previous: null, cause: 'start', changes: none },
      {
        ...common,
        digest,
        previous: first,
        cause: 'changed',
        changes: { ...none, added: ['policy/forbid.all'], changed: ['entitlement/orders-db:read'] },
      },
    ]);
  });

  it('is told in the log’s channel, and what was granted is held against it, in the same transaction', async () => {
    const { digest: first } = (await bench.start()).current();
    expect(bench.world.dueKinds()).not.toContain('rules-check');
    bench.write(LONGER);
    await bench.look();
    const { digest } = bench.keeper.current();
    expect(bench.world.due().map(({ key }) => key)).toEqual(
      expect.arrayContaining([`rules-check:${digest}:${first}`, 'alarm:rules']),
    );
  });

  it('says whose change it was, where git knows', async () => {
    bench.git('init', '-q');
    bench.git('add', '.');
    bench.git('commit', '-qm', 'rules');
    await bench.start();
    const [loaded] = bench.events('RulesLoaded');
    expect(loaded?.['commit']).toMatch(/^[0-9a-f]{40}$/);
    const [disclosed] = await bench.world.deps.store.disclosures('log');
    expect(disclosed).toMatchObject({ field: 'author', value: 'Gail Git' });
  });

  it('claims no commit for files that differ from it', async () => {
    bench.git('init', '-q');
    bench.git('add', '.');
    bench.git('commit', '-qm', 'rules');
    bench.writePolicy(FORBID, 'untracked.cedar');
    await bench.start();
    expect(bench.events('RulesLoaded')[0]?.['commit']).toBeNull();
  });
});

describe('a folder that cannot be used', () => {
  it('is refused loudly, and the rules before stay', async () => {
    const { digest } = (await bench.start()).current();
    bench.write(BROKEN);
    await bench.look();
    expect(bench.keeper.current().digest).toBe(digest);
    expect(bench.keeper.isRefused()).toBe(true);
    expect(logged('the folder of rules is refused')).toBe(1);
    expect(bench.events('RulesRefused')).toMatchObject([{ problems: 1, keeping: digest }]);
    const [disclosed] = await bench.world.deps.store.disclosures('log');
    expect(disclosed?.value).toMatch(
      /^access\.yaml:12:49 groups\.dba\.members\[1\]: unknown person "nobody"/,
    );
    expect(alarms()).toHaveLength(1);
  });

  it('is on record once for the same bytes, however often it is looked at', async () => {
    await bench.start();
    bench.write(BROKEN);
    for (let minutes = 0; minutes < 5; minutes += 1) {
      await bench.look();
      await bench.world.clock.moveBy(61 * SECOND);
    }
    bench.write(WITH_POLICIES);
    await bench.look();
    bench.write(BROKEN);
    await bench.look();
    expect(bench.events('RulesRefused')).toHaveLength(1);
    bench.write(BROKEN.replace('nobody', 'no-one'));
    await bench.look();
    expect(bench.events('RulesRefused')).toHaveLength(2);
  });

  it('is told to be well again when it is mended, though nothing changed', async () => {
    await bench.start();
    bench.write(BROKEN);
    await bench.look();
    bench.write(WITH_POLICIES);
    await bench.look();
    expect(bench.keeper.isRefused()).toBe(false);
    expect(logged('the folder of rules can be used again')).toBe(1);
    expect(bench.events('RulesLoaded')).toHaveLength(1);
  });

  it('is one whose policies do not parse, or whose catalogue is gone', async () => {
    const { digest } = (await bench.start()).current();
    bench.writePolicy('permit (principal, action, resource;');
    await bench.look();
    expect(bench.keeper.isRefused()).toBe(true);
    bench.writePolicy(PERMIT);
    await bench.look();
    expect(bench.keeper.isRefused()).toBe(false);
    rmSync(bench.catalogueFile);
    await bench.look();
    expect(bench.keeper.isRefused()).toBe(true);
    expect(bench.keeper.current().digest).toBe(digest);
  });

  it('is one whose connectors do not open; it is tried again, as their secrets may come later', async () => {
    await bench.start();
    bench.connectors = async () => {
      throw new ConnectorFault('invalid', 'env:OTHER_URL is not set');
    };
    bench.write(LONGER);
    await bench.look();
    expect(bench.keeper.isRefused()).toBe(true);
    expect(longest()).toBe(4 * HOURS);
    bench.connectors = async () => {};
    await bench.look();
    expect(longest()).toBe(4 * HOURS);
    await bench.world.clock.moveBy(LIMITS.rulesRetryMs);
    await bench.look();
    expect(longest()).toBe(5 * HOURS);
  });

  it('comes into force neither unkept nor unrecorded: a store that fails leaves the old rules', async () => {
    await bench.start();
    const { store } = bench.world.deps;
    const enter = store.enter.bind(store);
    store.enter = async () => {
      throw new Error('full');
    };
    bench.write(LONGER);
    await expect(bench.look()).rejects.toThrow('full');
    expect(longest()).toBe(4 * HOURS);
    store.enter = enter;
    await bench.look();
    expect(longest()).toBe(5 * HOURS);
    expect(bench.events('RulesLoaded')).toHaveLength(2);
  });
});

describe('a start', () => {
  it('brings nothing else into force before the log may be written', async () => {
    const { digest } = (await bench.start()).current();
    const early = await bench.open();
    bench.write(LONGER);
    await early.reload();
    expect(early.current().digest).toBe(digest);
    await early.begin();
    await early.reload();
    expect(longest(early)).toBe(5 * HOURS);
  });

  it('records nothing when the rules are those of the last time', async () => {
    await bench.start();
    await bench.start();
    expect(bench.events('RulesLoaded')).toHaveLength(1);
  });

  it('records what changed while no bot ran', async () => {
    const { digest } = (await bench.start()).current();
    bench.write(LONGER);
    await bench.start();
    expect(bench.events('RulesLoaded')[1]).toMatchObject({
      previous: digest,
      cause: 'start',
      changes: { changed: ['entitlement/orders-db:read'] },
    });
  });

  it('follows what an earlier version of this program had recorded', async () => {
    const { store, ids, clock } = bench.world.deps;
    const digest = 'c'.repeat(64);
    const event = { type: 'CatalogueLoaded', data: { digest, previous: null } } as const;
    await store.enter({
      stream: 'log',
      expectedVersion: null,
      events: [{ ...event, id: ids.event(), at: clock.now() }],
    });
    await bench.start();
    expect(bench.events('RulesLoaded')).toMatchObject([{ previous: digest, cause: 'start' }]);
  });

  it('with a broken folder goes on with what was in force, and says so', async () => {
    const { digest } = (await bench.start()).current();
    bench.write(BROKEN);
    await bench.start();
    expect(bench.keeper.current().digest).toBe(digest);
    expect(bench.keeper.isRefused()).toBe(true);
    expect(bench.events('RulesRefused')).toHaveLength(1);
    bench.write(LONGER);
    await bench.look();
    expect(longest()).toBe(5 * HOURS);
  });

  it('with a folder whose connectors do not open goes on with what was in force', async () => {
    const { digest } = (await bench.start()).current();
    bench.write(LONGER);
    bench.connectors = async ({ digest: asked }) => {
      if (asked !== digest) throw new ConnectorFault('invalid', 'env:OTHER_URL is not set');
    };
    await bench.start();
    expect(bench.keeper.current().digest).toBe(digest);
    expect(bench.keeper.isRefused()).toBe(true);
  });

  it('with a broken folder and nothing else stops with its problems', async () => {
    bench.write(BROKEN);
    await expect(bench.start()).rejects.toMatchObject({ code: 'catalogue_invalid' });
  });

  it('trusts no kept files that do not give the digest on record', async () => {
    const { digest } = (await bench.start()).current();
    const file = join(bench.versionsFolder, digest, 'catalogue.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('quorum: 2', 'quorum: 1'));
    bench.write(BROKEN);
    await expect(bench.start()).rejects.toMatchObject({ code: 'catalogue_invalid' });
  });
});

describe('going back to a version', () => {
  const by = 's:0123456789abcdef01234567' as const;
  const revert = (version: string) => bench.keeper.revert({ version, by, reason: 'too long' });
  let first: string;
  let second: string;
  beforeEach(async () => {
    first = (await bench.start()).current().digest;
    bench.write(LONGER);
    await bench.look();
    second = bench.keeper.current().digest;
  });

  it('puts it in force, on record with who and why', async () => {
    expect(await revert(first.slice(0, 12))).toEqual({ kind: 'reverted', digest: first, previous: second });
    expect(longest()).toBe(4 * HOURS);
    expect(bench.events('RulesLoaded').at(-1)).toMatchObject({
      digest: first,
      previous: second,
      cause: 'reverted',
      by,
      changes: { changed: ['entitlement/orders-db:read'] },
    });
    const reason = (await bench.world.deps.store.disclosures('log')).find(({ field }) => field === 'reason');
    expect(reason?.value).toBe('too long');
  });

  it('stays there while the folder says the same, also across restarts', async () => {
    await revert(first);
    await bench.look();
    expect(longest()).toBe(4 * HOURS);
    await bench.start();
    expect(longest()).toBe(4 * HOURS);
    appendFileSync(bench.catalogueFile, '\n# touched, and no other\n');
    await bench.look();
    expect(longest()).toBe(4 * HOURS);
    expect(bench.events('RulesLoaded')).toHaveLength(3);
  });

  it('stands though old versions cannot be removed', async () => {
    const versions = bench.versions();
    bench.versions = () => ({ ...versions, prune: () => Promise.reject(new Error('disk')) });
    await bench.start();
    expect(await revert(first)).toMatchObject({ kind: 'reverted' });
    appendFileSync(bench.catalogueFile, '\n# touched, and no other\n');
    await bench.look();
    expect(longest()).toBe(4 * HOURS);
  });

  it('ends when the folder says something new', async () => {
    await revert(first);
    bench.write(LONGER.replace('5h', '6h'));
    await bench.look();
    expect(longest()).toBe(6 * HOURS);
    bench.write(LONGER);
    await bench.look();
    expect(longest()).toBe(5 * HOURS);
  });

  it('ends when the folder says something new while no bot runs', async () => {
    await revert(first);
    bench.write(LONGER.replace('5h', '6h'));
    await bench.start();
    expect(longest()).toBe(6 * HOURS);
    expect(bench.events('RulesLoaded').at(-1)).toMatchObject({ previous: first, cause: 'start' });
  });

  it('twice still knows what the folder says; back to that, nothing is left behind', async () => {
    bench.write(LONGER.replace('5h', '6h'));
    await bench.look();
    const third = bench.keeper.current().digest;
    await revert(second);
    await revert(first);
    await bench.start();
    expect(longest()).toBe(4 * HOURS);
    await revert(third);
    await bench.start();
    expect(longest()).toBe(6 * HOURS);
    bench.write(LONGER);
    await bench.look();
    expect(longest()).toBe(5 * HOURS);
  });

  it('goes on while the folder is broken', async () => {
    await revert(first);
    bench.write(BROKEN);
    await bench.start();
    expect(longest()).toBe(4 * HOURS);
  });

  it.each<[string, () => string, string]>([
    ['unknown digits', () => 'ffffffff', 'no-such-version'],
    ['too few digits', () => first.slice(0, 3), 'no-such-version'],
    ['what is no digest', () => '../../etc', 'no-such-version'],
    ['the one in force', () => second, 'in-force-already'],
  ])('refuses %s', async (_, version, code) => {
    expect(await revert(version())).toMatchObject({ kind: 'refused', refusal: { code } });
    expect(longest()).toBe(5 * HOURS);
    expect(bench.events('RulesLoaded')).toHaveLength(2);
  });

  it('refuses files that are gone, or that say something else', async () => {
    const file = join(bench.versionsFolder, first, 'catalogue.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('quorum: 2', 'quorum: 1'));
    expect(await revert(first)).toMatchObject({ refusal: { code: 'version-not-kept' } });
    rmSync(join(bench.versionsFolder, first), { recursive: true });
    expect(await revert(first)).toMatchObject({ refusal: { code: 'version-not-kept' } });
    expect(longest()).toBe(5 * HOURS);
  });

  it('refuses one whose connectors do not open any more', async () => {
    bench.connectors = async () => {
      throw new ConnectorFault('invalid', 'env:OLD_URL is not set');
    };
    expect(await revert(first)).toMatchObject({
      refusal: { code: 'version-unusable', problem: 'env:OLD_URL is not set' },
    });
  });

  it('does not start without the files it went back to: they may have been taken away', async () => {
    await revert(first);
    rmSync(join(bench.versionsFolder, first), { recursive: true });
    await expect(bench.start()).rejects.toMatchObject({ code: 'rules_lost' });
    expect(existsSync(bench.catalogueFile)).toBe(true);
  });
});

it('answers for earlier rules by their own groups, and not for those that are not kept', async () => {
  const first = (await bench.start()).current().digest;
  bench.write(LONGER.replace('members: [ana, ben]', 'members: [ben]'));
  await bench.look();
  const question = {
    action: 'activate',
    person: 'ana',
    entitlement: 'orders-db:read',
    durationMs: SECOND,
    at: bench.world.clock.now(),
  } as const;
  const now = await bench.keeper.engineOf(bench.keeper.current().digest);
  const before = await bench.keeper.engineOf(first);
  expect(await now?.answer(question)).toMatchObject({ allowed: false });
  expect(await before?.answer(question)).toMatchObject({ allowed: true });
  expect(await bench.keeper.engineOf('0'.repeat(64))).toBeNull();
});
