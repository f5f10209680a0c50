import type { JSX } from 'preact';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { offeredOptions, valueKey } from '../inputs.ts';
import type { BlockElement, Option, StateValue } from '../wire.ts';
import { type ActionResult, titleOf, useSession } from './client.ts';
import { withEmoji } from './emoji.ts';
import { Icon } from './icons.tsx';
import { Popup } from './popup.tsx';
import { useSurface } from './surface.ts';

interface Group {
  label: string;
  options: Option[];
}

interface SelectProps {
  blockId: string;
  element: BlockElement;
  label: string;
  value: StateValue;
  onChoose: (value: StateValue) => void;
  describedBy?: string;
}

const typingPauseMs = 200;

/** Every kind of select: one or many, of given options, of the app's, of people or of channels. */
export function Select({ blockId, element, label, value, onChoose, describedBy }: SelectProps): JSX.Element {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const many = element.type.startsWith('multi_');
  const key = valueKey(element.type);
  const local = useLocalOptions(element);
  const chosen = chosenOptions(value, key, local);
  const close = (focus: boolean) => {
    setOpen(false);
    if (focus) button.current?.focus();
  };
  const store = (options: Option[]) => {
    const raw = key.startsWith('selected_option') ? options : options.map((option) => option.value);
    onChoose({ type: element.type, [key]: many ? raw : (raw[0] ?? null) } as StateValue);
  };
  const pick = (option: Option) => {
    if (!many) {
      store([option]);
      return close(true);
    }
    const has = chosen.some((one) => one.value === option.value);
    const full = chosen.length >= (element.max_selected_items ?? 100);
    if (has) store(chosen.filter((one) => one.value !== option.value));
    else if (!full) store([...chosen, option]);
  };
  const text = chosen.map((option) => withEmoji(option.text.text)).join(', ');
  return (
    <span class="select">
      <button
        ref={button}
        type="button"
        class={`select-button ${text ? '' : 'is-empty'}`}
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-label={text ? `${label}: ${text}` : label}
        aria-describedby={describedBy}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            setOpen(true);
          }
        }}
      >
        <span class="select-text">{text || element.placeholder?.text || 'Choose an option'}</span>
        <Icon name="down" size={12} />
      </button>
      {open && (
        <Popup anchor={button} onClose={() => close(false)} minWidthPx={260}>
          <Listbox
            blockId={blockId}
            element={element}
            label={label}
            local={local}
            chosen={chosen}
            many={many}
            onPick={pick}
            onClose={() => close(true)}
          />
        </Popup>
      )}
    </span>
  );
}

interface ListboxProps {
  blockId: string;
  element: BlockElement;
  label: string;
  local: Group[] | undefined;
  chosen: Option[];
  many: boolean;
  onPick: (option: Option) => void;
  onClose: () => void;
}

function Listbox({
  blockId,
  element,
  label,
  local,
  chosen,
  many,
  onPick,
  onClose,
}: ListboxProps): JSX.Element {
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const { groups, note } = useGroups(blockId, element, local, query);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const flat = groups.flatMap((group) => group.options);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    list.current?.querySelector('.is-active')?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      Home: 0,
      End: flat.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) setActive(Math.max(0, Math.min(to, flat.length - 1)));
    else if (event.key === 'Enter' && flat[active]) onPick(flat[active]);
    else if (event.key === 'Escape' || event.key === 'Tab') onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  let at = -1;
  return (
    <div class="listbox" onKeyDown={onKeyDown}>
      <label class="listbox-search">
        <Icon name="search" size={14} />
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-label={`Search ${label}`}
          aria-expanded="true"
          aria-controls={id}
          aria-autocomplete="list"
          aria-activedescendant={flat[active] ? `${id}-${active}` : undefined}
          placeholder="Search"
          autocomplete="off"
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setActive(0);
          }}
        />
      </label>
      <div
        ref={list}
        id={id}
        class="listbox-options"
        role="listbox"
        aria-label={label}
        aria-multiselectable={many}
      >
        {groups.map((group) => (
          <div key={group.label} role="group" aria-label={group.label || undefined}>
            {group.label && <div class="listbox-group">{group.label}</div>}
            {group.options.map((option) => {
              at += 1;
              const index = at;
              return (
                <OptionRow
                  key={option.value}
                  id={`${id}-${index}`}
                  option={option}
                  isActive={index === active}
                  isChosen={chosen.some((one) => one.value === option.value)}
                  onMove={() => setActive(index)}
                  onPick={() => onPick(option)}
                />
              );
            })}
          </div>
        ))}
        {note && (
          <div class="listbox-note" role="status">
            {note}
          </div>
        )}
      </div>
    </div>
  );
}

interface OptionRowProps {
  id: string;
  option: Option;
  isActive: boolean;
  isChosen: boolean;
  onMove: () => void;
  onPick: () => void;
}

function OptionRow({ id, option, isActive, isChosen, onMove, onPick }: OptionRowProps): JSX.Element {
  return (
    <div
      id={id}
      role="option"
      aria-selected={isChosen}
      class={`option ${isActive ? 'is-active' : ''} ${isChosen ? 'is-chosen' : ''}`}
      onPointerMove={onMove}
      onClick={onPick}
    >
      <span class="option-text">
        {withEmoji(option.text.text)}
        {option.description && <small>{withEmoji(option.description.text)}</small>}
      </span>
      {isChosen && <Icon name="check" size={14} />}
    </div>
  );
}

/** Options known to the page; undefined when the app is asked for them. */
function useLocalOptions(element: BlockElement): Group[] | undefined {
  const { snapshot } = useSession();
  return useMemo(() => {
    const { type } = element;
    const plain = (text: string, value: string): Option => ({ text: { type: 'plain_text', text }, value });
    if (type.includes('external')) return undefined;
    if (type.includes('users')) {
      const users = snapshot.users.filter((user) => !user.deleted && !user.isBot);
      return [{ label: '', options: users.map((user) => plain(user.realName, user.id)) }];
    }
    if (type.includes('channels') || type.includes('conversations')) {
      const shown = snapshot.conversations.filter(
        (one) => one.kind === 'channel' || type.includes('conversations'),
      );
      return [
        {
          label: '',
          options: shown.map((one) =>
            plain(`${one.kind === 'channel' ? '#' : ''}${titleOf(snapshot, one)}`, one.id),
          ),
        },
      ];
    }
    if (!element.option_groups) return [{ label: '', options: offeredOptions(element) }];
    return element.option_groups.map((group) => ({ label: group.label.text, options: group.options }));
  }, [element, snapshot.users, snapshot.conversations]);
}

function useGroups(
  blockId: string,
  element: BlockElement,
  local: Group[] | undefined,
  query: string,
): { groups: Group[]; note: string } {
  const { act } = useSession();
  const { where, entered } = useSurface();
  const [remote, setRemote] = useState<{ groups: Group[]; note: string }>({ groups: [], note: 'Loading…' });
  const minQuery = element.min_query_length ?? 3;
  useEffect(() => {
    if (local) return undefined;
    if (query.length < minQuery) {
      setRemote({
        groups: [],
        note: `Type at least ${minQuery} ${minQuery === 1 ? 'character' : 'characters'}.`,
      });
      return undefined;
    }
    let stale = false;
    const ask = async () => {
      const actionId = element.action_id ?? '';
      const found = await act({ do: 'options', where, blockId, actionId, query, values: entered });
      if (!stale) setRemote(groupsIn(found));
    };
    const timer = setTimeout(() => void ask(), query ? typingPauseMs : 0);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [query, local === undefined, blockId, element.action_id]);
  if (!local) return remote;
  const wanted = query.toLowerCase();
  const matches = (option: Option) =>
    `${option.text.text} ${option.description?.text ?? ''}`.toLowerCase().includes(wanted);
  const groups = local
    .map((group) => ({ ...group, options: group.options.filter(matches) }))
    .filter((group) => group.options.length > 0);
  return { groups, note: groups.length === 0 ? 'No results' : '' };
}

function groupsIn(found: ActionResult): { groups: Group[]; note: string } {
  if (!found.ok) return { groups: [], note: 'Results could not be loaded.' };
  const grouped = (found.groups ?? []).map((group) => ({ label: group.label.text, options: group.options }));
  const groups = grouped.length > 0 ? grouped : [{ label: '', options: found.options ?? [] }];
  return { groups, note: groups.every((group) => group.options.length === 0) ? 'No results' : '' };
}

function chosenOptions(value: StateValue, key: keyof StateValue, local: Group[] | undefined): Option[] {
  const held = value[key];
  const list = (Array.isArray(held) ? held : held ? [held] : []) as (Option | string)[];
  const known = (local ?? []).flatMap((group) => group.options);
  return list.flatMap((one) =>
    typeof one === 'string' ? (known.find((option) => option.value === one) ?? []) : one,
  );
}
