import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FollowerFault } from '../../src/ports/follower.ts';
import type { Message, Transport } from '../../src/siem/transport.ts';
import { messages } from './samples.ts';

export type Trouble =
  | 'none'
  /** Nothing reaches it. */
  | 'down'
  /** It takes what it is sent, and never says so. */
  | 'silent'
  /** It takes what it is sent, and the connection breaks before it says so. */
  | 'lost answer'
  /** It will not have what it is sent. */
  | 'refusing';

/** The far side of a transport, under the test's control. */
export interface FarSide {
  readonly send: Transport;
  /** Log indices of what it keeps, in the order it came. */
  kept(): Promise<readonly number[]>;
  trouble(next: Trouble): Promise<void>;
  /** Resolves when it has been sent something in `silent`. */
  heard(): Promise<void>;
  close(): Promise<void>;
}

export const never = new AbortController().signal;
const indices = (batch: readonly Message[]): readonly number[] => batch.map(({ index }) => index);

/** What `send` throws; fails where it throws nothing, or what is no FollowerFault. */
export async function faultOf(sending: Promise<void>): Promise<FollowerFault> {
  const thrown = await sending.then(
    () => 'nothing',
    (error: unknown) => error,
  );
  if (!(thrown instanceof FollowerFault)) throw new Error(`no FollowerFault was thrown: ${String(thrown)}`);
  return thrown;
}

/** What every transport owes; `cannot` says why one cannot get into a trouble. */
export function transportContract(
  name: string,
  open: () => Promise<FarSide>,
  cannot: Partial<Record<Trouble, string>> = {},
): void {
  describe(name, () => {
    let far: FarSide;
    beforeEach(async () => {
      far = await open();
    });
    afterEach(() => far.close());

    const inTrouble = (trouble: Trouble, title: string, test: () => Promise<void>): void => {
      const reason = cannot[trouble];
      it.skipIf(reason !== undefined)(reason === undefined ? title : `${title} (not here: ${reason})`, test);
    };

    it('delivers batches in order, each event once', async () => {
      await far.send(messages(0, 3), never);
      await far.send(messages(3, 1), never);
      await far.send(messages(4, 200), never);
      expect(await far.kept()).toEqual(indices(messages(0, 204)));
    });

    inTrouble('down', 'says that nothing can be reached, and delivers once it can', async () => {
      await far.trouble('down');
      const fault = await faultOf(far.send(messages(0, 3), never));
      expect(fault).toMatchObject({ code: 'unreachable', hint: expect.stringContaining('tried again') });
      await far.trouble('none');
      expect(await far.kept()).toEqual([]);
      await far.send(messages(0, 3), never);
      expect(await far.kept()).toEqual([0, 1, 2]);
    });

    inTrouble('silent', 'gives up in time', async () => {
      await far.trouble('silent');
      const patience = new AbortController();
      const sending = faultOf(far.send(messages(0, 3), patience.signal));
      await far.heard();
      patience.abort();
      expect(await sending).toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining('in time'),
      });
    });

    it('does not begin what nobody waits for any more', async () => {
      expect(await faultOf(far.send(messages(0, 3), AbortSignal.abort()))).toMatchObject({
        code: 'unreachable',
      });
      expect(await far.kept()).toEqual([]);
    });

    inTrouble('lost answer', 'delivers again what it did not hear of, with the same indices', async () => {
      await far.trouble('lost answer');
      expect(await faultOf(far.send(messages(0, 3), never))).toMatchObject({ code: 'unreachable' });
      await far.trouble('none');
      await far.send(messages(0, 3), never);
      expect(await far.kept()).toEqual([0, 1, 2, 0, 1, 2]);
    });

    inTrouble('refusing', 'says that it is refused, and what can be done', async () => {
      await far.trouble('refusing');
      const fault = await faultOf(far.send(messages(0, 3), never));
      expect(fault).toMatchObject({ code: 'refused', hint: expect.stringContaining('COUNTERSIGN_SIEM_URL') });
      await far.trouble('none');
      await far.send(messages(0, 3), never);
      expect(await far.kept()).toEqual([0, 1, 2]);
    });
  });
}
