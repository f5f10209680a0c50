import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Route, titleOf, useSession } from './client.ts';
import { Dialog } from './dialog.tsx';

interface Place {
  key: string;
  title: string;
  kind: string;
  open: () => void;
}

/** Ctrl+K: to a conversation, to the app, or into someone else's shoes. */
export function Jump({
  onClose,
  onPerson,
}: {
  onClose: () => void;
  onPerson: (id: string) => void;
}): JSX.Element {
  const { snapshot, go } = useSession();
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const to = (route: Route) => () => go(route);
  const places: Place[] = [
    ...snapshot.conversations.map((one) => ({
      key: one.id,
      title: `${one.kind === 'channel' ? '# ' : ''}${titleOf(snapshot, one)}`,
      kind: one.kind === 'channel' ? 'Channel' : 'Direct message',
      open: to({ kind: 'conversation', id: one.id }),
    })),
    { key: 'home', title: `${snapshot.app.name} Home`, kind: 'App', open: to({ kind: 'app', tab: 'home' }) },
    ...snapshot.users
      .filter((user) => !user.isBot && !user.deleted && user.id !== snapshot.me)
      .map((user) => ({
        key: user.id,
        title: `Be ${user.realName}`,
        kind: user.title || 'Person',
        open: () => onPerson(user.id),
      })),
  ].filter((place) => place.title.toLowerCase().includes(query.toLowerCase()));
  const choose = (place: Place | undefined) => {
    onClose();
    place?.open();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setActive(Math.min(active + 1, places.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(active - 1, 0));
    else if (event.key === 'Enter') choose(places[active]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog label="Jump to" class="dialog-small dialog-top" onClose={onClose}>
      <div class="jump" onKeyDown={onKeyDown}>
        <input
          data-autofocus
          class="field"
          role="combobox"
          aria-label="Jump to"
          aria-expanded="true"
          aria-controls="jump-list"
          aria-activedescendant={places[active] ? `jump-${places[active].key}` : undefined}
          placeholder="Jump to a channel, the app, or a person…"
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setActive(0);
          }}
        />
        <div id="jump-list" class="listbox-options" role="listbox" aria-label="Places">
          {places.map((place, index) => (
            <div
              key={place.key}
              id={`jump-${place.key}`}
              role="option"
              aria-selected={index === active}
              class={`option ${index === active ? 'is-active' : ''}`}
              onPointerMove={() => setActive(index)}
              onClick={() => choose(place)}
            >
              <span class="option-text">{place.title}</span>
              <small>{place.kind}</small>
            </div>
          ))}
        </div>
      </div>
    </Dialog>
  );
}
