import type { JSX } from 'preact';
import { Avatar } from './avatar.tsx';
import { Blocks } from './blocks.tsx';
import { type ConversationSnapshot, type MessageSnapshot, userOf, useSession } from './client.ts';
import { Icon } from './icons.tsx';
import { Mrkdwn } from './mrkdwn-text.tsx';
import { useNewSurface } from './surface.ts';
import { clockTime, dayKey, dayName, fullTime } from './time.ts';

interface MessageProps {
  conversation: ConversationSnapshot;
  message: MessageSnapshot;
  /** Follows another by the same author: no avatar, no name. */
  compact?: boolean;
  inThread?: boolean;
}

export function MessageView({
  conversation,
  message,
  compact = false,
  inThread = false,
}: MessageProps): JSX.Element {
  const { snapshot, me, thread, openThread } = useSession();
  const author = userOf(snapshot, message.user);
  const time = clockTime(message.ts, me.tz);
  const canReply = !inThread && !message.isEphemeral;
  const open = () => openThread({ channel: conversation.id, ts: message.ts });
  const isOpen = !inThread && thread?.ts === message.ts;
  const classes = [
    'message',
    compact && 'is-compact',
    message.isEphemeral && 'is-ephemeral',
    isOpen && 'is-open',
  ];
  return (
    <article class={classes.filter(Boolean).join(' ')} aria-label={`${author.realName} at ${time}`}>
      <div class="message-gutter">
        {compact ? (
          <time class="message-time" title={fullTime(message.ts, me.tz)}>
            {time}
          </time>
        ) : (
          <Avatar user={author} />
        )}
      </div>
      <div class="message-main">
        {message.isEphemeral && (
          <div class="message-private">
            <Icon name="eye" size={13} /> Only visible to you
          </div>
        )}
        {!compact && (
          <div class="message-head">
            <span class="message-author">{author.realName}</span>
            {author.isBot && <span class="badge">APP</span>}
            <time class="message-time" title={fullTime(message.ts, me.tz)}>
              {time}
            </time>
          </div>
        )}
        <MessageBody conversation={conversation} message={message} />
        {canReply && (message.reply_count ?? 0) > 0 && <ThreadLink message={message} onOpen={open} />}
      </div>
      {canReply && (
        <div class="message-tools">
          <button
            type="button"
            class="tool"
            onClick={open}
            aria-label="Reply in thread"
            title="Reply in thread"
          >
            <Icon name="reply" />
          </button>
        </div>
      )}
    </article>
  );
}

function MessageBody({
  conversation,
  message,
}: {
  conversation: ConversationSnapshot;
  message: MessageSnapshot;
}): JSX.Element {
  const blocks = message.blocks ?? [];
  const surface = useNewSurface({ channel: conversation.id, ts: message.ts }, blocks);
  const edited = message.edited && message.blocks === undefined && (
    <span class="message-edited"> (edited)</span>
  );
  return (
    <div class="message-body">
      {blocks.length > 0 ? <Blocks blocks={blocks} surface={surface} /> : <Mrkdwn text={message.text} />}
      {edited}
    </div>
  );
}

function ThreadLink({ message, onOpen }: { message: MessageSnapshot; onOpen: () => void }): JSX.Element {
  const { snapshot, me, nowMs } = useSession();
  const count = message.reply_count ?? 0;
  const last = message.latest_reply ?? message.ts;
  const today = dayKey(Number(last) * 1000, me.tz) === dayKey(nowMs, me.tz);
  const when = `${today ? 'today' : dayName(last, me.tz, nowMs)} at ${clockTime(last, me.tz)}`;
  return (
    <button type="button" class="thread-link" onClick={onOpen}>
      {(message.reply_users ?? []).slice(0, 4).map((id) => (
        <Avatar key={id} user={userOf(snapshot, id)} size={24} />
      ))}
      <strong>{count === 1 ? '1 reply' : `${count} replies`}</strong>
      <span class="thread-when">Last reply {when}</span>
    </button>
  );
}
