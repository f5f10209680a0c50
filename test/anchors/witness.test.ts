import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWitness } from '../../src/anchors/witness.ts';
import { verifyCosignature } from '../../src/audit/cosignature.ts';
import { parseNote, parseVkey } from '../../src/audit/note.ts';
import { anchorContract } from '../contracts/anchor.ts';
import { startWitness, type WitnessServer } from '../fakes/witness-server.ts';
import { Heads, ORIGIN } from './heads.ts';

const startFor = (heads: Heads): Promise<WitnessServer> =>
  startWitness(() => ({ origin: ORIGIN, vkeys: [heads.signer.vkey] }));

anchorContract('witness', async (heads) => {
  const server = await startFor(heads);
  return {
    open: () =>
      createWitness({
        url: server.url,
        vkey: server.vkey,
        newest: async () => (server.seen.size === 0 ? null : heads.at(server.seen.size)),
      }),
    kept: async () => server.cosigned,
    tells: 'size',
    holdAnother: async ({ size }) => {
      const other = new Heads(7, 'other').at(size);
      const anchor = createWitness({ url: server.url, vkey: server.vkey, newest: async () => null });
      await anchor.publish(other, AbortSignal.timeout(5_000));
    },
    breakDown: () => server.behave('fail'),
    hang: () => server.behave('hang'),
    loseAnswers: () => server.behave('drop-answer'),
    mend: () => server.behave('well'),
    lacks: {},
    close: () => server.close(),
  };
});

describe('a witness', () => {
  const heads = new Heads();
  const soon = (): AbortSignal => AbortSignal.timeout(5_000);
  let server: WitnessServer;
  beforeEach(async () => {
    server = await startFor(heads);
  });
  afterEach(() => server.close());
  const open = (newest: number | null = null, vkey = server.vkey) =>
    createWitness({ url: server.url, vkey, newest: async () => (newest === null ? null : heads.at(newest)) });

  it('answers a cosignature that verifies for this head alone', async () => {
    server.behave('babble');
    const receipt = await open().publish(heads.at(6), soon());
    const key = parseVkey(server.vkey);
    const [signature] = parseNote(`text\n\n${receipt}`).signatures;
    if (signature === undefined) throw new Error('no signature');
    const text = (size: number): string => parseNote(heads.at(size).note).text;
    expect(Math.abs(verifyCosignature(text(6), signature, key) * 1_000 - Date.now())).toBeLessThan(10_000);
    expect(() => verifyCosignature(text(7), signature, key)).toThrow('does not verify');
    expect(receipt.split('\n')).toHaveLength(2);
  });

  it('is given a proof from where it is, which it tells: every size after every other', async () => {
    for (let from = 1; from <= 17; from += 1)
      for (let size = from; size <= 17; size += 1) {
        Object.assign(server.seen, { size: 0 });
        await open().publish(heads.at(from), soon());
        await open().publish(heads.at(size), soon());
        expect(server.seen.size).toBe(size);
      }
  });

  it('takes one request a head, once it has told where it is', async () => {
    const anchor = open();
    await anchor.publish(heads.at(3), soon());
    await anchor.publish(heads.at(5), soon());
    await anchor.publish(heads.at(9), soon());
    expect(server.requests.map((body) => body.split('\n', 1)[0])).toEqual(['old 0', 'old 3', 'old 5']);
  });

  it('that has seen a larger tree tells so at start, with the newest head that we have', async () => {
    await open().publish(heads.at(9), soon());
    expect(await open(4).held(soon())).toEqual([{ kind: 'size', size: 9 }]);
    await expect(open().publish(heads.at(4), soon())).rejects.toMatchObject({
      code: 'conflict',
      message: 'the witness witness.test/w1 has seen a tree of 9 events, and this one has 4',
    });
  });

  it('that has seen less is asked without harm', async () => {
    await open().publish(heads.at(4), soon());
    expect(await open(9).held(soon())).toEqual([{ kind: 'size', size: 4 }]);
    expect(server.seen.size).toBe(4);
  });

  it('is not asked before anything was signed', async () => {
    expect(await open().held(soon())).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  it.each(['well', 'tell-size'] as const)(
    'that holds another tree of that size tells so at start, and to its head (%s)',
    async (how) => {
      const other = new Heads(7, 'other');
      await open().publish(other.at(4), soon());
      server.behave(how);
      const conflict = {
        code: 'conflict',
        message: 'the witness witness.test/w1 has seen another tree of 4 events',
      };
      await expect(open(4).held(soon())).rejects.toMatchObject(conflict);
      await expect(open().publish(heads.at(4), soon())).rejects.toMatchObject(conflict);
    },
  );

  it('refuses a tree that does not follow', async () => {
    await open().publish(new Heads(7, 'other').at(4), soon());
    await expect(open().publish(heads.at(9), soon())).rejects.toMatchObject({ code: 'conflict' });
    expect(server.seen.size).toBe(4);
  });

  it('that does not know the log, or its key, is told of with what to do', async () => {
    await using stranger = await startWitness(() => ({ origin: 'other.test/log', vkeys: [] }));
    const anchor = createWitness({ url: stranger.url, vkey: stranger.vkey, newest: async () => null });
    await expect(anchor.publish(heads.at(4), soon())).rejects.toMatchObject({
      code: 'refused',
      message: 'the witness witness.test/w1 answered HTTP 404',
      hint: expect.stringContaining('keys list'),
    });
    const forged = new Heads(8);
    await expect(open().publish(forged.at(4), soon())).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('HTTP 403'),
    });
  });

  it('that signs something else, or is another than we were told, has cosigned nothing', async () => {
    server.behave('lie');
    const refused = { code: 'refused', hint: expect.stringContaining('COUNTERSIGN_WITNESS_VKEY') };
    await expect(open().publish(heads.at(4), soon())).rejects.toMatchObject(refused);
    server.behave('well');
    await using other = await startFor(heads);
    await expect(open(null, other.vkey).publish(heads.at(4), soon())).rejects.toMatchObject(refused);
  });

  it('that sends us elsewhere is not followed', async () => {
    server.behave('not-for-long');
    await expect(open().publish(heads.at(4), soon())).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('HTTP 307'),
    });
  });
});
