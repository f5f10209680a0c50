import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGroupRefresh, type Refreshed } from '../../src/identity/refresh.ts';
import { LIMITS } from '../../src/limits.ts';
import type { Catalogue, CatalogueGroup } from '../../src/ports/catalogue.ts';
import { GroupReadFault, type GroupReader } from '../../src/ports/group-reader.ts';
import type { Store } from '../../src/ports/store.ts';
import { TestLogger } from '../chat/slack-bench.ts';
import { MovingClock } from '../fakes/clock.ts';
import { sqlitePlace } from '../store/places.ts';
import { catalogueOf, HOUR, T0 } from './known.ts';

/** A source of groups whose answers a test sets; those that it does not know are not there. */
class Source implements GroupReader {
  readonly answers = new Map<string, readonly string[] | GroupReadFault | 'silence'>();
  readonly asked: string[] = [];
  readonly name: 'ldap' | 'slack';
  constructor(name: 'ldap' | 'slack') {
    this.name = name;
  }

  read = (group: string, signal: AbortSignal): Promise<readonly string[] | null> => {
    this.asked.push(group);
    const answer = this.answers.get(group) ?? null;
    if (answer instanceof GroupReadFault) return Promise.reject(answer);
    if (answer !== 'silence') return Promise.resolve(answer);
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(fault('unreachable', 'no answer in time')));
    });
  };
}

const fault = (code: GroupReadFault['code'], message: string) => new GroupReadFault(code, message, 'Look.');
const ldapGroup = (dn: string): Partial<CatalogueGroup> => ({ source: { kind: 'ldap', dn } });
const slackGroup = (id: string, counts = true): Partial<CatalogueGroup> => ({
  source: { kind: 'slack', id, counts },
});
const NOTHING: Refreshed = { changed: [], vanished: [] };

let store: Store;
let discard: () => Promise<void>;
let catalogue: Catalogue;
let clock: MovingClock;
let logger: TestLogger;
let ldap: Source;
let slack: Source;
let refresh: () => Promise<Refreshed>;

const start = (readers: readonly GroupReader[] = [ldap, slack]) =>
  createGroupRefresh({
    readers,
    shelf: store.groups,
    catalogue: () => catalogue,
    clock,
    logger,
    deadline: (ms) => clock.deadline(ms),
  });

beforeEach(async () => {
  const place = await sqlitePlace();
  discard = () => place.discard();
  store = await place.open();
  clock = new MovingClock(T0);
  logger = new TestLogger();
  [ldap, slack] = [new Source('ldap'), new Source('slack')];
  catalogue = catalogueOf({}, { dba: ldapGroup('cn=dba'), oncall: slackGroup('S1') });
  ldap.answers.set('cn=dba', ['uid=ana']);
  slack.answers.set('S1', ['T1/UANA']);
  refresh = start();
});
afterEach(async () => {
  await store.close();
  await discard();
});

const kept = (dn: string) => store.groups.snapshot('ldap', dn);

describe('what the sources say', () => {
  test('is kept with its time, and what is new is told', async () => {
    expect(await refresh()).toEqual({ changed: ['dba', 'oncall'], vanished: [] });
    expect(await kept('cn=dba')).toEqual({ members: ['uid=ana'], asOf: T0 });
    expect(await store.groups.snapshot('slack', 'S1')).toEqual({ members: ['T1/UANA'], asOf: T0 });
    await clock.moveBy(HOUR);
    expect(await refresh()).toEqual(NOTHING);
    expect(await kept('cn=dba')).toEqual({ members: ['uid=ana'], asOf: T0 + HOUR });
  });

  test('has changed when someone came or went, and not when their order did', async () => {
    ldap.answers.set('cn=dba', ['uid=ana', 'uid=ben']);
    await refresh();
    ldap.answers.set('cn=dba', ['uid=ben', 'uid=ana']);
    expect(await refresh()).toEqual(NOTHING);
    ldap.answers.set('cn=dba', ['uid=ben', 'uid=cleo']);
    expect(await refresh()).toEqual({ changed: ['dba'], vanished: [] });
  });

  test('may be that a group is gone, which is told once, and that it is back', async () => {
    await refresh();
    ldap.answers.delete('cn=dba');
    expect(await refresh()).toEqual({ changed: ['dba'], vanished: ['dba'] });
    expect(await kept('cn=dba')).toEqual({ members: null, asOf: T0 });
    expect(await refresh()).toEqual(NOTHING);
    ldap.answers.set('cn=dba', []);
    expect(await refresh()).toEqual({ changed: ['dba'], vanished: [] });
  });

  test('is of the time before it was asked', async () => {
    const slow: GroupReader = {
      name: 'ldap',
      read: async () => {
        clock.set(T0 + 9_000);
        return [];
      },
    };
    await start([slow, slack])();
    expect(await kept('cn=dba')).toEqual({ members: [], asOf: T0 });
  });
});

test('one group of a source is read once for all who take their members from it', async () => {
  catalogue = catalogueOf({}, { dba: ldapGroup('cn=dba'), same: ldapGroup('cn=dba'), listed: {} });
  expect(await refresh()).toEqual({ changed: ['dba', 'same'], vanished: [] });
  expect(ldap.asked).toEqual(['cn=dba']);
});

test('a user group that is only for telling is not read', async () => {
  catalogue = catalogueOf({}, { oncall: slackGroup('S1', false) });
  expect(await refresh()).toEqual(NOTHING);
  expect(slack.asked).toEqual([]);
});

test('the groups of the catalogue in force are read, and no others', async () => {
  await refresh();
  catalogue = catalogueOf({}, { other: ldapGroup('cn=other') });
  await refresh();
  expect(ldap.asked).toEqual(['cn=dba', 'cn=other']);
});

describe('what cannot be read', () => {
  beforeEach(() => {
    catalogue = catalogueOf(
      {},
      { dba: ldapGroup('cn=dba'), ops: ldapGroup('cn=ops'), oncall: slackGroup('S1') },
    );
    ldap.answers.set('cn=ops', ['uid=ben']);
  });

  test('keeps its last word, which ages; the others are read', async () => {
    await refresh();
    await clock.moveBy(HOUR);
    ldap.answers.set('cn=dba', fault('refused', 'cn=dba is not for you'));
    ldap.answers.set('cn=ops', []);
    expect(await refresh()).toEqual({ changed: ['ops'], vanished: [] });
    expect(await kept('cn=dba')).toEqual({ members: ['uid=ana'], asOf: T0 });
  });

  test.each(['unreachable', 'denied'] as const)(
    'of a source that is %s is not tried group by group',
    async (code) => {
      for (const dn of ['cn=dba', 'cn=ops']) ldap.answers.set(dn, fault(code, 'no'));
      expect(await refresh()).toEqual({ changed: ['oncall'], vanished: [] });
      expect(ldap.asked).toEqual(['cn=dba']);
    },
  );

  test('keeps nobody waiting in the next round: whoever was asked longest ago has their turn', async () => {
    ldap.answers.set('cn=dba', 'silence');
    clock.busy = () => ldap.asked.length < 1;
    const first = refresh();
    await clock.moveBy(LIMITS.groupReadTimeoutMs);
    await first;
    expect(ldap.asked).toEqual(['cn=dba']);
    clock.busy = () => ldap.asked.length < 3;
    const second = refresh();
    await clock.moveBy(LIMITS.groupReadTimeoutMs);
    await second;
    expect(ldap.asked).toEqual(['cn=dba', 'cn=ops', 'cn=dba']);
    expect(await kept('cn=ops')).toMatchObject({ members: ['uid=ben'] });
  });

  test('also after a restart, by what was kept', async () => {
    await refresh();
    await store.groups.keep('ldap', 'cn=ops', { members: [], asOf: T0 - HOUR });
    ldap.asked.length = 0;
    await start()();
    expect(ldap.asked).toEqual(['cn=ops', 'cn=dba']);
  });

  test('is told to the operator once, and again when it is something else or over', async () => {
    const told = () => logger.lines.splice(0);
    ldap.answers.set('cn=dba', fault('refused', 'cn=dba is not for you'));
    await refresh();
    await refresh();
    expect(told()).toEqual([
      'warn groups are not read; what is known of them ages source="ldap" fault="cn=dba is not for you" hint="Look."',
    ]);
    for (const dn of ['cn=dba', 'cn=ops']) ldap.answers.set(dn, fault('unreachable', 'no answer'));
    await refresh();
    await refresh();
    expect(told()).toHaveLength(1);
    for (const dn of ['cn=dba', 'cn=ops']) ldap.answers.set(dn, []);
    await refresh();
    await refresh();
    expect(told().every((line) => line.startsWith('info groups are read again'))).toBe(true);
  });

  test('because nobody is set up to read it is told once', async () => {
    refresh = start([slack]);
    await refresh();
    await refresh();
    expect(logger.lines).toEqual([
      'warn no source is set up for these groups: nobody is a member source="ldap" groups=["dba","ops"]',
    ]);
  });
});

test('a round ends in time, however many groups do not', async () => {
  const slow: GroupReader = {
    name: 'ldap',
    read: async () => {
      clock.set(clock.now() + LIMITS.groupRoundTimeoutMs / 2);
      await clock.moveBy(0);
      return [];
    },
  };
  catalogue = catalogueOf({}, { one: ldapGroup('1'), two: ldapGroup('2'), three: ldapGroup('3') });
  refresh = start([slow]);
  expect((await refresh()).changed).toEqual(['one', 'two']);
  expect((await refresh()).changed).toEqual(['three']);
});

test('a round that is asked for while one goes on is that one', async () => {
  const [one, other] = [refresh(), refresh()];
  expect(await one).toBe(await other);
  expect(ldap.asked).toEqual(['cn=dba']);
  await refresh();
  expect(ldap.asked).toEqual(['cn=dba', 'cn=dba']);
});

test('a shelf that fails ends the round, and the next one tries again', async () => {
  let broken = true;
  const shelf = {
    ...store.groups,
    keep: (...given: Parameters<Store['groups']['keep']>) =>
      broken ? Promise.reject(new Error('the disk is full')) : store.groups.keep(...given),
  };
  const parts = { readers: [ldap], shelf, catalogue: () => catalogue, clock, logger };
  refresh = createGroupRefresh({ ...parts, deadline: (ms) => clock.deadline(ms) });
  await expect(refresh()).rejects.toThrow('the disk is full');
  broken = false;
  expect((await refresh()).changed).toEqual(['dba']);
});
