import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readBounded } from '../../src/policy/bounded-file.ts';

/** Linux gives it a page at a time, however much is asked for; it is about the process, and some 70 kB long. */
const IN_PIECES = '/proc/self/smaps';

test.skipIf(!existsSync(IN_PIECES))(
  'reads a file to its end, though one read does not bring all',
  async () => {
    const read = await readBounded(IN_PIECES, 10_000_000);
    expect('bytes' in read && read.bytes.length).toBeGreaterThan(10_000);
    expect(await readBounded(IN_PIECES, 10_000)).toHaveProperty('fault');
  },
);
