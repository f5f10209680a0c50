import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GroupReadFault, type GroupReader } from '../../src/ports/group-reader.ts';

/** What the kit needs of a source of groups. */
export interface GroupReaderHarness extends AsyncDisposable {
  readonly reader: GroupReader;
  /** With an account or a token that the source does not know. */
  readonly unwelcome: GroupReader;
  /** Names of a group with members that can be changed, of one that is never there, and of one that is no group's name. */
  readonly groups: { readonly there: string; readonly never: string; readonly nonsense: string };
  /** As the source calls three people. */
  readonly people: readonly [string, string, string];
  /** From now on the group has these; null: it is removed. */
  setMembers(members: readonly string[] | null): Promise<void>;
  /** Turns us away; or takes calls and never answers; or cuts before, or after, the answer to the `nth` message. */
  breakDown(): void;
  hang(): void;
  cut(nth: number, when: 'before' | 'after'): void;
  mend(): void;
  /** How many messages one reading takes. */
  readonly messages: number;
  /** May be in no fault. */
  readonly secret: string;
}

const soon = (): AbortSignal => AbortSignal.timeout(15_000);

/** Everything that any source of groups must do. `lacks`: why it cannot be tried here. */
export function groupReaderContract(
  name: string,
  start: () => Promise<GroupReaderHarness>,
  lacks: string | null = null,
): void {
  describe.skipIf(lacks !== null)(
    `group reader contract: ${name}${lacks === null ? '' : ` (${lacks})`}`,
    () => {
      let h: GroupReaderHarness;
      beforeAll(async () => {
        h = await start();
      });
      afterAll(() => h?.[Symbol.asyncDispose]());
      beforeEach(async () => {
        h.mend();
        await h.setMembers(h.people);
      });

      const read = (group = h.groups.there, reader = h.reader) => reader.read(group, soon());
      const sorted = async () => (await read())?.toSorted();
      const faultOf = async (work: Promise<unknown>): Promise<GroupReadFault> => {
        const error: unknown = await work.then(
          (answer) => new Error(`it answered ${inspect(answer)}`),
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(GroupReadFault);
        const { message, hint } = error as GroupReadFault;
        expect(hint).toMatch(/^[A-Z].*\.$/);
        expect(inspect([message, hint])).not.toMatch(/undefined|\[object/);
        expect(inspect(error, { depth: 9 })).not.toContain(h.secret);
        return error as GroupReadFault;
      };

      it('tells the members, again and again, and whoever is new or gone', async () => {
        const [one, two, three] = h.people;
        expect(await sorted()).toEqual([one, two, three].toSorted());
        expect(await sorted()).toEqual([one, two, three].toSorted());
        await h.setMembers([three]);
        expect(await read()).toEqual([three]);
      });

      it('tells that a group is gone, and that there never was one', async () => {
        expect(await read(h.groups.never)).toBeNull();
        await h.setMembers(null);
        expect(await read()).toBeNull();
        await h.setMembers(h.people);
        expect(await read()).toHaveLength(3);
      });

      it('does not take a name that can be none for a group that is gone', async () => {
        const said = await read(h.groups.nonsense).catch((error: unknown) => error);
        expect(said === null || said instanceof GroupReadFault).toBe(true);
        expect(await read()).toHaveLength(3);
      });

      it('is a fault of the source when it turns us away, and works again when it is back', async () => {
        h.breakDown();
        expect((await faultOf(read())).code).toBe('unreachable');
        h.mend();
        expect(await read()).toHaveLength(3);
      });

      it('is a fault wherever the connection is cut: never half of a group, never a group that is gone', async () => {
        for (let nth = 1; nth <= h.messages; nth += 1)
          for (const when of ['before', 'after'] as const) {
            h.cut(nth, when);
            expect((await faultOf(read())).code).toBe('unreachable');
          }
        h.mend();
        expect(await read()).toHaveLength(3);
      });

      it('ends soon after it was told to, though the source says nothing', async () => {
        h.hang();
        const started = performance.now();
        const fault = await faultOf(h.reader.read(h.groups.there, AbortSignal.timeout(100)));
        expect(fault.code).toBe('unreachable');
        expect(performance.now() - started).toBeLessThan(2_000);
        h.mend();
        expect(await read()).toHaveLength(3);
      });

      it('does not begin when it was told to end before', async () => {
        expect((await faultOf(h.reader.read(h.groups.there, AbortSignal.abort()))).code).toBe('unreachable');
      });

      it('is denied where the source does not know us', async () => {
        expect((await faultOf(read(h.groups.there, h.unwelcome))).code).toBe('denied');
      });
    },
  );
}
