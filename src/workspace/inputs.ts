import { isStateful } from './limits/elements.ts';
import type { Block, BlockElement, Option, StateValue, StateValues } from './wire.ts';

/** What a person can press or fill in, and what Slack's client checks before it sends anything. */
export interface Control {
  block: Block;
  element: BlockElement;
}

export function controlsOf(blocks: readonly Block[]): Control[] {
  return blocks.flatMap((block) => {
    if (block.type === 'actions') return (block.elements ?? []).map((element) => ({ block, element }));
    if (block.type === 'section' && block.accessory && block.accessory.type !== 'image')
      return [{ block, element: block.accessory }];
    if (block.type === 'input' && block.element) return [{ block, element: block.element }];
    return [];
  });
}

/** Key of the value inside `state.values` for each type of element. */
export function valueKey(type: string): keyof StateValue {
  if (type === 'datepicker') return 'selected_date';
  if (type === 'timepicker') return 'selected_time';
  if (type === 'datetimepicker') return 'selected_date_time';
  if (type === 'checkboxes') return 'selected_options';
  if (type === 'rich_text_input') return 'rich_text_value';
  const select = /^(multi_)?(static|external|users|channels|conversations)_select$/.exec(type);
  if (type === 'radio_buttons' || (select && !select[1] && /static|external/.test(type)))
    return 'selected_option';
  if (!select) return 'value';
  const [, multi, of] = select;
  if (of === 'static' || of === 'external') return 'selected_options';
  return `selected_${(of as string).slice(0, -1)}${multi ? 's' : ''}` as keyof StateValue;
}

export function initialValue(element: BlockElement): StateValue {
  const key = valueKey(element.type);
  const initial =
    element[key === 'value' ? 'initial_value' : (key.replace('selected_', 'initial_') as keyof BlockElement)];
  const empty = key.endsWith('s') ? [] : null;
  return { type: element.type, [key]: initial ?? empty } as StateValue;
}

/** `state.values` of a surface: what the person entered, and the initial value where they did not. */
export function stateOf(blocks: readonly Block[], entered: StateValues): StateValues {
  const values: StateValues = {};
  for (const { block, element } of controlsOf(blocks)) {
    if (!isStateful(element.type) || !block.block_id || !element.action_id) continue;
    const given = entered[block.block_id]?.[element.action_id];
    const ours = given?.type === element.type;
    values[block.block_id] = {
      ...values[block.block_id],
      [element.action_id]: ours ? (given as StateValue) : initialValue(element),
    };
  }
  return values;
}

/** Every option of a static choice, in groups or not. */
export function offeredOptions(element: BlockElement): Option[] {
  return [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];
}

function isEmpty(value: StateValue | undefined): boolean {
  if (!value) return true;
  const held = value[valueKey(value.type)];
  return held === null || held === undefined || held === '' || (Array.isArray(held) && held.length === 0);
}

/** By block_id, what Slack's client says under the field instead of submitting. */
export function inputProblems(blocks: readonly Block[], values: StateValues): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const { block, element } of controlsOf(blocks)) {
    if (block.type !== 'input' || !block.block_id || !element.action_id) continue;
    const value = values[block.block_id]?.[element.action_id];
    const problem = isEmpty(value) ? missing(block) : badValue(element, value as StateValue);
    if (problem) problems[block.block_id] = problem;
  }
  return problems;
}

function missing(block: Block): string | undefined {
  return block.optional ? undefined : 'Please complete this required field.';
}

function badValue(element: BlockElement, value: StateValue): string | undefined {
  const text = typeof value.value === 'string' ? value.value : '';
  switch (element.type) {
    case 'plain_text_input':
      return badLength(element, text);
    case 'number_input':
      return badNumber(element, text);
    case 'email_text_input':
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? undefined : 'Please enter a valid email address.';
    case 'url_text_input':
      return URL.canParse(text) ? undefined : 'Please enter a valid URL.';
    default:
      return undefined;
  }
}

function badLength(element: BlockElement, text: string): string | undefined {
  const { min_length: min = 0, max_length: max = 3000 } = element;
  if (text.length < min) return `Please enter at least ${min} characters (${text.length} so far).`;
  if (text.length > max) return `Please enter at most ${max} characters (${text.length} now).`;
  return undefined;
}

function badNumber(element: BlockElement, text: string): string | undefined {
  const number = Number(text);
  if (!Number.isFinite(number)) return 'Please enter a number.';
  if (!element.is_decimal_allowed && !Number.isInteger(number)) return 'Please enter a whole number.';
  if (element.min_value !== undefined && number < Number(element.min_value))
    return `Please enter a number of at least ${element.min_value}.`;
  if (element.max_value !== undefined && number > Number(element.max_value))
    return `Please enter a number of at most ${element.max_value}.`;
  return undefined;
}
