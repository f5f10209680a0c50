import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/ports/store.ts';
import { type Database, openDatabase } from '../../src/store/sqlite/database.ts';
import { openSqliteReader, type Reader } from '../../src/store/sqlite/reader.ts';
import { storeOn } from '../../src/store/sqlite/store.ts';
import {
  approval,
  event,
  following,
  opening,
  redactionOf,
  streamNumber,
  subjectOf,
  submission,
  withdrawal,
} from '../contracts/store-samples.ts';
import { parts, sealerOf, sqlitePlace } from './places.ts';

let place: Awaited<ReturnType<typeof sqlitePlace>>;
let database: Database;
let store: Store;

async function open(more: Partial<typeof parts> = {}): Promise<void> {
  database = openDatabase(place.file);
  store = await storeOn(database, { ...parts, ...more });
}
beforeEach(async () => {
  place = await sqlitePlace();
  await open();
  const personal = { justification: 'because of 1', ticket: 'INC-1' };
  await store.append(opening(1, { events: [event({ ...submission(), personal })] }));
  await store.append(
    following(1, 1, {
      events: [
        event({ ...approval(), personal: { comment: 'yes' } }),
        event({
          type: 'RevocationStarted',
          data: { trigger: 'expired', by: null },
          personal: { reason: 'its time was over' },
        }),
      ],
    }),
  );
});
afterEach(async () => {
  await store.close();
  await place.discard();
});

/** As someone would who has the file and means harm. */
function tamper(sql: string): void {
  database.raw.exec('DROP TRIGGER disclosures_no_delete; DROP TRIGGER disclosures_only_emptied');
  database.raw.exec(sql);
}
const damage = (index: number, field: string, what = 'that does not open') => ({
  code: 'store_corrupt',
  message: `event ${index} of the log has a disclosure of "${field}" ${what}`,
});

describe('a text beside the log', () => {
  it('goes under the key of whoever wrote it, or of whoever asked where no person did', async () => {
    const sealed = await store.storedDisclosures(0, 9);
    expect(sealed.map(({ index, field, subject }) => [index, field, subject])).toEqual([
      [0, 'justification', subjectOf(1)],
      [0, 'ticket', subjectOf(1)],
      [1, 'comment', subjectOf(2)],
      [2, 'reason', subjectOf(1)],
    ]);
    expect(database.raw.prepare('SELECT subject FROM subject_keys ORDER BY 1').pluck().all()).toEqual([
      subjectOf(1),
      subjectOf(2),
    ]);
  });

  it('is sealed anew each time: the same text never gives the same bytes', async () => {
    for (const n of [2, 3])
      await store.append(opening(n, { events: [event({ ...submission(), personal: { ticket: 'INC-9' } })] }));
    const sealed = database.raw.prepare<[], Buffer>('SELECT sealed FROM disclosures').pluck().all();
    expect(new Set(sealed.map((each) => each.subarray(0, 12).toString('hex'))).size).toBe(sealed.length);
  });

  it.each([
    ['to another event', `log_index = 1, field = 'ticket'`, 1, 'ticket'],
    ['to another field of its event', `field = 'a'`, 0, 'a'],
    ['under another person’s name', `subject = '${subjectOf(2)}'`, 0, 'ticket'],
    ['under the name of someone without a key', `subject = '${subjectOf(3)}'`, 0, 'ticket'],
  ])('does not open when it was moved %s', async (_name, moved, index, field) => {
    tamper(`UPDATE disclosures SET ${moved} WHERE log_index = 0 AND field = 'ticket'`);
    await expect(store.disclosures(streamNumber(1))).rejects.toMatchObject(damage(index, field));
    await expect(store.storedDisclosures(0, 9)).rejects.toMatchObject(damage(index, field));
  });

  it('does not open when it is another event’s text of the same field and person', async () => {
    await store.append(opening(2));
    const other = `(SELECT sealed FROM disclosures WHERE log_index = 3 AND field = 'justification')`;
    tamper(`UPDATE disclosures SET sealed = ${other} WHERE log_index = 0 AND field = 'justification'`);
    await expect(store.disclosures(streamNumber(1))).rejects.toMatchObject(damage(0, 'justification'));
    expect(await store.disclosures(streamNumber(2))).toHaveLength(1);
  });

  it.each([
    ['its nonce', 0],
    ['its text', 13],
    ['its tag', -1],
  ])('does not open when %s was changed', async (_name, position) => {
    const select = `SELECT sealed FROM disclosures WHERE log_index = 0 AND field = 'ticket'`;
    const sealed = database.raw.prepare<[], Buffer>(select).pluck().get() ?? Buffer.alloc(0);
    const at = position < 0 ? sealed.length + position : position;
    sealed[at] = (sealed[at] ?? 0) ^ 1;
    tamper(
      `UPDATE disclosures SET sealed = x'${sealed.toString('hex')}' WHERE log_index = 0 AND field = 'ticket'`,
    );
    await expect(store.disclosures(streamNumber(1))).rejects.toMatchObject(damage(0, 'ticket'));
  });

  it('does not open when it was cut short', async () => {
    tamper(`UPDATE disclosures SET sealed = x'00' WHERE log_index = 0 AND field = 'ticket'`);
    await expect(store.disclosures(streamNumber(1))).rejects.toMatchObject(damage(0, 'ticket'));
  });

  it('is not believed beside an event that was changed', async () => {
    database.raw.exec('DROP TRIGGER events_no_update');
    database.raw.exec(`UPDATE events SET bytes = replace(bytes, 'orders', 'others') WHERE log_index = 0`);
    await expect(store.disclosures(streamNumber(1))).rejects.toMatchObject({
      code: 'store_corrupt',
      message: 'event 0 of the log has bytes that do not give its hash',
    });
  });

  it('is neither changed nor removed in passing', () => {
    const change = `UPDATE disclosures SET sealed = x'01'`;
    expect(() => database.raw.exec(change)).toThrow('disclosures are emptied, not changed');
    expect(() => database.raw.exec(`UPDATE disclosures SET subject = 's:'`)).toThrow('not changed');
    expect(() => database.raw.exec('DELETE FROM disclosures')).toThrow(
      'disclosures are emptied, not deleted',
    );
  });
});

describe('the keys of people', () => {
  const wrongKeys = {
    code: 'store_corrupt',
    message: `the key of ${subjectOf(1)} does not open: it was changed, or sealed by another installation`,
    hint: expect.stringContaining('Check that the keys folder belongs to this database') as string,
  };

  it('open for this installation alone: with other keys no text is read, and none is added', async () => {
    await store.close();
    await open({ sealer: sealerOf('another installation') });
    await expect(store.disclosures(streamNumber(1))).rejects.toMatchObject(wrongKeys);
    await expect(store.append(opening(2))).rejects.toMatchObject(wrongKeys);
    expect(await store.size()).toBe(3);
    expect(await store.read(streamNumber(1))).toHaveLength(3);
  });

  it('do not open as someone else’s', async () => {
    const other = `(SELECT wrapped FROM subject_keys WHERE subject = '${subjectOf(2)}')`;
    database.raw.exec(`UPDATE subject_keys SET wrapped = ${other} WHERE subject = '${subjectOf(1)}'`);
    await expect(store.disclosures(streamNumber(1))).rejects.toMatchObject(wrongKeys);
  });

  it('are not used before they are stored: one that was undone with its commit seals nothing', async () => {
    const text = (comment: string) => event({ ...approval(subjectOf(7)), personal: { comment } });
    const orphan = following(5, 0, { events: [text('lost')] });
    await expect(store.append(orphan)).rejects.toThrow('does not begin with a submission');
    await Promise.allSettled([
      store.append(following(5, 0, { events: [text('lost'), text('lost too')] })),
      store.append(following(1, 3, { events: [text('kept')] })),
    ]);
    expect((await store.disclosures(streamNumber(1))).at(-1)?.value).toBe('kept');
    await store.close();
    await open();
    expect((await store.disclosures(streamNumber(1))).at(-1)?.value).toBe('kept');
  });

  it('are made anew after they were forgotten, whatever is remembered of them', async () => {
    await store.append(following(1, 3, { events: [event(withdrawal())] }));
    await store.redact(redactionOf({ cause: 'person', subject: subjectOf(1) }));
    await store.append(opening(2));
    expect(await store.disclosures(streamNumber(2))).toHaveLength(1);
    await store.close();
    await open();
    expect(await store.disclosures(streamNumber(2))).toHaveLength(1);
  });

  it('are more than are remembered', async () => {
    for (let n = 2; n <= 1_010; n++) {
      const asked = {
        ...submission({ requester: subjectOf(n + 100) }),
        personal: { justification: `of ${n}` },
      };
      await store.append(opening(n, { events: [event(asked)] }));
    }
    for (const n of [2, 500, 1_010])
      expect(await store.disclosures(streamNumber(n))).toMatchObject([{ value: `of ${n}` }]);
  });
});

describe('whoever only reads', () => {
  it('sees the texts with the keys, and everything else without', async () => {
    await store.enter({
      stream: 'log',
      expectedVersion: 0,
      events: [
        {
          type: 'LogRead',
          id: 'evt_read',
          at: 1,
          data: { by: subjectOf(5), what: 'export', as: 'auditor', query: {}, request: null },
        },
      ],
    });
    await store.saveCheckpoint({ size: 1, root: 'r', note: 'n', at: 1 });
    await store.moveCursor('siem', 3);
    await using blind = await openSqliteReader(place.file, null);
    await using reader = await openSqliteReader(place.file, parts.sealer);
    expect(await reader.disclosures(streamNumber(1))).toEqual(await store.disclosures(streamNumber(1)));
    expect(await reader.storedDisclosures(0, 9)).toHaveLength(4);
    expect(await blind.disclosures(streamNumber(1))).toEqual([]);
    expect(await blind.storedDisclosures(0, 9)).toEqual([]);
    expect(await blind.head()).toEqual(await store.head());
    expect(await blind.hashes([{ level: 1, index: 0 }])).toEqual(
      await store.hashes([{ level: 1, index: 0 }]),
    );
    expect(await blind.stored(0, 9)).toHaveLength(4);
    expect(await blind.search({ types: ['LogRead'], limit: 9 })).toEqual(await blind.journal('log'));
    expect(await blind.newestCheckpoint()).toMatchObject({ size: 1 });
    expect(await blind.receipts(9)).toEqual([]);
    expect(await blind.newestReceipt('chat')).toBeNull();
    expect(await blind.cursor('siem')).toBe(3);
  });

  it('gets texts sealed, to hold them against their events itself: what does not open is none', async () => {
    await using blind = await openSqliteReader(place.file, null);
    await using stranger = await openSqliteReader(place.file, sealerOf('another installation'));
    await using reader = await openSqliteReader(place.file, parts.sealer);
    const id = (await store.read(streamNumber(1)))[0]?.meta.id ?? '';
    const disclosed = (await store.storedDisclosures(0, 1)).map(({ disclosure }) => disclosure);
    const opened = async (from: Reader, eventId: string) =>
      (await from.sealedTexts(0, 1)).map((text) => text.open(eventId));
    expect(await opened(reader, id)).toEqual(disclosed);
    for (const none of [opened(reader, 'evt_other'), opened(blind, id), opened(stranger, id)])
      expect(await none).toEqual([null, null]);
    await store.redact(redactionOf({ cause: 'field', targets: [{ index: 0, field: 'ticket' }] }));
    expect((await reader.sealedTexts(0, 1)).map(({ field }) => field)).toEqual(['justification']);
    expect((await reader.sealedTexts(0, 3)).map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  it('sees no text any more once it is forgotten, though the key was remembered', async () => {
    await using reader = await openSqliteReader(place.file, parts.sealer);
    expect(await reader.disclosures(streamNumber(1))).toHaveLength(4);
    await store.append(following(1, 3, { events: [event(withdrawal())] }));
    await store.redact(redactionOf({ cause: 'person', subject: subjectOf(1) }));
    expect(await reader.disclosures(streamNumber(1))).toEqual([]);
  });
});
