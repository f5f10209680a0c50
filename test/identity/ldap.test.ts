import { Attribute, Change, type Client } from 'ldapts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDirectory } from '../../src/identity/directory.ts';
import { normaliseDn } from '../../src/identity/dn.ts';
import { createLdapReader } from '../../src/identity/ldap.ts';
import { createGroupRefresh } from '../../src/identity/refresh.ts';
import type { LdapSettings } from '../../src/identity/settings.ts';
import { LIMITS } from '../../src/limits.ts';
import { GroupReadFault } from '../../src/ports/group-reader.ts';
import { TestLogger } from '../chat/slack-bench.ts';
import { groupReaderContract } from '../contracts/group-reader.ts';
import { MovingClock } from '../fakes/clock.ts';
import { startFaultProxy } from '../fakes/fault-proxy.ts';
import { sqlitePlace } from '../store/places.ts';
import { catalogueOf, T0 } from './known.ts';
import { groupDn, noSlapd, personDn, READER, SUFFIX, type Slapd, startSlapd } from './slapd.ts';

const DBA = groupDn('dba');
const named = (name: string): string => normaliseDn(personDn(name)) ?? '';
const settingsOf = (url: string, more: Partial<LdapSettings> = {}): LdapSettings => ({
  url,
  startTls: false,
  bindDn: READER.dn,
  password: () => READER.password,
  ca: null,
  ...more,
});

async function setMembers(admin: Client, members: readonly string[] | null): Promise<void> {
  await admin.del(DBA).catch(() => {});
  if (members !== null) await admin.add(DBA, { objectClass: 'groupOfNames', member: [...members] });
}

/** Each message of LDAP is a SEQUENCE. */
const SEQUENCE = 0x30;

groupReaderContract(
  'LDAP',
  async () => {
    const slapd = await startSlapd();
    const proxy = await startFaultProxy(slapd.port, SEQUENCE);
    const url = `ldap://127.0.0.1:${proxy.port}`;
    return {
      reader: createLdapReader(settingsOf(url)),
      unwelcome: createLdapReader(settingsOf(url, { password: () => `${READER.password}-old` })),
      groups: { there: DBA, never: groupDn('never'), nonsense: 'administrators' },
      people: [named('ana'), named('ben'), named('cleo')],
      setMembers: (members) => slapd.change((admin) => setMembers(admin, members)),
      breakDown: () => proxy.fault({ kind: 'refuse' }),
      hang: () => proxy.fault({ kind: 'hang' }),
      cut: (nth, when) => proxy.fault({ kind: 'cut', nth, when }),
      mend: () => proxy.fault({ kind: 'none' }),
      messages: 2,
      secret: READER.password,
      async [Symbol.asyncDispose]() {
        await proxy.close();
        await slapd[Symbol.asyncDispose]();
      },
    };
  },
  noSlapd,
);

describe.skipIf(noSlapd !== null)('an LDAP server', () => {
  let slapd: Slapd;
  beforeAll(async () => {
    slapd = await startSlapd();
  });
  afterAll(() => slapd?.[Symbol.asyncDispose]());

  const plain = (): string => `ldap://127.0.0.1:${slapd.port}`;
  const read = (group: string, settings = settingsOf(plain())) =>
    createLdapReader(settings).read(groupDn(group), AbortSignal.timeout(15_000));
  const faultOf = async (work: Promise<unknown>): Promise<GroupReadFault> => {
    const error: unknown = await work.catch((thrown: unknown) => thrown);
    if (error instanceof GroupReadFault) return error;
    throw new Error(`no fault: ${String(error)}`);
  };

  test('has the same person however a group writes their name', async () => {
    expect(await read('dba')).toEqual([named('ana'), named('ben')]);
    expect(await read('unique')).toEqual([named('ana'), named('cleo')]);
  });

  test('may have groups without members', async () => {
    await slapd.change((admin) => admin.add(groupDn('empty'), { objectClass: ['organizationalRole'] }));
    expect(await read('empty')).toEqual([]);
  });

  test('tells of a group that names nobody by DN what is wrong with it', async () => {
    const { code, message } = await faultOf(read('posix'));
    expect(code).toBe('refused');
    expect(message).toBe(`${groupDn('posix')} names its members by memberUid, which is no DN`);
  });

  test('that hides a group has none; one that shows and does not tell refuses', async () => {
    expect(await read('hidden')).toBeNull();
    expect(await faultOf(read('veiled'))).toMatchObject({
      code: 'refused',
      message: `the LDAP server ${plain()} does not tell of ${groupDn('veiled')}: LDAP result 50`,
    });
  });

  test('is not left for another that it refers to', async () => {
    const { code, hint } = await faultOf(read('elsewhere'));
    expect([code, hint]).toEqual([
      'refused',
      'Referrals are not followed: set COUNTERSIGN_LDAP_URL to where the group is.',
    ]);
  });

  test('gives no group that is larger than what we take', async () => {
    const member = Array.from({ length: LIMITS.sourceMembersMax + 1 }, (_, index) => personDn(`p${index}`));
    await slapd.change((admin) => admin.add(groupDn('everyone'), { objectClass: 'groupOfNames', member }));
    expect(await faultOf(read('everyone'))).toMatchObject({
      code: 'refused',
      message: `${groupDn('everyone')} has more than ${LIMITS.sourceMembersMax} members`,
    });
    const change = new Change({
      operation: 'delete',
      modification: new Attribute({ type: 'member', values: member.slice(0, 1) }),
    });
    await slapd.change((admin) => admin.modify(groupDn('everyone'), change));
    expect(await read('everyone')).toHaveLength(LIMITS.sourceMembersMax);
  });

  test('is not asked as nobody: without a password there is no bind', async () => {
    for (const password of [
      () => '',
      () => {
        throw new Error('file:/gone cannot be opened');
      },
    ])
      expect(await faultOf(read('dba', settingsOf(plain(), { password })))).toMatchObject({
        code: 'denied',
        hint: 'See what COUNTERSIGN_LDAP_PASSWORD names.',
      });
  });

  test('says who is in a group of ours, from its entries to our people', async () => {
    const catalogue = catalogueOf(
      { ana: { links: { scim: null, ldap: `uid=Ana, ou=People, ${SUFFIX}` } }, ben: {} },
      { dba: { source: { kind: 'ldap', dn: DBA } } },
    );
    const place = await sqlitePlace();
    const store = await place.open();
    const refresh = createGroupRefresh({
      readers: [createLdapReader(settingsOf(plain()))],
      shelf: store.groups,
      catalogue: () => catalogue,
      clock: new MovingClock(T0),
      logger: new TestLogger(),
      deadline: (ms) => AbortSignal.timeout(ms),
    });
    const directory = createDirectory({
      catalogue: () => catalogue,
      groups: store.groups,
      scim: null,
      now: () => T0,
    });
    expect(await directory.groupsOf('ana', T0)).toEqual({ groups: [], stale: ['dba'] });
    expect(await refresh()).toEqual({ changed: ['dba'], vanished: [] });
    expect(await directory.groupsOf('ana', T0)).toEqual({ groups: ['dba'], stale: [] });
    expect(await directory.group('dba', T0)).toMatchObject({ kind: 'known', members: ['ana'] });
    await store.close();
    await place.discard();
  });

  describe('over TLS', () => {
    const ways = (host: string): readonly LdapSettings[] => [
      settingsOf(`ldaps://${host}:${slapd.tlsPort}`, { ca: slapd.ca }),
      settingsOf(`ldap://${host}:${slapd.port}`, { ca: slapd.ca, startTls: true }),
    ];

    test('is known by its certificate, by name and by address', async () => {
      for (const settings of [...ways('localhost'), ...ways('127.0.0.1')])
        expect(await read('dba', settings)).toHaveLength(2);
    });

    test('is told nothing where nobody we know has signed for it, or for another host', async () => {
      const unknown = ways('localhost').map((settings) => ({ ...settings, ca: null }));
      for (const settings of [...unknown, ...ways('127.0.0.2')]) {
        const { code, hint, message } = await faultOf(read('dba', settings));
        expect(code).toBe('unreachable');
        expect(message).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|ERR_TLS_CERT_ALTNAME_INVALID/);
        expect(hint).toContain('COUNTERSIGN_LDAP_CA');
      }
    });

    test('is told no password before the line is encrypted', async () => {
      let asked = 0;
      const password = () => {
        asked += 1;
        return READER.password;
      };
      const [, startTls] = ways('localhost');
      await faultOf(read('dba', { ...startTls!, ca: null, password }));
      expect(asked).toBe(0);
      await read('dba', { ...startTls!, password });
      expect(asked).toBe(1);
    });

    test('is left alone where it cannot encrypt', async () => {
      await using clear = await startSlapd({ tls: false });
      const settings = settingsOf(`ldap://127.0.0.1:${clear.port}`, { startTls: true });
      expect((await faultOf(read('dba', settings))).code).toBe('denied');
      expect(await read('dba', settingsOf(settings.url))).toHaveLength(2);
    });
  });
});
