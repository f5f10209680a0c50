import { describe, expect, it, vi } from 'vitest';
import { streamOf } from '../../src/domain/state.ts';
import { evidenceOf } from '../../src/evidence/bundle.ts';
import { gatherEvidence, type Wanted } from '../../src/evidence/gather.ts';
import { EvidenceError } from '../../src/evidence/source.ts';
import { LIMITS } from '../../src/limits.ts';
import { ASKER, event } from '../domain/facts.ts';
import { ID, type Life, life } from './lives.ts';
import { signer } from './log.ts';

const FULL = 'a full life';

/** Signs the head as it is now, as the bot does. */
const seal = ({ log }: Life): void => {
  log.checkpoint = log.signed();
};
const gathered = (lived: Life, differing: Partial<Wanted> = {}) =>
  gatherEvidence(lived.log, { ...lived.wanted(), ...differing });

async function refused(work: Promise<unknown>): Promise<EvidenceError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof EvidenceError)) throw new Error(`expected an EvidenceError, got ${String(error)}`);
  return error;
}

it('of a request that does not exist, there is none', async () => {
  expect(await gathered(life(FULL), { request: 'req_000000000000' })).toBeNull();
});

describe('the checkpoint', () => {
  it('is the newest signed one that covers the events, though the log has grown since', async () => {
    const lived = life(FULL);
    seal(lived);
    const { size } = lived.log.headNow();
    lived.sweepFinds('other');
    const sign = vi.spyOn(signer, 'sign');
    const source = await gathered(lived);
    expect(source?.checkpoint.size).toBe(size);
    expect(sign).not.toHaveBeenCalled();
    sign.mockRestore();
    expect(evidenceOf(source!).has('checkpoint')).toBe(true);
  });

  it('is signed now where the newest does not cover them', async () => {
    const lived = life('one that is active');
    seal(lived);
    lived.does('done', { by: ASKER });
    const source = await gathered(lived);
    expect(source?.checkpoint).toMatchObject(lived.log.headNow());
  });

  it('is not signed now where that is not allowed, and says what to do', async () => {
    const error = await refused(gathered(life(FULL), { signNow: null }));
    expect([error.code, error.message]).toEqual([
      'no_checkpoint',
      `no signed head of the log covers the events of ${ID} yet`,
    ]);
    expect(error.hint).toContain('doctor');
  });

  it('that someone else signed, or nobody, does not count', async () => {
    for (const note of [
      '',
      signer.sign({ size: 40, root: 'e'.repeat(64) }).replace(/[A-Za-z0-9+/]{20}=*\n$/, 'AAAA\n'),
    ]) {
      const lived = life(FULL);
      lived.log.checkpoint = { ...lived.log.headNow(), note, at: 0 };
      expect((await gathered(lived))?.checkpoint).toMatchObject(lived.log.headNow());
    }
  });

  it.each([3, 1_000])(
    'of a log that does not begin with the %i events that are signed is not made',
    async (size) => {
      const other = { size, root: 'e'.repeat(64) };
      const lived = life(FULL);
      lived.log.checkpoint = { ...other, note: signer.sign(other), at: 0 };
      const error = await refused(gathered(lived));
      expect([error.code, error.message]).toEqual([
        'tree_differs',
        `the log does not begin with the ${size} events that are signed`,
      ]);
    },
  );
});

describe('anchors', () => {
  it('count with the earliest head that covers the request', async () => {
    const lived = life(FULL);
    const first = lived.log.headNow();
    lived.sweepFinds('other');
    const second = lived.log.headNow();
    for (const [i, head] of [first, second].entries())
      lived.log.taken.push({ ...head, anchor: 'folder', at: i, receipt: String(i) });
    expect((await gathered(lived))?.anchored).toMatchObject([{ ...first, receipt: '0' }]);
  });

  it('are signed again only where the signed checkpoint begins with them', async () => {
    const lived = life(FULL);
    seal(lived);
    const taken = { anchor: 'folder', at: 0, receipt: 'x' };
    lived.log.taken.push({ ...lived.log.headNow(), ...taken });
    lived.sweepFinds('other');
    lived.log.taken.push({ ...lived.log.headNow(), ...taken, anchor: 'larger' });
    const source = await gathered(lived, { signNow: null });
    expect(source?.anchored.map(({ note }) => note)).toEqual([lived.log.checkpoint?.note, null]);
  });
});

it('reads streams that are longer than one answer of the log', async () => {
  const lived = life('one that waits');
  for (let round = 1; round <= LIMITS.logSearchMax + 5; round += 1)
    lived.log.append(streamOf(ID), event('ApproversReminded', { round }), lived.now, ASKER);
  const source = await gathered(lived);
  const reminded = source?.entries.filter(({ event: { type } }) => type === 'ApproversReminded');
  expect(reminded).toHaveLength(LIMITS.logSearchMax + 5);
});

it('refuses events whose bytes changed between two readings', async () => {
  const lived = life(FULL);
  const { stored } = lived.log;
  lived.log.stored = async (index, limit) =>
    (await stored(index, limit)).map((each) => ({ ...each, leaf: Buffer.alloc(32) }));
  const error = await refused(gathered(lived));
  expect([error.code, error.message]).toEqual([
    'event_not_in_tree',
    'event 0 is not what it was a moment ago',
  ]);
});
