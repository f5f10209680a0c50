import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { titleOf, useSession } from './client.ts';
import { Composer } from './composer.tsx';
import { Icon } from './icons.tsx';
import { MessageView } from './message.tsx';

/** The open thread, in the right pane. */
export function ThreadPane(): JSX.Element | null {
  const { snapshot, thread, openThread } = useSession();
  const list = useRef<HTMLDivElement>(null);
  const closeButton = useRef<HTMLButtonElement>(null);
  const conversation = snapshot.conversations.find((one) => one.id === thread?.channel);
  const root = conversation?.messages.find((one) => one.ts === thread?.ts);
  const replies =
    conversation?.messages.filter((one) => one.thread_ts === thread?.ts && one.ts !== thread?.ts) ?? [];
  useLayoutEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [replies.length, thread?.ts]);
  useEffect(() => closeButton.current?.focus({ preventScroll: true }), [thread?.ts]);
  if (!conversation || !root) return null;
  const close = () => openThread(undefined);
  return (
    <aside
      class="thread"
      aria-label="Thread"
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}
    >
      <header class="pane-head">
        <h2>Thread</h2>
        <span class="topic">
          {conversation.kind === 'channel' ? '#' : ''}
          {titleOf(snapshot, conversation)}
        </span>
        <button ref={closeButton} type="button" class="tool" aria-label="Close thread" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div ref={list} class="message-list" role="log" aria-label="Thread messages" tabIndex={0}>
        <MessageView conversation={conversation} message={root} inThread />
        {replies.length > 0 && (
          <div class="thread-count">
            <span>{replies.length === 1 ? '1 reply' : `${replies.length} replies`}</span>
          </div>
        )}
        {replies.map((reply) => (
          <MessageView key={reply.ts} conversation={conversation} message={reply} inThread />
        ))}
      </div>
      <Composer channel={conversation.id} threadTs={root.ts} placeholder="Reply…" />
    </aside>
  );
}
