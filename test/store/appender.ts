/** A process that appends until it is killed, and says on stdout what was acknowledged: `open`, then numbers. */
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { dueRow, opening } from '../contracts/store-samples.ts';
import { parts } from './places.ts';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: appender.ts FILE');
const store = await openSqliteStore({ file, ...parts });
writeSync(1, 'open\n');
for (let n = 1; n <= 100_000; n++) {
  await store.append(opening(n, { due: [{ put: dueRow(`lapse:${n}`) }] }));
  writeSync(1, `${n}\n`);
}
