import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { BlockElement } from '../wire.ts';

interface TextFieldProps {
  element: BlockElement;
  label: string;
  value: string;
  describedBy?: string;
  /** `tell` marks the moments at which the app may be told, by the element's dispatch_action_config. */
  onEnter: (text: string, tell: boolean) => void;
}

const typingPauseMs = 400;
const types: Record<string, string> = {
  number_input: 'text',
  email_text_input: 'email',
  url_text_input: 'url',
};

/** Text, number, e-mail and address inputs; counts characters where there is a limit. */
export function TextField({ element, label, value, describedBy, onEnter }: TextFieldProps): JSX.Element {
  const pause = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(pause.current), []);
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ['on_enter_pressed'];
  const multiline = element.multiline === true || element.type === 'rich_text_input';
  const onInput = (text: string) => {
    onEnter(text, false);
    clearTimeout(pause.current);
    if (triggers.includes('on_character_entered'))
      pause.current = setTimeout(() => onEnter(text, true), typingPauseMs);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || (multiline && !event.metaKey && !event.ctrlKey)) return;
    if (triggers.includes('on_enter_pressed')) onEnter(value, true);
  };
  const shared = {
    class: 'field',
    value,
    placeholder: element.placeholder?.text ?? '',
    'aria-label': label,
    'aria-describedby': describedBy,
    'data-autofocus': element.focus_on_load ? true : undefined,
    onInput: (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) =>
      onInput(event.currentTarget.value),
    onKeyDown,
  };
  const { min_length: min, max_length: max } = element;
  const count =
    max !== undefined ? `${value.length} / ${max}` : min ? `${value.length} of at least ${min}` : '';
  const out =
    (max !== undefined && value.length > max) || (min !== undefined && value !== '' && value.length < min);
  return (
    <>
      {multiline ? (
        <textarea {...shared} rows={4} />
      ) : (
        <input
          {...shared}
          type={types[element.type] ?? 'text'}
          inputMode={element.type === 'number_input' ? 'decimal' : undefined}
          autocomplete="off"
        />
      )}
      {count && <span class={`field-count ${out ? 'is-out' : ''}`}>{count}</span>}
    </>
  );
}
