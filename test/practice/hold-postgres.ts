import { startPostgres } from '../../src/practice/postgres.ts';

/** Starts a server, says where, and waits to be killed. */
const server = await startPostgres();
process.stdout.write(`${JSON.stringify({ url: server.superuserUrl })}\n`);
setInterval(() => {}, 60_000);
