import pg from 'pg';
import { accountOf, AUTOMATIC, WARN_MS } from './catalogue.ts';
import { submission } from './slack-requests.ts';
import { p50, p99 } from './statistics.ts';
import type { BenchWorld, StoredEvent, Target } from './world.ts';

const GRANTS = 300;
const WITH_SESSION = 30;
/** Time for the bot to come to rest between its clock being set and the expiries. */
const LEAD_MS = 3_000;
const SEED_RATE_PER_S = 30;

export interface Expiries {
  readonly grants: number;
  readonly sessions: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly lastMs: number;
  readonly verifiedP50Ms: number;
  readonly verifiedP99Ms: number;
}

/** Makes 300 grants that end at one instant, opens sessions with some of them, and lets the instant come. */
export async function benchExpiries(world: BenchWorld, target: Target): Promise<Expiries> {
  const from = await world.bot.store.size();
  const grants = await makeGrants(world, from);
  const [expiresAt] = new Set(grants.map((grant) => Number(grant.data['expiresAt'])));
  if (expiresAt === undefined) throw new Error('no grants');
  const sessions = await openSessions(target, grants.slice(0, WITH_SESSION));
  world.clock.runFrom(expiresAt - WARN_MS);
  await world.settle();
  world.clock.runFrom(expiresAt - LEAD_MS);
  const streams = new Set(grants.map((grant) => grant.stream));
  const ends = async (type: StoredEvent['type']) =>
    (await world.eventsFrom(from)).filter((event) => event.type === type && streams.has(event.stream));
  await new Promise((resolve) => setTimeout(resolve, LEAD_MS - 50));
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  session.connect();
  if (process.env.PROF) {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 200 });
    await session.post('Profiler.start');
  }
  const t0 = performance.now();
  const c0 = process.cpuUsage();
  while ((await ends('CredentialRemoved')).length < GRANTS) await new Promise((r) => setTimeout(r, 50));
  console.log('removed all after', performance.now() - t0, process.cpuUsage(c0));
  if (process.env.PROF) {
    const { profile } = await session.post('Profiler.stop');
    (await import('node:fs')).writeFileSync('/tmp/bx/exp.cpuprofile', JSON.stringify(profile));
  }
  const allGone = async () => (await ends('RevocationVerified')).length === GRANTS;
  await world.until(allGone, 60_000, 'every revocation to be proven');
  await Promise.all(sessions.map((session) => session.ended));
  const lateness = (events: readonly StoredEvent[]) => events.map((event) => event.at - expiresAt);
  const removed = lateness(await ends('CredentialRemoved'));
  const verified = lateness(await ends('RevocationVerified'));
  if (removed.length !== GRANTS) throw new Error(`${removed.length} of ${GRANTS} were removed`);
  return {
    grants: GRANTS,
    sessions: WITH_SESSION,
    p50Ms: p50(removed),
    p99Ms: p99(removed),
    lastMs: Math.max(...removed),
    verifiedP50Ms: p50(verified),
    verifiedP99Ms: p99(verified),
  };
}

/** With the bot's clock standing, so that all of them have one expiry. */
async function makeGrants(world: BenchWorld, from: number): Promise<readonly StoredEvent[]> {
  world.clock.stand();
  const asks = Array.from({ length: GRANTS }, (_, person) =>
    submission(accountOf(person), `${AUTOMATIC} 10m "INC-${person} an order is missing from the export"`),
  );
  await world.send(asks, SEED_RATE_PER_S);
  const issued = async () =>
    (await world.eventsFrom(from)).filter((event) => event.type === 'CredentialIssued');
  await world.until(async () => (await issued()).length === GRANTS, 60_000, `${GRANTS} credentials`);
  await world.settle();
  const streams = new Set((await issued()).map((event) => event.stream));
  const started = (await world.eventsFrom(from)).filter(
    (event) => event.type === 'ProvisioningStarted' && streams.has(event.stream),
  );
  if (new Set(started.map((event) => event.data['expiresAt'])).size !== 1)
    throw new Error('the expiries differ');
  return started;
}

interface Session {
  readonly ended: Promise<void>;
}

/** Logs in as the role, with a password that the superuser sets. */
async function openSessions(
  { server, shop }: Target,
  grants: readonly StoredEvent[],
): Promise<readonly Session[]> {
  const names = grants.map((grant) => (grant.data['handle'] as { name: string }).name);
  const superuser = new pg.Client({ connectionString: server.superuserUrl });
  await superuser.connect();
  const password = 'opened-by-the-bench';
  for (const name of names) await superuser.query(`alter role ${name} password '${password}'`);
  await superuser.end();
  return Promise.all(names.map((user) => openSession(shop.adminUrl, user, password)));
}

async function openSession(adminUrl: string, user: string, password: string): Promise<Session> {
  const url = Object.assign(new URL(adminUrl), { username: user, password });
  const client = new pg.Client({ connectionString: url.href });
  client.on('error', () => {});
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
  await client.connect();
  await client.query('select count(*) from orders');
  return { ended };
}
