import { createHash } from 'node:crypto';
import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import { type Chat, ChatFault, type MessageRef, type Notice } from '../../ports/chat.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AccountRef, Standing } from '../../ports/directory.ts';
import { narrate } from '../narrate.ts';
import { homeView } from './home.ts';
import { render } from './render.ts';
import type { SlackWeb } from './web.ts';

const METADATA_TYPE = 'countersign';

const posted = z.object({ channel: z.string(), ts: z.string() });
const opened = z.object({ channel: z.object({ id: z.string() }) });
const page = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      user: z.string().optional(),
      metadata: z
        .object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) })
        .optional(),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

interface OutboundParts {
  readonly web: SlackWeb;
  readonly clock: Clock;
  readonly botUserId: () => Promise<string>;
  readonly standing: (account: AccountRef) => Promise<Standing>;
}

/** Slack, outward: notices rendered, sent and updated; a message we may have sent is found again by its key. */
export function createOutbound({ web, clock, botUserId, standing }: OutboundParts): Chat {
  const directs = new Map<string, string>();
  return {
    platform: 'slack',
    standing,

    async direct(account) {
      const kept = directs.get(account.user);
      if (kept !== undefined) return kept;
      const { channel } = read(
        opened,
        'conversations.open',
        await web.call('conversations.open', { users: account.user }),
      );
      if (directs.size >= LIMITS.conversationsRememberedMax) directs.clear();
      directs.set(account.user, channel.id);
      return channel.id;
    },

    async post(to, notice, key) {
      const answer = await web.call('chat.postMessage', {
        channel: to.conversation,
        ...(to.thread !== null && { thread_ts: to.thread, reply_broadcast: isForAll(notice) }),
        ...render(narrate(notice)),
        unfurl_links: false,
        unfurl_media: false,
        metadata: { event_type: METADATA_TYPE, event_payload: { key } },
      });
      const { channel, ts } = read(posted, 'chat.postMessage', answer);
      return { conversation: channel, ts };
    },

    async update(message, notice) {
      const { conversation: channel, ts } = message;
      await web.call('chat.update', { channel, ts, ...render(narrate(notice)) });
    },

    find: (to, key) => findByKey(web, to, key, botUserId),

    async publishHome(account, home) {
      await web.call('views.publish', { user_id: account.user, view: homeView(home, clock.now()) });
    },

    appearance: (notice) =>
      createHash('sha256')
        .update(JSON.stringify(render(narrate(notice))))
        .digest('hex'),
  };
}

/** A reminder that only the thread's followers see reminds nobody: it is shown in the channel too. */
const isForAll = (notice: Notice): boolean =>
  notice.kind === 'thread-post' && notice.told.type === 'ApproversReminded';

/** Looks through the newest pages only: what is looked for was sent a moment ago, or not at all. */
async function findByKey(
  web: SlackWeb,
  to: { readonly conversation: string; readonly thread: string | null },
  key: string,
  botUserId: () => Promise<string>,
): Promise<MessageRef | null> {
  const method = to.thread === null ? 'conversations.history' : 'conversations.replies';
  const bot = await botUserId();
  let cursor: string | undefined;
  for (let pages = 0; pages < LIMITS.findPagesMax; pages += 1) {
    const answer = await web.call(method, {
      channel: to.conversation,
      ...(to.thread !== null && { ts: to.thread }),
      ...(cursor !== undefined && { cursor }),
      include_all_metadata: true,
      limit: 200,
    });
    const { messages, response_metadata } = read(page, method, answer);
    // Anyone's app may write metadata: only our own messages count.
    const found = messages.find(
      ({ user, metadata }) =>
        user === bot && metadata?.event_type === METADATA_TYPE && metadata.event_payload.key === key,
    );
    if (found) return { conversation: to.conversation, ts: found.ts };
    cursor = response_metadata?.next_cursor;
    if (cursor === undefined || cursor === '') return null;
  }
  return null;
}

function read<T>(schema: z.ZodType<T>, method: string, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new ChatFault('unreachable', `slack ${method}: an answer of unknown shape`);
}
