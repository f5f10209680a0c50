import { describe, expect, it } from 'vitest';
import { createChannel } from '../../src/anchors/channel.ts';
import { narrate } from '../../src/chat/narrate.ts';
import { anchorContract } from '../contracts/anchor.ts';
import { FakeChat } from '../fakes/chat.ts';
import { Heads, ORIGIN } from './heads.ts';

const LOG = { key: 'access-log', platform: 'slack', conversation: 'C0LOG' } as const;
const sizesIn = (chat: FakeChat): number[] =>
  chat.messages.map(({ notice }) => (notice.kind === 'checkpoint' ? notice.size : Number.NaN));

anchorContract('channel', async () => {
  const chat = new FakeChat(() => 0);
  return {
    open: () => createChannel(chat, LOG),
    kept: async () => sizesIn(chat),
    tells: 'nothing',
    holdAnother: null,
    breakDown: () => void chat.unreachable.add('*'),
    hang: null,
    loseAnswers: () => {
      chat.loseAnswers = 1;
    },
    mend: () => {
      chat.unreachable.clear();
      chat.loseAnswers = 0;
    },
    lacks: {
      holdAnother: 'people compare what they have read; the platform does not',
      hang: 'a chat bounds its own calls in time, by its contract',
    },
    close: async () => {},
  };
});

describe('a head in a channel', () => {
  const heads = new Heads();
  const soon = (): AbortSignal => AbortSignal.timeout(5_000);

  it('is there whole, for whoever reads it to keep', async () => {
    const chat = new FakeChat(() => 0);
    expect(await createChannel(chat, LOG).publish(heads.at(6), soon())).toBe('C0LOG/1.0');
    const [message] = chat.in('C0LOG');
    expect(message?.notice).toEqual({
      kind: 'checkpoint',
      origin: ORIGIN,
      size: 6,
      root: heads.at(6).root,
      note: heads.at(6).note,
    });
    expect(message && narrate(message.notice).blocks).toContainEqual({
      kind: 'verbatim',
      label: 'To keep, or to verify',
      text: heads.at(6).note,
    });
  });

  it('is looked for only where it may be there already', async () => {
    const chat = new FakeChat(() => 0);
    const looked: string[] = [];
    const find = chat.find.bind(chat);
    chat.find = async (to, key) => {
      looked.push(key.slice(0, -17));
      return find(to, key);
    };
    const anchor = createChannel(chat, LOG);
    for (const size of [1, 2, 3]) await anchor.publish(heads.at(size), soon());
    expect(looked).toEqual(['log/checkpoint/1']);
    await anchor.publish(heads.at(3), soon());
    expect(looked).toEqual(['log/checkpoint/1', 'log/checkpoint/3']);
  });

  it('that the channel will not take says what to do', async () => {
    const chat = new FakeChat(() => 0);
    chat.gone.add('C0LOG');
    await expect(createChannel(chat, LOG).publish(heads.at(1), soon())).rejects.toMatchObject({
      code: 'refused',
      message: 'the channel access-log does not take a message (gone)',
      hint: expect.stringContaining('audit.channel'),
    });
  });
});
