import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { type Anchor, type AnchoredHead, AnchorFault } from '../../src/ports/anchor.ts';
import { Heads } from '../anchors/heads.ts';

/** What the kit needs of a place for heads. Null, with a reason in `lacks`, where the place cannot have it. */
export interface AnchorHarness {
  /** A new anchor on the same place, as after a restart of the bot. */
  open(): Anchor;
  /** The sizes of the heads it has taken, each once, as someone else sees them; null: it keeps none. */
  kept(): Promise<readonly number[] | null>;
  /** What it can be asked for: whole heads, how far it has seen, or nothing. */
  readonly tells: 'checkpoints' | 'size' | 'nothing';
  /** Makes it hold something that the head contradicts. */
  readonly holdAnother: ((head: AnchoredHead) => Promise<void>) | null;
  /** From now on it cannot be reached, or takes calls and never answers, until it is mended. */
  readonly breakDown: (() => void) | null;
  readonly hang: (() => void) | null;
  /** From now on what it is told happens, and the answer is lost, until it is mended. */
  readonly loseAnswers: (() => void) | null;
  mend(): void;
  readonly lacks: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const soon = (): AbortSignal => AbortSignal.timeout(15_000);
const atOnce = (): AbortSignal => AbortSignal.timeout(100);

/** Everything that any anchor must do, wherever it is. `heads` is the log whose newest head it may be told. */
export function anchorContract(name: string, start: (heads: Heads) => Promise<AnchorHarness>): void {
  describe(`anchor contract: ${name}`, () => {
    const heads = new Heads();
    let h: AnchorHarness;
    beforeEach(async () => {
      h = await start(heads);
    });
    afterEach(() => h.close());

    const need = <T>(context: TestContext, what: keyof AnchorHarness): T => {
      const part = h[what];
      if (part === null) context.skip(h.lacks[what] ?? `${what}: the harness gives no reason`);
      return part as T;
    };
    const fault = async (work: Promise<unknown>): Promise<AnchorFault> => {
      const error: unknown = await work.then(
        () => new Error('it succeeded'),
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(AnchorFault);
      const { message, hint } = error as AnchorFault;
      expect(hint).toMatch(/^[A-Z].*\.$|^[A-Z].*[a-z]$/s);
      expect(inspect([message, hint])).not.toMatch(/undefined|\[object/);
      return error as AnchorFault;
    };
    const expectHeld = async (sizes: readonly number[]): Promise<void> => {
      const kept = await h.kept();
      if (kept !== null) expect(kept).toEqual(sizes);
    };

    it('takes a head, and each that follows', async () => {
      const anchor = h.open();
      for (const size of [1, 2, 7, 8, 33]) expect(await anchor.publish(heads.at(size), soon())).not.toBe('');
      await expectHeld([1, 2, 7, 8, 33]);
    });

    it('takes the same head again without a change, also after a restart', async () => {
      const anchor = h.open();
      await anchor.publish(heads.at(5), soon());
      await anchor.publish(heads.at(5), soon());
      await h.open().publish(heads.at(5), soon());
      await expectHeld([5]);
      await h.open().publish(heads.at(9), soon());
      await expectHeld([5, 9]);
    });

    it('tells what it holds, to another process as well', async () => {
      const empty = await h.open().held(soon());
      for (const size of [3, 6]) await h.open().publish(heads.at(size), soon());
      const held = await h.open().held(soon());
      if (h.tells === 'nothing') expect([empty, held]).toEqual([[], []]);
      if (h.tells === 'size') expect(held).toEqual([{ kind: 'size', size: 6 }]);
      if (h.tells === 'checkpoints') {
        expect(empty).toEqual([]);
        expect(held).toEqual([3, 6].map((size) => ({ kind: 'checkpoint', note: heads.at(size).note })));
      }
    });

    it('refuses what contradicts what it holds, for good', async (context) => {
      const holdAnother = need<NonNullable<AnchorHarness['holdAnother']>>(context, 'holdAnother');
      const head = heads.at(6);
      await holdAnother(head);
      const before = await h.kept();
      const anchor = h.open();
      for (let tries = 0; tries < 2; tries += 1)
        expect((await fault(anchor.publish(head, soon()))).code).toBe('conflict');
      expect(await h.kept()).toEqual(before);
    });

    it('that is down fails as unreachable, and works when it is back', async (context) => {
      const breakDown = need<() => void>(context, 'breakDown');
      const anchor = h.open();
      breakDown();
      expect((await fault(anchor.publish(heads.at(4), soon()))).code).toBe('unreachable');
      h.mend();
      await expectHeld([]);
      await anchor.publish(heads.at(4), soon());
      await expectHeld([4]);
    });

    it('that is down cannot be asked either', async (context) => {
      const breakDown = need<() => void>(context, 'breakDown');
      if (h.tells === 'nothing') context.skip('there is nothing to ask it for');
      await h.open().publish(heads.at(4), soon());
      breakDown();
      expect((await fault(h.open().held(soon()))).code).toBe('unreachable');
    });

    it('that never answers is not waited for beyond the time given', async (context) => {
      const hang = need<() => void>(context, 'hang');
      const anchor = h.open();
      hang();
      expect((await fault(anchor.publish(heads.at(4), atOnce()))).code).toBe('unreachable');
      h.mend();
      await anchor.publish(heads.at(4), soon());
      await expectHeld([4]);
    });

    it('begins nothing when the time is over', async () => {
      const over = AbortSignal.abort();
      expect((await fault(h.open().publish(heads.at(4), over))).code).toBe('unreachable');
      await expectHeld([]);
    });

    it('whose answer was lost has the head once when it is told again', async (context) => {
      const loseAnswers = need<() => void>(context, 'loseAnswers');
      const anchor = h.open();
      await anchor.publish(heads.at(2), soon());
      loseAnswers();
      expect((await fault(anchor.publish(heads.at(4), soon()))).code).toBe('unreachable');
      h.mend();
      await expectHeld([2, 4]);
      await anchor.publish(heads.at(4), soon());
      await expectHeld([2, 4]);
      loseAnswers();
      await fault(anchor.publish(heads.at(5), soon()));
      h.mend();
      await h.open().publish(heads.at(5), soon());
      await expectHeld([2, 4, 5]);
    });
  });
}
