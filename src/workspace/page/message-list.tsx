import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type ConversationSnapshot, type MessageSnapshot, useSession } from './client.ts';
import { MessageView } from './message.tsx';
import { dayKey, dayName } from './time.ts';

const groupGapS = 300;
const nearBottomPx = 120;

/** The roots of a conversation, by day, grouped by author, with a line above what is new. */
export function MessageList({ conversation }: { conversation: ConversationSnapshot }): JSX.Element {
  const { me, act } = useSession();
  const list = useRef<HTMLDivElement>(null);
  const stick = useRef(true);
  const shown = conversation.messages.filter((one) => !isReply(one));
  const firstNew = useFirstNew(conversation, shown);
  const last = conversation.messages.at(-1)?.ts;
  useLayoutEffect(() => {
    stick.current = true;
  }, [conversation.id]);
  useLayoutEffect(() => {
    if (list.current && stick.current) list.current.scrollTop = list.current.scrollHeight;
  });
  useEffect(() => {
    if (conversation.unread > 0) void act({ do: 'read', channel: conversation.id });
  }, [conversation.id, conversation.unread, last]);
  return (
    <div
      ref={list}
      class="message-list"
      role="log"
      aria-label="Messages"
      tabIndex={0}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        stick.current = scrollHeight - scrollTop - clientHeight < nearBottomPx;
      }}
    >
      <div class="message-list-push" />
      {shown.length === 0 && <Empty conversation={conversation} />}
      {shown.map((message, index) => (
        <Row
          key={message.ts}
          conversation={conversation}
          message={message}
          previous={shown[index - 1]}
          isFirstNew={message.ts === firstNew}
          timeZone={me.tz}
        />
      ))}
    </div>
  );
}

/** What was unread when the conversation was opened; it stays marked until one leaves. */
function useFirstNew(conversation: ConversationSnapshot, shown: MessageSnapshot[]): string | undefined {
  const [opened, setOpened] = useState<{ id: string; ts: string | undefined }>({ id: '', ts: undefined });
  if (opened.id === conversation.id) return opened.ts;
  const readSome = conversation.unread > 0 && conversation.unread < shown.length;
  const ts = readSome ? shown.at(-conversation.unread)?.ts : undefined;
  setOpened({ id: conversation.id, ts });
  return ts;
}

function isReply(message: MessageSnapshot): boolean {
  const inThread = message.thread_ts !== undefined && message.thread_ts !== message.ts;
  return inThread && message.subtype !== 'thread_broadcast';
}

interface RowProps {
  conversation: ConversationSnapshot;
  message: MessageSnapshot;
  previous: MessageSnapshot | undefined;
  isFirstNew: boolean;
  timeZone: string;
}

function Row({ conversation, message, previous, isFirstNew, timeZone }: RowProps): JSX.Element {
  const { nowMs } = useSession();
  const day = dayKey(Number(message.ts) * 1000, timeZone);
  const newDay = !previous || dayKey(Number(previous.ts) * 1000, timeZone) !== day;
  const close = previous !== undefined && Number(message.ts) - Number(previous.ts) < groupGapS;
  const sameKind = previous?.user === message.user && previous.isEphemeral === message.isEphemeral;
  const compact = !newDay && !isFirstNew && close && sameKind && !message.blocks && !previous?.reply_count;
  return (
    <>
      {newDay && (
        <div class="day-line" role="separator" aria-label={dayName(message.ts, timeZone, nowMs)}>
          <span>{dayName(message.ts, timeZone, nowMs)}</span>
        </div>
      )}
      {isFirstNew && (
        <div class="new-line" role="separator" aria-label="New messages">
          <span>New</span>
        </div>
      )}
      <MessageView conversation={conversation} message={message} compact={compact} />
    </>
  );
}

function Empty({ conversation }: { conversation: ConversationSnapshot }): JSX.Element {
  const { snapshot } = useSession();
  const isChannel = conversation.kind === 'channel';
  const command = snapshot.app.commands[0]?.command;
  return (
    <div class="empty">
      <h2>{isChannel ? `# ${conversation.name}` : 'A fresh conversation'}</h2>
      <p>
        {isChannel ? 'This is the very beginning of the channel.' : 'Nothing has been said here yet.'}
        {command && (
          <>
            {' '}
            Try <code class="code">{command}</code>.
          </>
        )}
      </p>
    </div>
  );
}
