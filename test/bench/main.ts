import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startPostgres } from '../../src/practice/postgres.ts';
import { seedShop } from '../../src/practice/shop.ts';
import { benchAcknowledgement } from './acknowledge.ts';
import { benchConnector } from './connector.ts';
import { benchExpiries } from './expiries.ts';
import { benchLog } from './log.ts';
import { machineFacts } from './machine.ts';
import { benchPolicy } from './policy.ts';
import { figuresOf, type Results, tableOf } from './report.ts';
import { BenchWorld } from './world.ts';

const PARTS = ['log', 'policy', 'connector', 'acknowledgement', 'expiries'] as const;
const MOST_MS = 300_000;

const { values } = parseArgs({ options: { json: { type: 'string' }, only: { type: 'string' } } });
const wanted = PARTS.filter((part) => values.only === undefined || values.only === part);
if (wanted.length === 0) throw new Error(`--only: expected one of ${PARTS.join(', ')}`);

const started = performance.now();
const tell = (text: string): void => {
  console.error(`${((performance.now() - started) / 1_000).toFixed(0).padStart(4)} s  ${text}`);
};

async function measure(): Promise<Results> {
  const results: { -readonly [K in keyof Results]: Results[K] } = {};
  if (wanted.includes('log')) {
    tell('commits and plain inserts, in turn; then a log of a million events');
    results.log = await benchLog();
  }
  if (wanted.includes('policy')) {
    tell('decisions with 15, 200 and 1,000 policies, in turn; then 2,000 requests, replayed');
    results.policy = await benchPolicy();
  }
  if (wanted.every((part) => part === 'log' || part === 'policy')) return results;
  tell('PostgreSQL starts');
  await using server = await startPostgres();
  const shop = await seedShop(server.superuserUrl);
  if (wanted.includes('connector')) {
    tell('connector and raw statements, in turn');
    results.connector = await benchConnector(shop.adminUrl);
  }
  if (wanted.every((part) => part !== 'acknowledgement' && part !== 'expiries')) return results;
  tell('workspace, client and bot start');
  const world = await BenchWorld.open(shop);
  try {
    await measureBot(world, { server, shop }, results);
  } finally {
    await world.close();
  }
  return results;
}

async function measureBot(
  world: BenchWorld,
  target: Parameters<typeof benchExpiries>[1],
  results: { -readonly [K in keyof Results]: Results[K] },
): Promise<void> {
  if (wanted.includes('acknowledgement')) {
    tell('50 requests a second: 5 s to warm up, then 20 s');
    results.acknowledgement = await benchAcknowledgement(world);
    await world.settle();
  }
  if (wanted.includes('expiries')) {
    tell('300 grants are made, and expire together');
    results.expiries = await benchExpiries(world, target);
  }
}

const late = setTimeout(() => {
  console.error(`the bench took more than ${MOST_MS / 1_000} s and was given up; is the machine busy?`);
  process.exit(1);
}, MOST_MS);
const machine = machineFacts();
const results = await measure();
clearTimeout(late);
tell('done');
console.log(`\n${tableOf(results, machine)}`);
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify({ ...figuresOf(results), machine }, null, 2)}\n`);
}
