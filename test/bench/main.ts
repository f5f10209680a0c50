import { startPostgres } from '../../src/practice/postgres.ts';
import { seedShop } from '../../src/practice/shop.ts';
import { benchAcknowledgement } from './acknowledge.ts';
import { benchConnector } from './connector.ts';
import { benchExpiries } from './expiries.ts';
import { BenchWorld } from './world.ts';
const server = await startPostgres();
const shop = await seedShop(server.superuserUrl);
const only = process.env.ONLY ?? 'cae';
try {
  if (only.includes('c')) console.log('connector', await benchConnector(shop.adminUrl));
  const world = await BenchWorld.open(shop);
  try {
    if (only.includes('a')) console.log('ack', await benchAcknowledgement(world));
    await world.settle();
    if (only.includes('e')) console.log('expiries', await benchExpiries(world, { server, shop }));
  } finally {
    await world.close();
  }
} finally {
  await server.stop();
}
