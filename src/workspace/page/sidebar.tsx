import type { ComponentChildren, JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Avatar } from './avatar.tsx';
import {
  appConversation,
  type ConversationSnapshot,
  type Route,
  titleOf,
  type UserSnapshot,
  userOf,
  useSession,
} from './client.ts';
import { moveInMenu } from './elements.tsx';
import { Icon } from './icons.tsx';
import { Popup } from './popup.tsx';
import type { Theme } from './theme.ts';

interface SidebarProps {
  theme: Theme;
  onTheme: () => void;
  onPerson: (userId: string) => void;
  onSearch: () => void;
  live: boolean;
}

export function Sidebar({ theme, onTheme, onPerson, onSearch, live }: SidebarProps): JSX.Element {
  const { snapshot, route } = useSession();
  const channels = snapshot.conversations.filter((one) => one.kind === 'channel');
  const direct = snapshot.conversations.filter(
    (one) => one.kind !== 'channel' && one !== appConversation(snapshot),
  );
  const connected = live && snapshot.app.connected;
  const status = live
    ? connected
      ? `${snapshot.app.name} is connected`
      : `${snapshot.app.name} is not connected`
    : 'Reconnecting…';
  return (
    <nav class="sidebar" aria-label="Workspace">
      <Team theme={theme} onTheme={onTheme} onSearch={onSearch} />
      <PersonSwitch onPerson={onPerson} />
      <div class="nav">
        <Group title="Channels">
          {channels.map((one) => (
            <ConversationLink key={one.id} conversation={one} />
          ))}
        </Group>
        {direct.length > 0 && (
          <Group title="Direct messages">
            {direct.map((one) => (
              <ConversationLink key={one.id} conversation={one} />
            ))}
          </Group>
        )}
        <Group title="Apps">
          <NavLink
            route={{ kind: 'app', tab: 'home' }}
            current={route.kind === 'app'}
            count={appConversation(snapshot)?.unread ?? 0}
            strong
          >
            <Avatar user={userOf(snapshot, snapshot.app.botUserId)} size={20} />
            <span class="nav-name">{snapshot.app.name}</span>
          </NavLink>
        </Group>
      </div>
      <footer class="status" role="status">
        <span class={`status-dot ${connected ? 'is-on' : ''}`} />
        {status}
      </footer>
    </nav>
  );
}

function Team({
  theme,
  onTheme,
  onSearch,
}: Pick<SidebarProps, 'theme' | 'onTheme' | 'onSearch'>): JSX.Element {
  const { snapshot } = useSession();
  return (
    <header class="team">
      <span class="team-mark" aria-hidden="true">
        {snapshot.team.name[0]}
      </span>
      <strong>{snapshot.team.name}</strong>
      <button
        type="button"
        class="tool"
        aria-label="Jump to a conversation"
        title="Jump (Ctrl+K)"
        onClick={onSearch}
      >
        <Icon name="search" />
      </button>
      <button
        type="button"
        class="tool"
        aria-label={theme === 'dark' ? 'Switch to light' : 'Switch to dark'}
        onClick={onTheme}
      >
        <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
      </button>
    </header>
  );
}

function Group({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section aria-label={title}>
      <h2 class="nav-title">{title}</h2>
      <ul>{children}</ul>
    </section>
  );
}

function ConversationLink({ conversation }: { conversation: ConversationSnapshot }): JSX.Element {
  const { snapshot, route } = useSession();
  const title = titleOf(snapshot, conversation);
  const current = route.kind === 'conversation' && route.id === conversation.id;
  const other = conversation.members.find((id) => id !== snapshot.me) ?? snapshot.me;
  return (
    <NavLink
      route={{ kind: 'conversation', id: conversation.id }}
      current={current}
      count={conversation.mentions}
      strong={conversation.unread > 0}
    >
      {conversation.kind === 'channel' ? (
        <Icon name={conversation.isPrivate ? 'lock' : 'hash'} size={15} />
      ) : (
        <Avatar user={userOf(snapshot, other)} size={20} />
      )}
      <span class="nav-name">{title}</span>
    </NavLink>
  );
}

interface NavLinkProps {
  route: Route;
  current: boolean;
  count: number;
  strong: boolean;
  children: ComponentChildren;
}

function NavLink({ route, current, count, strong, children }: NavLinkProps): JSX.Element {
  const { go } = useSession();
  const isNew = strong && !current && (count > 0 || route.kind === 'conversation');
  return (
    <li>
      <button
        type="button"
        class={`nav-link ${isNew ? 'is-new' : ''}`}
        aria-current={current ? 'page' : undefined}
        onClick={() => go(route)}
      >
        {children}
        {count > 0 && !current && (
          <span class="nav-count">
            {count > 99 ? '99+' : count}
            <span class="visually-hidden"> unread</span>
          </span>
        )}
      </button>
    </li>
  );
}

/** One page, many people: this is the whole sign-in of a workspace that only listens on loopback. */
function PersonSwitch({ onPerson }: { onPerson: (userId: string) => void }): JSX.Element {
  const { snapshot, me } = useSession();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const people = snapshot.users.filter((user) => !user.isBot && !user.deleted);
  const choose = (id: string) => {
    setOpen(false);
    onPerson(id);
    button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="person"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={`You are ${me.realName}. Switch person`}
        onClick={() => setOpen(!open)}
      >
        <Avatar user={me} />
        <span class="person-text">
          <strong>{me.realName}</strong>
          <small>{me.title || `@${me.name}`}</small>
        </span>
        <Icon name="down" size={13} />
      </button>
      {open && (
        <Popup anchor={button} onClose={() => setOpen(false)} minWidthPx={260}>
          <div
            class="menu"
            role="menu"
            aria-label="Switch person"
            onKeyDown={(event) => moveInMenu(event, () => setOpen(false), button.current)}
          >
            <div class="menu-title">Be someone else</div>
            {people.map((user) => (
              <PersonItem
                key={user.id}
                user={user}
                isMe={user.id === me.id}
                onChoose={() => choose(user.id)}
              />
            ))}
          </div>
        </Popup>
      )}
    </>
  );
}

function PersonItem({
  user,
  isMe,
  onChoose,
}: {
  user: UserSnapshot;
  isMe: boolean;
  onChoose: () => void;
}): JSX.Element {
  return (
    <button
      type="button"
      role="menuitemradio"
      aria-checked={isMe}
      class="menu-item menu-person"
      onClick={onChoose}
    >
      <Avatar user={user} size={36} />
      <span class="person-text">
        <strong>
          {user.realName} {user.isGuest && <span class="badge">GUEST</span>}
        </strong>
        <small>{user.title || `@${user.name}`}</small>
      </span>
      {isMe && <Icon name="check" size={15} />}
    </button>
  );
}
