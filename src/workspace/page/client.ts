import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { PageAction } from '../page-actions.ts';
import type { ConversationSnapshot, Snapshot } from '../snapshot.ts';

export type { ConversationSnapshot, MessageSnapshot, Snapshot } from '../snapshot.ts';
export type UserSnapshot = Snapshot['users'][number];

type WithoutAs<A> = A extends unknown ? Omit<A, 'as'> : never;
export type Action = WithoutAs<PageAction>;

/** Answer of `/client/do`: an outcome, suggestions, or why it could not be done. */
export interface ActionResult {
  ok: boolean;
  problem?: string;
  shown?: string;
  error?: string;
  message?: string;
  channel?: string;
  /** Of a submission: closed, cleared, updated or pushed. */
  view?: string;
  options?: { text: { type: 'plain_text' | 'mrkdwn'; text: string }; value: string }[];
  groups?: {
    label: { text: string };
    options: { text: { type: 'plain_text' | 'mrkdwn'; text: string }; value: string }[];
  }[];
}

export type Route =
  | { kind: 'conversation'; id: string }
  | { kind: 'app'; tab: 'home' | 'messages' | 'about' };

/** What every part of the page can see and do. */
export interface Session {
  snapshot: Snapshot;
  me: UserSnapshot;
  route: Route;
  thread: { channel: string; ts: string } | undefined;
  act: (action: Action) => Promise<ActionResult>;
  go: (route: Route) => void;
  openThread: (thread: Session['thread']) => void;
  toast: (text: string) => void;
  /** The workspace's clock, in ms. */
  nowMs: number;
}

const SessionContext = createContext<Session | undefined>(undefined);
export const SessionProvider = SessionContext.Provider;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('no session around this component');
  return session;
}

export async function send(as: string, action: Action): Promise<ActionResult> {
  try {
    const response = await fetch('/client/do', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ as, ...action }),
    });
    return (await response.json()) as ActionResult;
  } catch {
    return { ok: false, message: 'The workspace does not answer.' };
  }
}

/** The live picture of the workspace as `userId` sees it. */
export function useStream(userId: string | undefined): { snapshot: Snapshot | undefined; live: boolean } {
  const [snapshot, setSnapshot] = useState<Snapshot>();
  const [live, setLive] = useState(true);
  useEffect(() => {
    if (!userId) return undefined;
    const source = new EventSource(`/client/stream?as=${encodeURIComponent(userId)}`);
    source.onmessage = (event: MessageEvent<string>) => {
      setSnapshot(JSON.parse(event.data) as Snapshot);
      setLive(true);
    };
    source.onerror = () => setLive(false);
    return () => source.close();
  }, [userId]);
  return { snapshot: snapshot?.me === userId ? snapshot : undefined, live };
}

export function userOf(snapshot: Snapshot, id: string): UserSnapshot {
  const unknown = {
    id,
    name: id,
    realName: id,
    title: '',
    tz: 'Etc/UTC',
    isBot: false,
    deleted: true,
    isGuest: false,
  };
  return snapshot.users.find((user) => user.id === id) ?? unknown;
}

/** The app's direct conversation with me, once there is one. */
export function appConversation(snapshot: Snapshot): ConversationSnapshot | undefined {
  return snapshot.conversations.find(
    (one) =>
      one.kind === 'im' && one.members.includes(snapshot.app.botUserId) && one.members.includes(snapshot.me),
  );
}

export function titleOf(snapshot: Snapshot, conversation: ConversationSnapshot): string {
  if (conversation.kind === 'channel') return conversation.name;
  const others = conversation.members.filter((id) => id !== snapshot.me);
  return (others.length > 0 ? others : [snapshot.me]).map((id) => userOf(snapshot, id).realName).join(', ');
}
