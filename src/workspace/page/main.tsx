import { render } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { AppPane } from './app-home.tsx';
import {
  type Action,
  appConversation,
  type Route,
  type Session,
  SessionProvider,
  type Snapshot,
  send,
  titleOf,
  userOf,
  useStream,
} from './client.ts';
import { ConversationView } from './conversation.tsx';
import { Jump } from './jump.tsx';
import './main.css';
import { Modal } from './modal.tsx';
import { Sidebar } from './sidebar.tsx';
import { type Theme, useTheme } from './theme.ts';
import { ThreadPane } from './thread.tsx';

const personKey = 'workspace-person';
const toastMs = 6000;
const tickMs = 15_000;

/** Each tab is one person: from `?as=`, else who this tab was before, else the first. */
function usePerson(): [string | undefined, (id: string) => void] {
  const [person, setPerson] = useState<string>();
  const choose = useCallback((id: string) => {
    sessionStorage.setItem(personKey, id);
    // A reload stays with whom one switched to.
    history.replaceState(null, '', location.pathname + location.hash);
    setPerson(id);
  }, []);
  useEffect(() => {
    const wanted = new URLSearchParams(location.search).get('as') ?? sessionStorage.getItem(personKey);
    void fetch('/client/people')
      .then((response) => response.json() as Promise<{ people: string[] }>)
      .then(({ people }) => choose(wanted && people.includes(wanted) ? wanted : (people[0] ?? '')));
  }, [choose]);
  return [person, choose];
}

function useRoute(): [Route | undefined, (route: Route) => void] {
  const parse = (): Route | undefined => {
    const [, kind, rest] = /^#(app|c)\/(\w+)/.exec(location.hash) ?? [];
    if (kind === 'c' && rest) return { kind: 'conversation', id: rest };
    if (kind === 'app') return { kind: 'app', tab: rest === 'messages' || rest === 'about' ? rest : 'home' };
    return undefined;
  };
  const [route, setRoute] = useState(parse);
  useEffect(() => {
    const follow = () => setRoute(parse());
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  const go = useCallback((next: Route) => {
    location.hash = next.kind === 'app' ? `app/${next.tab}` : `c/${next.id}`;
    setRoute(next);
  }, []);
  return [route, go];
}

function Root() {
  const [person, setPerson] = usePerson();
  const [theme, toggleTheme] = useTheme();
  const { snapshot, live } = useStream(person);
  if (!snapshot) return <div class="loading" role="status" aria-label="Loading" />;
  return <Client snapshot={snapshot} live={live} theme={theme} onTheme={toggleTheme} onPerson={setPerson} />;
}

interface ClientProps {
  snapshot: Snapshot;
  live: boolean;
  theme: Theme;
  onTheme: () => void;
  onPerson: (id: string) => void;
}

function Client({ snapshot, live, theme, onTheme, onPerson }: ClientProps) {
  const [wanted, go] = useRoute();
  const [thread, openThread] = useState<Session['thread']>();
  const [navOpen, setNavOpen] = useState(false);
  const [jumping, setJumping] = useState(false);
  const [toast, setToast] = useToast();
  const nowMs = useClock(snapshot.nowMs);
  const route = reachable(snapshot, wanted);
  const me = userOf(snapshot, snapshot.me);
  const session: Session = {
    snapshot,
    me,
    route,
    thread,
    nowMs,
    toast: setToast,
    act: (action: Action) => send(me.id, action),
    openThread,
    go(next) {
      setNavOpen(false);
      if (next.kind === 'app' || (wanted?.kind === 'conversation' && wanted.id !== next.id))
        openThread(undefined);
      go(next);
    },
  };
  useShortcut(() => setJumping(true));
  useTitle(snapshot, route);
  const view = snapshot.views.at(-1);
  const conversation =
    route.kind === 'conversation' ? snapshot.conversations.find((one) => one.id === route.id) : undefined;
  const onBack = () => setNavOpen(true);
  return (
    <SessionProvider value={session}>
      <div class={`client ${navOpen ? 'nav-open' : ''} ${thread ? 'thread-open' : ''}`}>
        <Sidebar
          theme={theme}
          onTheme={onTheme}
          onPerson={onPerson}
          onSearch={() => setJumping(true)}
          live={live}
        />
        {conversation && <ConversationView key={me.id} conversation={conversation} onBack={onBack} />}
        {route.kind === 'app' && <AppPane key={me.id} tab={route.tab} onBack={onBack} />}
        {thread && <ThreadPane />}
      </div>
      {view && <Modal key={me.id} view={view} depth={snapshot.views.length} />}
      {jumping && <Jump onClose={() => setJumping(false)} onPerson={onPerson} />}
      <div class="toasts" role="alert" aria-live="assertive">
        {toast && <div class="toast">{toast}</div>}
      </div>
    </SessionProvider>
  );
}

/** Where one wanted to be, or the first place that this person can see. */
function reachable(snapshot: Snapshot, wanted: Route | undefined): Route {
  const isApp = (id: string) => appConversation(snapshot)?.id === id;
  if (wanted?.kind === 'app') return wanted;
  if (wanted && isApp(wanted.id)) return { kind: 'app', tab: 'messages' };
  const seen = snapshot.conversations.find((one) => one.id === wanted?.id);
  const first = snapshot.conversations.find((one) => one.kind === 'channel' && one.isMember);
  const chosen = seen ?? first;
  return chosen ? { kind: 'conversation', id: chosen.id } : { kind: 'app', tab: 'home' };
}

function useToast(): [string, (text: string) => void] {
  const [text, setText] = useState('');
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const show = useCallback((next: string) => {
    clearTimeout(timer.current);
    setText(next);
    timer.current = setTimeout(() => setText(''), toastMs);
  }, []);
  return [text, show];
}

/** The workspace's clock, told on between two snapshots. */
function useClock(snapshotNowMs: number): number {
  const offsetMs = useMemo(() => snapshotNowMs - Date.now(), [snapshotNowMs]);
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), tickMs);
    return () => clearInterval(timer);
  }, []);
  return Date.now() + offsetMs;
}

function useShortcut(onJump: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (!document.querySelector('dialog[open]')) onJump();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [onJump]);
}

function useTitle(snapshot: Snapshot, route: Route): void {
  const conversation =
    route.kind === 'conversation' ? snapshot.conversations.find((one) => one.id === route.id) : undefined;
  const place = conversation ? titleOf(snapshot, conversation) : snapshot.app.name;
  const waiting = snapshot.conversations.reduce((sum, one) => sum + one.mentions, 0);
  const title = `${waiting > 0 ? `(${waiting}) ` : ''}${place} · ${snapshot.team.name}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}

const root = document.getElementById('root');
if (root) render(<Root />, root);
