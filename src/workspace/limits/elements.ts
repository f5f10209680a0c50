import {
  checkConfirm,
  checkOption,
  checkOptionalText,
  checkOptionGroups,
  checkOptions,
  checkText,
} from './composition.ts';
import type { Report } from './report.ts';

type Element = Record<string, unknown>;
type Check = (report: Report, element: Element, pointer: string) => void;

const selects = [
  'static_select',
  'external_select',
  'users_select',
  'conversations_select',
  'channels_select',
];
const multiSelects = selects.map((type) => `multi_${type}`);
const choosers = [...selects, ...multiSelects, 'checkboxes', 'radio_buttons', 'datepicker', 'timepicker'];

/** Which element may stand where. */
export const elementsAllowed = {
  accessory: [...choosers, 'button', 'overflow', 'image'],
  actions: [...choosers, 'button', 'overflow', 'datetimepicker'],
  input: [
    ...choosers,
    'datetimepicker',
    'plain_text_input',
    'number_input',
    'email_text_input',
    'url_text_input',
    'rich_text_input',
  ],
} as const;

/** Elements whose value is part of `state.values`. */
export function isStateful(type: string): boolean {
  return type !== 'button' && type !== 'overflow' && type !== 'image';
}

const common = ['type', 'action_id'];
const input = [...common, 'placeholder', 'focus_on_load'];
const chooser = [...input, 'confirm'];

const checkButton: Check = (report, element, at) => {
  report.onlyKeys(element, at, [
    ...common,
    'text',
    'url',
    'value',
    'style',
    'confirm',
    'accessibility_label',
  ]);
  checkText(report, element.text, `${at}/text`, 75, 'plain_text');
  report.optionalText(element.value, `${at}/value`, 2000);
  report.optionalText(element.accessibility_label, `${at}/accessibility_label`, 75);
  report.url(element.url, `${at}/url`);
  report.oneOf(element.style, `${at}/style`, ['primary', 'danger']);
};

const checkOverflow: Check = (report, element, at) => {
  report.onlyKeys(element, at, [...common, 'options', 'confirm']);
  checkOptions(report, element.options, `${at}/options`, {
    maxOptions: 5,
    textKind: 'plain_text',
    urlAllowed: true,
  });
};

const checkImage: Check = (report, element, at) => {
  report.onlyKeys(element, at, ['type', 'image_url', 'alt_text', 'slack_file']);
  report.text(element.alt_text, `${at}/alt_text`, 2000);
  if (element.slack_file === undefined && element.image_url === undefined)
    report.add(at, 'missing required field: image_url');
  report.url(element.image_url, `${at}/image_url`);
};

/** Radio buttons and checkboxes: at most 10 options, mrkdwn allowed. */
const checkBoxes: Check = (report, element, at) => {
  report.onlyKeys(element, at, [
    ...common,
    'options',
    'initial_option',
    'initial_options',
    'confirm',
    'focus_on_load',
  ]);
  checkOptions(report, element.options, `${at}/options`, { maxOptions: 10, textKind: 'any' });
  checkInitialOptions(report, element, at);
};

const checkStaticSelect: Check = (report, element, at) => {
  report.onlyKeys(element, at, [
    ...chooser,
    'options',
    'option_groups',
    'initial_option',
    'initial_options',
    'max_selected_items',
  ]);
  const both = element.options !== undefined && element.option_groups !== undefined;
  const neither = element.options === undefined && element.option_groups === undefined;
  if (both || neither) return report.add(at, 'must define exactly one of `options` or `option_groups`');
  if (element.options !== undefined)
    checkOptions(report, element.options, `${at}/options`, { maxOptions: 100, textKind: 'plain_text' });
  else checkOptionGroups(report, element.option_groups, `${at}/option_groups`);
  checkInitialOptions(report, element, at);
};

const checkExternalSelect: Check = (report, element, at) => {
  report.onlyKeys(element, at, [
    ...chooser,
    'initial_option',
    'initial_options',
    'min_query_length',
    'max_selected_items',
  ]);
  const rules = { maxOptions: 100, textKind: 'plain_text' } as const;
  if (element.initial_option !== undefined)
    checkOption(report, element.initial_option, `${at}/initial_option`, rules);
  if (element.initial_options !== undefined)
    checkOptions(report, element.initial_options, `${at}/initial_options`, rules);
  checkCount(report, element.min_query_length, `${at}/min_query_length`, 0, 1000);
};

/** A chosen option must be one of those offered, to the letter. */
function checkInitialOptions(report: Report, element: Element, at: string): void {
  const groups = Array.isArray(element.option_groups)
    ? (element.option_groups as Element[])
    : [{ options: element.options }];
  const offered = groups.flatMap((group) =>
    Array.isArray(group.options) ? (group.options as unknown[]) : [],
  );
  const known = new Set(offered.map((option) => JSON.stringify(option)));
  const check = (option: unknown, pointer: string): void => {
    if (!known.has(JSON.stringify(option)))
      report.add(pointer, 'must match exactly one of the provided options');
  };
  if (element.initial_option !== undefined) check(element.initial_option, `${at}/initial_option`);
  if (element.initial_options === undefined) return;
  if (!report.items(element.initial_options, `${at}/initial_options`, 100)) return;
  element.initial_options.forEach((option, index) => check(option, `${at}/initial_options/${index}`));
}

function checkCount(report: Report, value: unknown, pointer: string, min: number, max: number): void {
  if (value === undefined) return;
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max)
    report.add(pointer, `must be an integer between ${min} and ${max}`);
}

function pickerCheck(initialKey: string, pattern: RegExp, extra: string[] = []): Check {
  return (report, element, at) => {
    report.onlyKeys(element, at, [...chooser, initialKey, ...extra]);
    const initial = element[initialKey];
    if (initial !== undefined && !pattern.test(JSON.stringify(initial).replaceAll('"', '')))
      report.add(`${at}/${initialKey}`, 'does not match the expected format');
  };
}

function idSelectCheck(...initialKeys: string[]): Check {
  return (report, element, at) =>
    report.onlyKeys(element, at, [
      ...chooser,
      'max_selected_items',
      'response_url_enabled',
      'default_to_current_conversation',
      'filter',
      ...initialKeys,
    ]);
}

const checkPlainTextInput: Check = (report, element, at) => {
  report.onlyKeys(element, at, [
    ...input,
    'multiline',
    'min_length',
    'max_length',
    'initial_value',
    'dispatch_action_config',
  ]);
  checkCount(report, element.min_length, `${at}/min_length`, 0, 3000);
  checkCount(report, element.max_length, `${at}/max_length`, 1, 3000);
  report.optionalText(element.initial_value, `${at}/initial_value`, 3000);
  report.flag(element.multiline, `${at}/multiline`);
};

const checkNumberInput: Check = (report, element, at) => {
  report.onlyKeys(element, at, [
    ...input,
    'is_decimal_allowed',
    'initial_value',
    'min_value',
    'max_value',
    'dispatch_action_config',
  ]);
  if (typeof element.is_decimal_allowed !== 'boolean')
    report.add(at, 'missing required field: is_decimal_allowed');
  for (const key of ['initial_value', 'min_value', 'max_value']) {
    const value = element[key];
    if (value !== undefined && (typeof value !== 'string' || value === '' || !Number.isFinite(Number(value))))
      report.add(`${at}/${key}`, 'must be a number in a string');
  }
};

const checkLineInput: Check = (report, element, at) => {
  report.onlyKeys(element, at, [...input, 'initial_value', 'dispatch_action_config']);
  report.optionalText(element.initial_value, `${at}/initial_value`, 3000);
};

const checkRichTextInput: Check = (report, element, at) =>
  report.onlyKeys(element, at, [...input, 'initial_value', 'dispatch_action_config']);

const checks: Record<string, Check> = {
  button: checkButton,
  overflow: checkOverflow,
  image: checkImage,
  checkboxes: checkBoxes,
  radio_buttons: checkBoxes,
  static_select: checkStaticSelect,
  multi_static_select: checkStaticSelect,
  external_select: checkExternalSelect,
  multi_external_select: checkExternalSelect,
  users_select: idSelectCheck('initial_user'),
  multi_users_select: idSelectCheck('initial_users'),
  conversations_select: idSelectCheck('initial_conversation'),
  multi_conversations_select: idSelectCheck('initial_conversations'),
  channels_select: idSelectCheck('initial_channel'),
  multi_channels_select: idSelectCheck('initial_channels'),
  datepicker: pickerCheck('initial_date', /^\d{4}-\d{2}-\d{2}$/),
  timepicker: pickerCheck('initial_time', /^([01]\d|2[0-3]):[0-5]\d$/, ['timezone']),
  datetimepicker: pickerCheck('initial_date_time', /^\d{10}$/),
  plain_text_input: checkPlainTextInput,
  number_input: checkNumberInput,
  email_text_input: checkLineInput,
  url_text_input: checkLineInput,
  rich_text_input: checkRichTextInput,
};

export function checkElement(report: Report, value: unknown, at: string, allowed: readonly string[]): void {
  if (!report.object(value, at)) return;
  const type = typeof value.type === 'string' ? value.type : '';
  const check = Object.hasOwn(checks, type) ? checks[type] : undefined;
  if (!check || !allowed.includes(type))
    return report.add(`${at}/type`, `unsupported type: ${type || 'none'}`);
  if (value.action_id !== undefined) report.text(value.action_id, `${at}/action_id`, 255);
  checkOptionalText(report, value.placeholder, `${at}/placeholder`, 150, 'plain_text');
  checkConfirm(report, value.confirm, `${at}/confirm`);
  checkCount(report, value.max_selected_items, `${at}/max_selected_items`, 1, 100);
  report.flag(value.focus_on_load, `${at}/focus_on_load`);
  check(report, value, at);
}
