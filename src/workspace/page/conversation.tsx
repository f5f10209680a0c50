import type { JSX } from 'preact';
import { Avatar } from './avatar.tsx';
import { type ConversationSnapshot, titleOf, userOf, useSession } from './client.ts';
import { Composer } from './composer.tsx';
import { Icon } from './icons.tsx';
import { MessageList } from './message-list.tsx';

export function ConversationView({
  conversation,
  onBack,
}: {
  conversation: ConversationSnapshot;
  onBack: () => void;
}): JSX.Element {
  const { snapshot, act } = useSession();
  const isChannel = conversation.kind === 'channel';
  const title = titleOf(snapshot, conversation);
  const { members } = conversation;
  return (
    <main class="pane" aria-label={isChannel ? `Channel ${title}` : `Conversation with ${title}`}>
      <header class="pane-head">
        <BackButton onBack={onBack} />
        <h1>
          {isChannel && <Icon name={conversation.isPrivate ? 'lock' : 'hash'} size={17} />}
          <span>{title}</span>
        </h1>
        {conversation.topic && <p class="topic">{conversation.topic}</p>}
        {isChannel && (
          <div class="members" title={members.map((id) => userOf(snapshot, id).realName).join(', ')}>
            {members.slice(0, 4).map((id) => (
              <Avatar key={id} user={userOf(snapshot, id)} size={24} />
            ))}
            <span>{members.length}</span>
            <span class="visually-hidden"> members</span>
          </div>
        )}
      </header>
      <MessageList conversation={conversation} />
      {conversation.isMember ? (
        <Composer channel={conversation.id} placeholder={`Message ${isChannel ? '#' : ''}${title}`} />
      ) : (
        <div class="join">
          <p>
            You are looking at <strong>#{title}</strong>.
          </p>
          <button
            type="button"
            class="button button-primary"
            onClick={() => void act({ do: 'join', channel: conversation.id })}
          >
            Join channel
          </button>
        </div>
      )}
    </main>
  );
}

/** Seen at phone width only, where the list of conversations is a screen of its own. */
export function BackButton({ onBack }: { onBack: () => void }): JSX.Element {
  return (
    <button type="button" class="tool back" aria-label="Back to conversations" onClick={onBack}>
      <Icon name="back" size={20} />
    </button>
  );
}
