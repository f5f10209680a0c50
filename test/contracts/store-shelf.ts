import { describe, expect, it } from 'vitest';
import type { Receipt, SignedCheckpoint } from '../../src/ports/audit-log.ts';
import type { Subject } from './store.ts';
import { now } from './store-samples.ts';

const root = 'ab'.repeat(32);
const checkpoint = (size: number, at = now): SignedCheckpoint => ({ size, root, at, note: `log\n${size}\n` });
const receipt = (anchor: string, size: number, at = now): Receipt => ({
  anchor,
  size,
  root,
  at,
  receipt: `${anchor}/${size}`,
});

export function shelfContract(subject: Subject): void {
  describe('the shelf beside the log', () => {
    it('has nothing at first', async () => {
      const { store } = subject;
      expect(await store.newestCheckpoint()).toBeNull();
      expect(await store.newestReceipt('chat')).toBeNull();
      expect(await store.receipts(10)).toEqual([]);
      expect(await store.cursor('siem')).toBe(0);
    });

    it('keeps what was signed; the newest is what was saved last, whatever the clock said', async () => {
      const { store } = subject;
      await store.saveCheckpoint(checkpoint(3, now + 9));
      await store.saveCheckpoint(checkpoint(5, now));
      expect(await store.newestCheckpoint()).toEqual(checkpoint(5, now));
      expect(await (await subject.reopen()).newestCheckpoint()).toEqual(checkpoint(5, now));
    });

    it('keeps every receipt, newest first, and knows the newest of each anchor', async () => {
      const { store } = subject;
      for (const [anchor, size] of [
        ['chat', 1],
        ['folder', 2],
        ['chat', 3],
      ] as const)
        await store.saveReceipt(receipt(anchor, size));
      expect(await store.newestReceipt('chat')).toEqual(receipt('chat', 3));
      expect(await store.newestReceipt('folder')).toEqual(receipt('folder', 2));
      expect((await store.receipts(10)).map(({ size }) => size)).toEqual([3, 2, 1]);
      expect((await store.receipts(2)).map(({ size }) => size)).toEqual([3, 2]);
      expect(await store.receipts(-1)).toEqual([]);
    });

    it('knows how far each follower of the log has come', async () => {
      const { store } = subject;
      await store.moveCursor('siem', 7);
      await store.moveCursor('siem', 9);
      await store.moveCursor('other', 1);
      expect(await store.cursor('siem')).toBe(9);
      expect(await (await subject.reopen()).cursor('other')).toBe(1);
    });

    it('is no part of the tree', async () => {
      const before = await subject.store.head();
      await subject.store.saveCheckpoint(checkpoint(0));
      await subject.store.saveReceipt(receipt('chat', 0));
      await subject.store.moveCursor('siem', 1);
      expect(await subject.store.head()).toEqual(before);
    });
  });
}
