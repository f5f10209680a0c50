import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import plugin from '../../src/connectors/postgres-role/index.ts';
import type { Connector, HealthFinding, Order } from '../../src/ports/connector.ts';
import { type PracticePostgres, startPostgres } from '../../src/practice/postgres.ts';
import { seedShop } from '../../src/practice/shop.ts';
import { freshName } from '../contracts/connector-harness.ts';
import { contextWith } from './context.ts';
import { connectorTo, PREFIX, sql, urlWith } from './postgres-harness.ts';

let server: PracticePostgres;
let adminUrl: string;
beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: 'off' } });
  ({ adminUrl } = await seedShop(server.superuserUrl));
});
afterAll(async () => {
  await server?.stop();
});

const signal = (): AbortSignal => AbortSignal.timeout(15_000);
const scope = { role: 'shop_ro', database: 'shop' };
const bad = (findings: readonly HealthFinding[]): string[] =>
  findings
    .filter(({ level }) => level !== 'ok')
    .map(({ level, what, remedy }) => `${level}: ${what} → ${remedy}`);

async function healthOf(connector: Connector, scopes = [scope]): Promise<string[]> {
  try {
    return bad(await connector.checkHealth(signal(), scopes));
  } finally {
    await connector.close();
  }
}

describe('checkHealth of postgres-role', () => {
  it('refuses a superuser, unless the configuration means it', async () => {
    const [only] = await healthOf(connectorTo(server.superuserUrl));
    expect(only).toMatch(
      /^error: the admin account postgres is a superuser → .*or set allowSuperuser: true$/,
    );
    const [meant] = await healthOf(connectorTo(server.superuserUrl, { allowSuperuser: true }));
    expect(meant).toMatch(/^warning: the admin account postgres is a superuser/);
  });

  it('names each right that is missing, with the statement that gives it', async () => {
    await sql(server.superuserUrl, `create role weak login password 'weak'`, 'create role mighty createrole');
    const weak = connectorTo(urlWith(adminUrl, { username: 'weak', password: 'weak' }));
    const scopes = [scope, { role: 'absent', database: 'shop' }, { role: 'mighty', database: 'shop' }];
    expect((await healthOf(weak, scopes)).sort()).toEqual([
      'error: the group role absent does not exist → create role absent nologin',
      'error: the group role mighty may create roles or is a superuser → give out a role that is neither',
      'error: weak may not create roles → alter role weak createrole',
      'error: weak may not end other sessions → grant pg_signal_backend to weak',
      'error: weak may not give out shop_ro → grant shop_ro to weak with admin option',
    ]);
  });

  it('tells of clocks that differ', async () => {
    const clock = { now: () => Date.now() - 3_600_000, wait: async () => {} };
    const context = contextWith({ secretOf: () => adminUrl, clock });
    const connector = plugin.open('shop', plugin.configSchema.parse({ admin: 'env:X' }) as never, context);
    expect(await healthOf(connector)).toEqual([
      expect.stringMatching(
        /^error: the server's clock is 3\d{6} ms ahead of ours → synchronise both clocks/,
      ),
    ]);
  });

  it('finds a server that is down, and does not throw', async () => {
    const [only, ...more] = await healthOf(connectorTo(urlWith(adminUrl, { port: '1' })));
    expect(only).toMatch(/^error: check health: .*ECONNREFUSED.* → check that 127\.0\.0\.1:1 is up/);
    expect(more).toEqual([]);
  });
});

describe('a server that does not ask for passwords', () => {
  const order = (): Order => ({
    handle: { name: freshName(PREFIX), scope, connector: { id: 'shop', use: 'postgres-role', config: {} } },
    request: 'req_0123456789ab',
    subject: 's:0123456789abcdef01234567',
    generation: 1,
    expiresAt: Date.now() + 3_600_000,
  });
  const admit = 'host all postgres,jit_admin 127.0.0.1/32 scram-sha-256';

  /**
   * Puts these lines into pg_hba.conf, and waits until a login as nobody is answered as they say: so the tests
   * below stand in an order in which each answer differs from the one before.
   */
  async function withRules(lines: readonly string[], answer: string): Promise<void> {
    const [file] = await sql(server.superuserUrl, "select current_setting('hba_file') as hba");
    const text = [admit, ...lines].map((line) => `('${line}')`).join(', ');
    await sql(
      server.superuserUrl,
      `copy (values ${text}) to '${String(file?.['hba'])}'`,
      'select pg_reload_conf()',
    );
    const nobody = urlWith(adminUrl, { username: 'nobody_at_all', password: 'x' });
    await vi.waitFor(() => expect(sql(nobody, 'select 1')).rejects.toThrow(answer), { timeout: 5_000 });
  }

  it('is found out by checkHealth and by the positive control', async () => {
    await withRules(['host all all 127.0.0.1/32 trust'], 'does not exist');
    const connector = connectorTo(adminUrl);
    const [finding] = bad(await connector.checkHealth(signal(), [scope]));
    expect(finding).toContain(
      'a wrong secret got in (the server asked for: none); members of shop_ro are not asked',
    );
    expect(finding).toContain('Put "host all +shop_ro <address> scram-sha-256" first in pg_hba.conf');
    expect(await connector.listOwned(signal())).toEqual([]);
    const one = order();
    const made = await connector.provision(one, signal());
    await expect(connector.verifyActive(one, made, signal())).rejects.toMatchObject({ code: 'unsupported' });
    expect(await connector.verifyRevoked(one.handle, null, signal())).toMatchObject({
      absent: false,
      loginRefused: 'no',
    });
    await connector.revoke(one.handle, signal());
    const proof = await connector.verifyRevoked(one.handle, null, signal());
    expect(proof).toMatchObject({ absent: true, loginRefused: 'yes', positiveControlAt: null });
    expect(proof.method).toContain('no password asked: 28000');
    await connector.close();
  });

  it('turns everyone away by rule: the credential is of no use, and a refusal is no proof', async () => {
    await withRules([], 'pg_hba.conf');
    const connector = connectorTo(adminUrl);
    const one = order();
    const made = await connector.provision(one, signal());
    await expect(connector.verifyActive(one, made, signal())).rejects.toThrow(
      'pg_hba.conf admits nobody from here',
    );
    await connector.revoke(one.handle, signal());
    expect(await connector.verifyRevoked(one.handle, null, signal())).toMatchObject({
      absent: true,
      loginRefused: 'untestable',
    });
    await connector.close();
  });

  it('is in order when the group’s members are asked, whatever others are', async () => {
    await withRules(
      ['host all +shop_ro 127.0.0.1/32 scram-sha-256', 'host all all 127.0.0.1/32 trust'],
      'does not exist',
    );
    const connector = connectorTo(adminUrl);
    expect(bad(await connector.checkHealth(signal(), [scope]))).toEqual([]);
    await connector.close();
  });
});
