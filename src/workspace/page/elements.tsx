import type { JSX } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { initialValue, valueKey } from '../inputs.ts';
import type { Block, BlockElement, Option, StateValue } from '../wire.ts';
import { useSession } from './client.ts';
import { useConfirm } from './confirm.tsx';
import { withEmoji } from './emoji.ts';
import { Icon } from './icons.tsx';
import { Text } from './mrkdwn-text.tsx';
import { Popup } from './popup.tsx';
import { Select } from './select.tsx';
import { useSurface } from './surface.ts';
import { TextField } from './text-field.tsx';
import { fromLocalField, toLocalField } from './time.ts';

export interface ElementProps {
  block: Block;
  element: BlockElement;
  /** The accessible name: the block's label, or the placeholder. */
  label: string;
  describedBy?: string;
}

/** One block element, wired to the surface that it stands on. */
export function Element(props: ElementProps): JSX.Element | null {
  const { element } = props;
  if (element.type === 'button') return <Button {...props} />;
  if (element.type === 'overflow') return <Overflow {...props} />;
  if (element.type === 'image') return <ImageTile alt={element.alt_text ?? ''} small />;
  return <Field {...props} />;
}

function Button({ block, element }: ElementProps): JSX.Element {
  const { press } = useSurface();
  const [busy, setBusy] = useState(false);
  const { ask, dialog } = useConfirm(element.confirm);
  const run = () => {
    setBusy(true);
    if (element.url) window.open(element.url, '_blank', 'noopener,noreferrer');
    void press(block.block_id ?? '', element.action_id ?? '').finally(() => setBusy(false));
  };
  const style = element.style ? `button-${element.style}` : '';
  return (
    <>
      <button
        type="button"
        class={`button ${style} ${busy ? 'is-busy' : ''}`}
        aria-label={element.accessibility_label}
        aria-busy={busy}
        disabled={busy}
        onClick={() => ask(run)}
      >
        {withEmoji(element.text?.text ?? '')}
      </button>
      {dialog}
    </>
  );
}

function Overflow({ block, element }: ElementProps): JSX.Element {
  const { press } = useSurface();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const { ask, dialog } = useConfirm(element.confirm);
  const choose = (option: Option) => {
    setOpen(false);
    button.current?.focus();
    ask(() => void press(block.block_id ?? '', element.action_id ?? '', option.value));
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="button button-icon"
        aria-label="More actions"
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="more" />
      </button>
      {open && (
        <Popup anchor={button} onClose={() => setOpen(false)}>
          <div
            class="menu"
            role="menu"
            onKeyDown={(event) => moveInMenu(event, () => setOpen(false), button.current)}
          >
            {element.options?.map((option) => (
              <button
                key={option.value}
                type="button"
                role="menuitem"
                class="menu-item"
                onClick={() => choose(option)}
              >
                {withEmoji(option.text.text)}
              </button>
            ))}
          </div>
        </Popup>
      )}
      {dialog}
    </>
  );
}

export function moveInMenu(event: KeyboardEvent, close: () => void, returnTo: HTMLElement | null): void {
  const items = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role^=menuitem]')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  if (event.key === 'ArrowDown') items[(at + 1) % items.length]?.focus();
  else if (event.key === 'ArrowUp') items[(at - 1 + items.length) % items.length]?.focus();
  else if (event.key === 'Escape') {
    close();
    returnTo?.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Anything that holds a value. */
function Field({ block, element, label, describedBy }: ElementProps): JSX.Element {
  const surface = useSurface();
  const { ask, dialog } = useConfirm(element.confirm);
  const blockId = block.block_id ?? '';
  const actionId = element.action_id ?? '';
  const value = surface.values[blockId]?.[actionId] ?? initialValue(element);
  const tells = block.type !== 'input' || block.dispatch_action === true;
  const enter = (next: StateValue) => ask(() => surface.enter(blockId, actionId, next, tells));
  const described = describedBy ? { describedBy } : {};
  return (
    <>
      {element.type.endsWith('_select') && (
        <Select
          blockId={blockId}
          element={element}
          label={label}
          value={value}
          onChoose={enter}
          {...described}
        />
      )}
      {(element.type === 'radio_buttons' || element.type === 'checkboxes') && (
        <Choices element={element} label={label} value={value} onChoose={enter} />
      )}
      {element.type in fieldTypes && (
        <DateField type={element.type} label={label} value={value} onEnter={enter} {...described} />
      )}
      {element.type.endsWith('_input') && (
        <TextField
          element={element}
          label={label}
          value={textOf(value)}
          {...described}
          onEnter={(text, tell) =>
            surface.enter(blockId, actionId, withText(element.type, text), tell && tells)
          }
        />
      )}
      {dialog}
    </>
  );
}

/** A rich text input is typed in as plain text here, and sent as the rich text that it would be. */
function withText(type: string, text: string): StateValue {
  if (type !== 'rich_text_input') return { type, value: text === '' ? null : text };
  const section = { type: 'rich_text_section', elements: [{ type: 'text', text }] };
  return { type, rich_text_value: text === '' ? null : { type: 'rich_text', elements: [section] } };
}

function textOf(value: StateValue): string {
  const rich = value.rich_text_value as
    | { elements?: { elements?: { text?: string }[] }[] }
    | null
    | undefined;
  return value.value ?? rich?.elements?.[0]?.elements?.[0]?.text ?? '';
}

const fieldTypes: Record<string, string> = {
  datepicker: 'date',
  timepicker: 'time',
  datetimepicker: 'datetime-local',
};

interface DateFieldProps {
  type: string;
  label: string;
  value: StateValue;
  describedBy?: string;
  onEnter: (value: StateValue) => void;
}

/** The browser's own pickers; a moment is chosen and shown in the zone of the person. */
function DateField({ type, label, value, describedBy, onEnter }: DateFieldProps): JSX.Element {
  const { me } = useSession();
  const key = valueKey(type);
  const held = value[key];
  const shown = typeof held === 'number' ? toLocalField(held, me.tz) : typeof held === 'string' ? held : '';
  const read = (field: string) => (type === 'datetimepicker' ? fromLocalField(field, me.tz) : field);
  return (
    <input
      class="field"
      type={fieldTypes[type]}
      aria-label={label}
      aria-describedby={describedBy}
      value={shown}
      onChange={({ currentTarget: { value: field } }) =>
        onEnter({ type, [key]: field === '' ? null : read(field) } as StateValue)
      }
    />
  );
}

function Choices({
  element,
  label,
  value,
  onChoose,
}: {
  element: BlockElement;
  label: string;
  value: StateValue;
  onChoose: (value: StateValue) => void;
}): JSX.Element {
  const name = useId();
  const many = element.type === 'checkboxes';
  const chosen = many ? (value.selected_options ?? []) : value.selected_option ? [value.selected_option] : [];
  const toggle = (option: Option) => {
    if (!many) return onChoose({ type: element.type, selected_option: option });
    const has = chosen.some((one) => one.value === option.value);
    const next = has ? chosen.filter((one) => one.value !== option.value) : [...chosen, option];
    onChoose({ type: element.type, selected_options: next });
  };
  return (
    <div class="choices" role={many ? 'group' : 'radiogroup'} aria-label={label}>
      {element.options?.map((option) => (
        <label key={option.value} class="choice">
          <input
            type={many ? 'checkbox' : 'radio'}
            name={name}
            checked={chosen.some((one) => one.value === option.value)}
            onChange={() => toggle(option)}
          />
          <span>
            <Text text={option.text} />
            {option.description && (
              <small>
                <Text text={option.description} />
              </small>
            )}
          </span>
        </label>
      ))}
    </div>
  );
}

/** Images come from elsewhere and nothing is fetched from there: the alternative text stands in. */
export function ImageTile({ alt, small = false }: { alt: string; small?: boolean }): JSX.Element {
  return (
    <span class={`image-tile ${small ? 'is-small' : ''}`} role="img" aria-label={alt} title={alt}>
      <Icon name="image" size={small ? 16 : 28} />
      {!small && <span>{alt}</span>}
    </span>
  );
}
