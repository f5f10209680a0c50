import { describe, expect, it } from 'vitest';
import { verifyStored } from '../../src/cli/log-stored.ts';
import type { LogTree } from '../../src/ports/audit-log.ts';
import { StoreError } from '../../src/ports/store.ts';
import type { SealedTexts } from '../../src/store/sqlite/sealed-texts.ts';
import { type Life, life } from '../evidence/lives.ts';

const silent = { tell: () => {}, progress: () => {} };

/** The log of a life, in which something happens each time that texts are read. */
const logIn = (lived: Life, happens: () => void): LogTree & SealedTexts => {
  const { log } = lived;
  return {
    head: () => log.head(),
    hashes: (nodes) => log.hashes(nodes),
    stored: (index, limit) => log.stored(index, limit),
    search: (query) => log.search(query),
    storedDisclosures: (index, end) => log.storedDisclosures(index, end),
    sealedTexts: async (index, end) => {
      happens();
      const texts = await log.storedDisclosures(index, end);
      return texts.map(({ disclosure, ...text }) => ({ ...text, open: () => disclosure }));
    },
  };
};

describe('a log that changes while it is verified', () => {
  const erasing = (told: boolean, times: number) => {
    const lived = life('a full life');
    const fields = ['justification', 'ticket'];
    const [index = 0] = lived.of('RequestSubmitted');
    let left = times;
    const happens = (): void => {
      const field = fields.shift();
      if (left-- > 0 && field !== undefined) lived.erase(index, field, told);
    };
    return verifyStored(logIn(lived, happens), [], silent);
  };

  it.each([1, 2])('is read again when %i of its texts were redacted meanwhile', async (times) => {
    expect(await erasing(true, times)).toMatchObject({ ok: true, redacted: times });
  });

  it('is refused when a text went without a word', async () => {
    expect(await erasing(false, 1)).toMatchObject({ ok: false, finding: { code: 'disclosure_missing' } });
  });

  it('is not read again for ever', async () => {
    const lived = life('a full life');
    const [index = 0] = lived.of('RequestSubmitted');
    lived.erase(index, 'ticket', false);
    let reads = 0;
    const happens = (): void => {
      reads++;
      lived.sweepFinds(`jit_${reads}`);
    };
    expect(await verifyStored(logIn(lived, happens), [], silent)).toMatchObject({ ok: false });
    expect(reads).toBe(3);
  });
});

it('what else fails in the database is not taken for a finding', async () => {
  const busy = new StoreError('store_busy', 'the database is busy', 'Try again.');
  const log = logIn(life('a full life'), () => {
    throw busy;
  });
  await expect(verifyStored(log, [], silent)).rejects.toBe(busy);
});
