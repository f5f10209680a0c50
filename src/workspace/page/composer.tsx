import type { JSX } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Session, useSession } from './client.ts';
import { Icon } from './icons.tsx';

interface ComposerProps {
  channel: string;
  placeholder: string;
  threadTs?: string;
}

interface Suggestion {
  insert: string;
  title: string;
  detail: string;
}

/** Unsent text by conversation and thread. */
const unsent = new Map<string, string>();

interface Draft {
  text: string;
  suggestions: Suggestion[];
  active: number;
  setActive: (index: number) => void;
  hide: () => void;
  change: (text: string) => void;
  accept: (suggestion: Suggestion) => void;
  submit: () => void;
}

function useDraft({ channel, threadTs }: ComposerProps): Draft {
  const session = useSession();
  const key = `${session.me.id}:${channel}:${threadTs ?? ''}`;
  const [text, setText] = useState(unsent.get(key) ?? '');
  const [active, setActive] = useState(0);
  const [hidden, setHidden] = useState(false);
  useEffect(() => setText(unsent.get(key) ?? ''), [key]);
  const change = (next: string) => {
    unsent.set(key, next);
    setText(next);
    setActive(0);
    setHidden(false);
  };
  return {
    text,
    suggestions: hidden ? [] : suggest(session, text, threadTs !== undefined),
    active,
    setActive,
    hide: () => setHidden(true),
    change,
    accept: (suggestion) => change(text.replace(/\S*$/, '') + suggestion.insert),
    submit() {
      if (text.trim() === '') return;
      change('');
      void run(session, channel, text.trim(), threadTs);
    },
  };
}

/** Where one types: a message, or a slash command, which is run and never posted. */
export function Composer(props: ComposerProps): JSX.Element {
  const draft = useDraft(props);
  const { text, suggestions, active } = draft;
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const isOpen = suggestions.length > 0;
  useLayoutEffect(() => {
    if (!field.current) return;
    field.current.style.height = 'auto';
    field.current.style.height = `${field.current.scrollHeight}px`;
  }, [text]);
  const accept = (suggestion: Suggestion) => {
    draft.accept(suggestion);
    field.current?.focus();
  };
  return (
    <div class="composer">
      <Suggestions
        id={id}
        suggestions={suggestions}
        active={active}
        onMove={draft.setActive}
        onAccept={accept}
      />
      <div class="composer-box">
        <textarea
          ref={field}
          rows={1}
          value={text}
          placeholder={props.placeholder}
          aria-label={props.placeholder}
          aria-controls={isOpen ? id : undefined}
          aria-activedescendant={isOpen ? `${id}-${active}` : undefined}
          onInput={(event) => draft.change(event.currentTarget.value)}
          onKeyDown={(event) => onKeyDown(event, draft)}
        />
        <button
          type="button"
          class="composer-send"
          aria-label="Send"
          disabled={text.trim() === ''}
          onClick={draft.submit}
        >
          <Icon name="send" />
        </button>
      </div>
      <Hint />
    </div>
  );
}

/** The suggestions have the arrows, Tab, Enter and Escape while they are open; else Enter sends. */
function onKeyDown(event: KeyboardEvent, draft: Draft): void {
  const { suggestions, active } = draft;
  const chosen = suggestions[active];
  if (chosen && event.key === 'ArrowDown') draft.setActive((active + 1) % suggestions.length);
  else if (chosen && event.key === 'ArrowUp')
    draft.setActive((active + suggestions.length - 1) % suggestions.length);
  else if (chosen && (event.key === 'Tab' || event.key === 'Enter')) draft.accept(chosen);
  else if (chosen && event.key === 'Escape') draft.hide();
  else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) draft.submit();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

interface SuggestionsProps {
  id: string;
  suggestions: Suggestion[];
  active: number;
  onMove: (index: number) => void;
  onAccept: (suggestion: Suggestion) => void;
}

function Suggestions({ id, suggestions, active, onMove, onAccept }: SuggestionsProps): JSX.Element | null {
  if (suggestions.length === 0) return null;
  return (
    <div class="composer-suggestions" role="listbox" id={id} aria-label="Suggestions">
      {suggestions.map((one, index) => (
        <div
          key={one.insert}
          role="option"
          id={`${id}-${index}`}
          aria-selected={index === active}
          class={`option ${index === active ? 'is-active' : ''}`}
          onPointerMove={() => onMove(index)}
          onClick={() => onAccept(one)}
        >
          <strong>{one.title}</strong>
          <small>{one.detail}</small>
        </div>
      ))}
    </div>
  );
}

function Hint(): JSX.Element {
  return (
    <div class="composer-hint">
      <kbd>Enter</kbd> to send · <kbd>Shift</kbd>+<kbd>Enter</kbd> for a new line · <kbd>/</kbd> for commands
      · <kbd>Ctrl</kbd>+<kbd>K</kbd> to jump
    </div>
  );
}

async function run(
  session: Session,
  channel: string,
  text: string,
  threadTs: string | undefined,
): Promise<void> {
  const [, command, rest = ''] = /^(\/[a-z][\w-]*)(?:\s+([\s\S]*))?$/.exec(text) ?? [];
  if (!command) {
    const result = await session.act({ do: 'post', channel, text, ...(threadTs ? { threadTs } : {}) });
    if (!result.ok) session.toast(result.message ?? 'The message was not sent.');
    return;
  }
  const known = session.snapshot.app.commands.some((one) => one.command === command);
  if (!known) return session.toast(`${command} is not a command of this workspace.`);
  if (threadTs) return session.toast(`${command} cannot be used in a thread.`);
  // What goes wrong is told by Slackbot in the conversation.
  await session.act({ do: 'command', channel, command, text: rest });
}

const maxSuggestions = 6;

function suggest({ snapshot }: Session, text: string, inThread: boolean): Suggestion[] {
  if (!inThread && /^\/\S*$/.test(text)) {
    const commands = snapshot.app.commands.filter((one) => one.command.startsWith(text));
    return commands.map(({ command, description, usageHint }) => ({
      insert: `${command} `,
      title: usageHint ? `${command} ${usageHint}` : command,
      detail: `${description} · ${snapshot.app.name}`,
    }));
  }
  const typed = /(?:^|\s)@([\w.-]*)$/.exec(text)?.[1];
  if (typed === undefined) return [];
  const matching = snapshot.users.filter(
    (user) => !user.deleted && `${user.name} ${user.realName}`.toLowerCase().includes(typed.toLowerCase()),
  );
  return matching.slice(0, maxSuggestions).map((user) => ({
    insert: `@${user.name} `,
    title: user.realName,
    detail: user.title || `@${user.name}`,
  }));
}
