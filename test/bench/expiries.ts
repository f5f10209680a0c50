import pg from 'pg';
import { accountOf, AUTOMATIC, WARN_MS } from './catalogue.ts';
import { submission } from './slack-requests.ts';
import { p50, p99 } from './statistics.ts';
import type { BenchWorld, StoredEvent, Target } from './world.ts';

const GRANTS = 300;
const WARM_UP = 100;
const WITH_SESSION = 30;
/** Time for the bot to come to rest between its clock being set and the expiries. */
const LEAD_MS = 3_000;
const SEED_RATE_PER_S = 30;

export interface Expiries {
  readonly grants: number;
  readonly sessions: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly verifiedP50Ms: number;
  readonly verifiedP99Ms: number;
}

/** Some to warm up, then those that count. */
export async function benchExpiries(world: BenchWorld, target: Target): Promise<Expiries> {
  await expireTogether(world, target, WARM_UP);
  await world.settle();
  return expireTogether(world, target, GRANTS);
}

/** Makes grants that end at one instant, opens sessions with some of them, and lets the instant come. */
async function expireTogether(world: BenchWorld, target: Target, count: number): Promise<Expiries> {
  const from = await world.bot.store.size();
  const grants = await makeGrants(world, from, count);
  const [expiresAt] = new Set(grants.map((grant) => Number(grant.data['expiresAt'])));
  if (expiresAt === undefined) throw new Error('no grants');
  const sessions = await openSessions(target, grants.slice(0, WITH_SESSION));
  world.clock.runFrom(expiresAt - WARN_MS);
  await world.settle();
  world.clock.runFrom(expiresAt - LEAD_MS);
  const streams = new Set(grants.map((grant) => grant.stream));
  const ends = async (type: StoredEvent['type']) =>
    (await world.eventsFrom(from)).filter((event) => event.type === type && streams.has(event.stream));
  await new Promise((resolve) => setTimeout(resolve, LEAD_MS + 1_000));
  // Looking at the log instead would cost the process that is measured.
  const allDone = async () => (await world.bot.store.depth(world.clock.now())).revocation.overdue === 0;
  await world.until(allDone, 60_000, 'every revocation to be proven');
  await Promise.all(sessions.map((session) => session.ended));
  const lateness = (events: readonly StoredEvent[]) => events.map((event) => event.at - expiresAt);
  const removed = lateness(await ends('CredentialRemoved'));
  const verified = lateness(await ends('RevocationVerified'));
  for (const found of [removed, verified])
    if (found.length !== count) throw new Error(`${found.length} of ${count} ended; the figures are void`);
  return {
    grants: count,
    sessions: WITH_SESSION,
    p50Ms: p50(removed),
    p99Ms: p99(removed),
    verifiedP50Ms: p50(verified),
    verifiedP99Ms: p99(verified),
  };
}

/** With the bot's clock standing, so that all of them have one expiry. */
async function makeGrants(world: BenchWorld, from: number, count: number): Promise<readonly StoredEvent[]> {
  world.clock.stand();
  const asks = Array.from({ length: count }, (_, person) =>
    submission(accountOf(person), `${AUTOMATIC} 10m "INC-${person} an order is missing from the export"`),
  );
  await world.send(asks, SEED_RATE_PER_S);
  const issued = async () =>
    (await world.eventsFrom(from)).filter((event) => event.type === 'CredentialIssued');
  await world.until(async () => (await issued()).length === count, 60_000, `${count} credentials`);
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
