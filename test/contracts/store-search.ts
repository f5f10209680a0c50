import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import type { LogQuery } from '../../src/ports/audit-log.ts';
import type { Subject } from './store.ts';
import {
  approval,
  event,
  following,
  introduction,
  now,
  opening,
  provisioning,
  reading,
  streamNumber,
  subjectOf,
  submission,
} from './store-samples.ts';

export function searchContract(subject: Subject): void {
  describe('a search of the log', () => {
    const found = async (query: Partial<LogQuery>) =>
      (await subject.store.search({ limit: 100, ...query })).map((each) => each.meta.index);

    beforeEach(() => fill(subject));

    it('finds events of both kinds, in log order, as they are read from their streams', async () => {
      const { store } = subject;
      expect(await found({})).toEqual([0, 1, 2, 3, 4, 5]);
      const events = await store.search({ limit: 100 });
      expect(events.filter((each) => each.meta.stream === 'log')).toEqual(await store.journal('log'));
      expect(events.filter((each) => each.meta.stream === streamNumber(1))).toEqual(
        await store.read(streamNumber(1)),
      );
    });

    it.each<[string, Partial<LogQuery>, readonly number[]]>([
      ['person: whoever is named in an event', { subject: subjectOf(2) }, [1, 2, 4]],
      ['a person nobody mentions', { subject: subjectOf(77) }, []],
      ['type', { types: ['RequestSubmitted'] }, [0, 2]],
      ['several types', { types: ['RequestSubmitted', 'LogRead'] }, [0, 2, 4]],
      ['no type at all', { types: [] }, []],
      ['a type that stands within another event’s data', { types: ['ApproversReminded'] }, []],
      ['stream', { stream: streamNumber(1) }, [0, 1, 5]],
      ['a stream that is not there', { stream: 'redaction/none' }, []],
      ['entitlement', { entitlement: 'a' }, [0, 1, 5]],
      ['an entitlement that nobody asked for', { entitlement: 'c' }, []],
      ['time, its beginning included', { from: now + 3_000 }, [3, 4, 5]],
      ['time, its end not included', { to: now + 3_000 }, [0, 1, 2]],
      ['what comes after an index', { after: 3 }, [4, 5]],
      ['what comes after the last', { after: 5 }, []],
      ['a number of events', { limit: 2 }, [0, 1]],
      [
        'a number of events after an index',
        { after: 1, types: ['RequestSubmitted', 'LogRead'], limit: 1 },
        [2],
      ],
      ['no event', { limit: 0 }, []],
      ['a negative number of events', { limit: -1 }, []],
      [
        'all of these together',
        {
          subject: subjectOf(2),
          entitlement: 'b',
          from: now + 2_000,
          to: now + 3_000,
          types: ['RequestSubmitted'],
        },
        [2],
      ],
    ])('goes by %s', async (_name, query, indexes) => {
      expect(await found(query)).toEqual(indexes);
    });

    it('goes by the time of each event, also where they do not stand in the order of their times', async () => {
      await subject.store.append(
        following(2, 1, { events: [event({ ...approval(), at: now + 500 } as never)] }),
      );
      expect(await found({ from: now + 500, to: now + 501 })).toEqual([6]);
    });

    it('is not led astray by what a text quotes', async () => {
      const quote = '"type":"LogRead","v":1 "s:000000000000000000000002" "stream":"log","type":"LogRead"';
      const scope = { note: quote, type: 'LogRead', v: 1 };
      const { entitlement, ...data } = submission().data;
      const events = [
        event({ type: 'RequestSubmitted', data: { ...data, entitlement: { ...entitlement, scope } } }),
      ];
      await subject.store.append(opening(3, { events }));
      expect(await found({ types: ['LogRead'] })).toEqual([4]);
      expect(await found({ subject: subjectOf(2) })).toEqual([1, 2, 4]);
    });

    it('answers no more than the limit of the house, and goes on where it stopped', async () => {
      const events = Array.from({ length: 32 }, () => reading());
      for (let i = 0; i < 32; i++)
        await subject.store.enter({ stream: 'log', expectedVersion: null, events });
      const types = ['LogRead'];
      const first = await found({ types, limit: 5_000 });
      expect(first).toHaveLength(LIMITS.logSearchMax);
      const rest = await found({ types, limit: 5_000, after: first.at(-1) ?? 0 });
      expect([...first, ...rest]).toHaveLength(32 * 32 + 1);
    });
  });
}

async function fill({ store }: Subject): Promise<void> {
  const asked = (requester: number, entitlement: string) =>
    submission({ requester: subjectOf(requester), entitlement });
  const at = (index: number) => ({ at: now + index * 1_000 });
  await store.append(opening(1, { events: [{ ...event(asked(1, 'a')), ...at(0) }] }));
  await store.append(following(1, 1, { events: [{ ...event(approval(subjectOf(2))), ...at(1) }] }));
  await store.append(opening(2, { events: [{ ...event(asked(2, 'b')), ...at(2) }] }));
  const [introduced] = introduction(3).events;
  if (introduced === undefined) throw new Error('nobody is introduced');
  await store.enter({ ...introduction(3), events: [{ ...introduced, ...at(3) }] });
  const query = { subject: subjectOf(2) };
  await store.enter({
    stream: 'log',
    expectedVersion: 0,
    events: [{ ...reading(subjectOf(5), query), ...at(4) }],
  });
  const made = provisioning('jit_a');
  const { handle } = made.data;
  const connector = { ...handle.connector, config: { type: 'ApproversReminded', v: 1 } };
  const data = { ...made.data, handle: { ...handle, connector } };
  await store.append(following(1, 2, { events: [{ ...event({ ...made, data }), ...at(5) }] }));
}
