import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { View } from '../wire.ts';
import { Avatar } from './avatar.tsx';
import { Blocks } from './blocks.tsx';
import { appConversation, userOf, useSession } from './client.ts';
import { Composer } from './composer.tsx';
import { BackButton } from './conversation.tsx';
import { MessageList } from './message-list.tsx';
import { useNewSurface } from './surface.ts';

const tabs = [
  ['home', 'Home'],
  ['messages', 'Messages'],
  ['about', 'About'],
] as const;
export type AppTab = (typeof tabs)[number][0];

/** The app: its Home, the direct messages with it, and what it is. */
export function AppPane({ tab, onBack }: { tab: AppTab; onBack: () => void }): JSX.Element {
  const { snapshot, me, act, go } = useSession();
  useEffect(() => {
    if (tab !== 'about') void act({ do: 'home', tab });
  }, [tab, me.id]);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex(([id]) => id === tab);
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? tabs.length - 1 : 0;
    const next = tabs[(at + step) % tabs.length];
    if (step === 0 || !next) return;
    go({ kind: 'app', tab: next[0] });
    (event.currentTarget as HTMLElement).querySelector<HTMLElement>(`#tab-${next[0]}`)?.focus();
  };
  return (
    <main class="pane" aria-label={snapshot.app.name}>
      <header class="pane-head pane-head-app">
        <BackButton onBack={onBack} />
        <Avatar user={userOf(snapshot, snapshot.app.botUserId)} size={24} />
        <h1>
          <span>{snapshot.app.name}</span>
          <span class="badge">APP</span>
        </h1>
        <div class="tabs" role="tablist" aria-label={`${snapshot.app.name} tabs`} onKeyDown={onKeyDown}>
          {tabs.map(([id, name]) => (
            <button
              key={id}
              id={`tab-${id}`}
              type="button"
              role="tab"
              aria-selected={id === tab}
              tabIndex={id === tab ? 0 : -1}
              class="tab"
              onClick={() => go({ kind: 'app', tab: id })}
            >
              {name}
            </button>
          ))}
        </div>
      </header>
      <div class="app-panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === 'home' &&
          (snapshot.home ? <Home key={snapshot.home.id} view={snapshot.home} /> : <NoHome />)}
        {tab === 'messages' && <Messages />}
        {tab === 'about' && <About />}
      </div>
    </main>
  );
}

function Home({ view }: { view: View }): JSX.Element {
  const surface = useNewSurface({ view: view.id }, view.blocks);
  return (
    <div class="home">
      <Blocks blocks={view.blocks} surface={surface} />
    </div>
  );
}

function NoHome(): JSX.Element {
  const { snapshot } = useSession();
  const { connected, name } = snapshot.app;
  return (
    <div class="empty">
      <h2>{connected ? 'Nothing here yet' : `${name} is not connected`}</h2>
      <p>
        {connected
          ? `${name} has not published a Home for you.`
          : 'Start the bot, and this page comes to life.'}
      </p>
    </div>
  );
}

function Messages(): JSX.Element {
  const { snapshot, act } = useSession();
  const conversation = appConversation(snapshot);
  useEffect(() => {
    if (!conversation) void act({ do: 'message-app' });
  }, [conversation?.id]);
  if (!conversation) return <div class="empty" />;
  return (
    <>
      <MessageList conversation={conversation} />
      <Composer channel={conversation.id} placeholder={`Message ${snapshot.app.name}`} />
    </>
  );
}

function About(): JSX.Element {
  const { snapshot } = useSession();
  const { app } = snapshot;
  return (
    <div class="about">
      <Avatar user={userOf(snapshot, app.botUserId)} size={48} />
      <h2>{app.name}</h2>
      <p>{app.description || 'An app in this workspace.'}</p>
      <dl>
        {app.commands.map((one) => (
          <div key={one.command}>
            <dt>
              <code class="code">
                {one.command} {one.usageHint}
              </code>
            </dt>
            <dd>{one.description}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
