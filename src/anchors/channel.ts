import { parseCheckpoint } from '../audit/checkpoint.ts';
import { parseNote } from '../audit/note.ts';
import { type Anchor, AnchorFault } from '../ports/anchor.ts';
import { type Chat, ChatFault } from '../ports/chat.ts';
import type { Channel } from '../ports/directory.ts';
import { refuseLate } from './deadline.ts';

/**
 * The head where people read it: whoever has seen the message can say so. The platform cannot be trusted to give it
 * back unchanged, so nothing is read out of it. The receipt is conversation and time stamp of the message.
 */
export function createChannel(chat: Chat, { key, conversation }: Channel): Anchor {
  const to = { conversation, thread: null };
  /** The head tried last: it may be there though its answer was lost. What a process before us tried is not known. */
  let tried: string | null = null;
  return {
    name: `channel:${key}`,
    async publish({ size, root, note }, signal) {
      refuseLate(`channel ${key}`, signal);
      const { origin } = parseCheckpoint(parseNote(note).text);
      const name = `log/checkpoint/${size}/${root.slice(0, 16)}`;
      const mayBeThere = tried === null || tried === name;
      tried = name;
      try {
        const found = mayBeThere ? await chat.find(to, name) : null;
        refuseLate(`channel ${key}`, signal);
        const message =
          found ?? (await chat.post(to, { kind: 'checkpoint', origin, size, root, note }, name));
        return `${message.conversation}/${message.ts}`;
      } catch (error) {
        throw error instanceof ChatFault ? faultOf(key, error) : error;
      }
    },
    held: async () => [],
  };
}

function faultOf(key: string, error: ChatFault): AnchorFault {
  const passing = error.code === 'throttled' || error.code === 'unreachable';
  const hint = passing
    ? 'It is tried again by itself.'
    : 'Invite the bot to that channel, or name another one as audit.channel in the catalogue.';
  const message = `the channel ${key} does not take a message (${error.code})`;
  return new AnchorFault(passing ? 'unreachable' : 'refused', message, hint, { cause: error });
}
