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

/** Where one types: a message, or a slash command, which is run and never posted. */
export function Composer({ channel, placeholder, threadTs }: ComposerProps): JSX.Element {
  const session = useSession();
  const key = `${session.me.id}:${channel}:${threadTs ?? ''}`;
  const [text, setText] = useState(unsent.get(key) ?? '');
  const [active, setActive] = useState(0);
  const [hidden, setHidden] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const suggestions = hidden ? [] : suggest(session, text, threadTs !== undefined);
  useEffect(() => setText(unsent.get(key) ?? ''), [key]);
  useLayoutEffect(() => {
    if (!field.current) return;
    field.current.style.height = 'auto';
    field.current.style.height = `${field.current.scrollHeight}px`;
  }, [text]);
  const change = (next: string) => {
    unsent.set(key, next);
    setText(next);
    setActive(0);
    setHidden(false);
  };
  const accept = (suggestion: Suggestion) => {
    change(text.replace(/\S*$/, '') + suggestion.insert);
    field.current?.focus();
  };
  const submit = () => {
    if (text.trim() === '') return;
    change('');
    void run(session, channel, text.trim(), threadTs);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = suggestions[active];
    if (chosen && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      setActive((active + (event.key === 'ArrowDown' ? 1 : suggestions.length - 1)) % suggestions.length);
    } else if (chosen && (event.key === 'Tab' || event.key === 'Enter')) accept(chosen);
    else if (chosen && event.key === 'Escape') setHidden(true);
    else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="composer">
      {suggestions.length > 0 && (
        <div class="composer-suggestions" role="listbox" id={id} aria-label="Suggestions">
          {suggestions.map((one, index) => (
            <div
              key={one.insert}
              role="option"
              id={`${id}-${index}`}
              aria-selected={index === active}
              class={`option ${index === active ? 'is-active' : ''}`}
              onPointerMove={() => setActive(index)}
              onClick={() => accept(one)}
            >
              <strong>{one.title}</strong>
              <small>{one.detail}</small>
            </div>
          ))}
        </div>
      )}
      <div class="composer-box">
        <textarea
          ref={field}
          rows={1}
          value={text}
          placeholder={placeholder}
          aria-label={placeholder}
          aria-controls={suggestions.length > 0 ? id : undefined}
          aria-activedescendant={suggestions.length > 0 ? `${id}-${active}` : undefined}
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button
          type="button"
          class="composer-send"
          aria-label="Send"
          disabled={text.trim() === ''}
          onClick={submit}
        >
          <Icon name="send" />
        </button>
      </div>
      <div class="composer-hint">
        <kbd>Enter</kbd> to send · <kbd>Shift</kbd>+<kbd>Enter</kbd> for a new line · <kbd>/</kbd> for
        commands · <kbd>Ctrl</kbd>+<kbd>K</kbd> to jump
      </div>
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
