import { describe, expect, it } from 'vitest';
import { refuseMessage } from '../../src/workspace/limits/message.ts';
import { viewProblems } from '../../src/workspace/limits/view.ts';
import type { JsonObject } from '../../src/workspace/wire.ts';

const chars = (count: number) => 'x'.repeat(count);
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const option = (index: number | string, text = 'x') => ({ text: plain(text), value: String(index) });
const button = (more: object = {}) => ({ type: 'button', action_id: 'press', text: plain('Press'), ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const input = (element: object, more: object = {}) => ({
  type: 'input',
  block_id: 'field',
  label: plain('Field'),
  element,
  ...more,
});
const textInput = (more: object = {}) => ({ type: 'plain_text_input', action_id: 'text', ...more });
const select = (more: object) => ({
  type: 'static_select',
  action_id: 'pick',
  options: [option(1)],
  ...more,
});
const confirm = (more: object) => ({
  confirm: {
    title: plain('Sure?'),
    text: plain('Really'),
    confirm: plain('Yes'),
    deny: plain('No'),
    ...more,
  },
});
const modal = (more: object) => ({
  type: 'modal',
  title: plain('Title'),
  submit: plain('Send'),
  blocks: [],
  ...more,
});

const inMessage = (...blocks: object[]) =>
  refuseMessage({ text: 'fallback', blocks } as unknown as JsonObject)?.problems ?? [];
const inModal = (more: object) => viewProblems(modal(more), 'modal');
const inHome = (more: object) => viewProblems({ type: 'home', blocks: [], ...more }, 'home');

/** Each limit with the largest value that passes and the smallest that does not. */
const limits: [name: string, max: number, problems: (size: number) => string[], message: RegExp][] = [
  [
    'blocks of a message',
    50,
    (n) => inMessage(...many(n, () => ({ type: 'divider' }))),
    /no more than 50 items/,
  ],
  [
    'blocks of a modal',
    100,
    (n) => inModal({ blocks: many(n, () => ({ type: 'divider' })) }),
    /no more than 100 items/,
  ],
  [
    'blocks of a home',
    100,
    (n) => inHome({ blocks: many(n, () => ({ type: 'divider' })) }),
    /no more than 100 items/,
  ],
  ['section text', 3000, (n) => inMessage({ type: 'section', text: mrkdwn(chars(n)) }), /less than 3001/],
  [
    'section fields',
    10,
    (n) => inMessage({ type: 'section', fields: many(n, () => mrkdwn('x')) }),
    /no more than 10/,
  ],
  ['field text', 2000, (n) => inMessage({ type: 'section', fields: [mrkdwn(chars(n))] }), /less than 2001/],
  ['header', 150, (n) => inMessage({ type: 'header', text: plain(chars(n)) }), /less than 151/],
  [
    'context elements',
    10,
    (n) => inMessage({ type: 'context', elements: many(n, () => mrkdwn('x')) }),
    /no more than 10/,
  ],
  [
    'actions',
    25,
    (n) => inMessage(actions(...many(n, (i) => button({ action_id: `a${i}` })))),
    /no more than 25/,
  ],
  ['button text', 75, (n) => inMessage(actions(button({ text: plain(chars(n)) }))), /less than 76/],
  ['button value', 2000, (n) => inMessage(actions(button({ value: chars(n) }))), /less than 2001/],
  [
    'button url',
    3000,
    (n) => inMessage(actions(button({ url: `https://a.test/${chars(n - 15)}` }))),
    /less than 3001/,
  ],
  ['action_id', 255, (n) => inMessage(actions(button({ action_id: chars(n) }))), /less than 256/],
  ['block_id', 255, (n) => inMessage({ type: 'divider', block_id: chars(n) }), /less than 256/],
  ['options', 100, (n) => inMessage(actions(select({ options: many(n, option) }))), /no more than 100/],
  ['option text', 75, (n) => inMessage(actions(select({ options: [option(1, chars(n))] }))), /less than 76/],
  ['option value', 75, (n) => inMessage(actions(select({ options: [option(chars(n))] }))), /less than 76/],
  [
    'option groups',
    100,
    (n) => {
      const option_groups = many(n, (i) => ({ label: plain('g'), options: [option(i)] }));
      return inMessage(actions({ type: 'static_select', action_id: 'pick', option_groups }));
    },
    /no more than 100/,
  ],
  [
    'radio buttons',
    10,
    (n) => inMessage(actions({ type: 'radio_buttons', options: many(n, option) })),
    /no more than 10/,
  ],
  [
    'checkboxes',
    10,
    (n) => inMessage(actions({ type: 'checkboxes', options: many(n, option) })),
    /no more than 10/,
  ],
  [
    'overflow',
    5,
    (n) => inMessage(actions({ type: 'overflow', options: many(n, option) })),
    /no more than 5/,
  ],
  ['markdown', 12_000, (n) => inMessage({ type: 'markdown', text: chars(n) }), /less than 12001/],
  [
    'placeholder',
    150,
    (n) => inModal({ blocks: [input(textInput({ placeholder: plain(chars(n)) }))] }),
    /less than 151/,
  ],
  [
    'input label',
    2000,
    (n) => inModal({ blocks: [input(textInput(), { label: plain(chars(n)) })] }),
    /less than 2001/,
  ],
  [
    'hint',
    2000,
    (n) => inModal({ blocks: [input(textInput(), { hint: plain(chars(n)) })] }),
    /less than 2001/,
  ],
  [
    'max_length',
    3000,
    (n) => inModal({ blocks: [input(textInput({ max_length: n }))] }),
    /between 1 and 3000/,
  ],
  [
    'min_length',
    3000,
    (n) => inModal({ blocks: [input(textInput({ min_length: n }))] }),
    /between 0 and 3000/,
  ],
  [
    'initial_value',
    3000,
    (n) => inModal({ blocks: [input(textInput({ initial_value: chars(n) }))] }),
    /less than 3001/,
  ],
  [
    'confirm title',
    100,
    (n) => inMessage(actions(button(confirm({ title: plain(chars(n)) })))),
    /less than 101/,
  ],
  [
    'confirm text',
    300,
    (n) => inMessage(actions(button(confirm({ text: mrkdwn(chars(n)) })))),
    /less than 301/,
  ],
  [
    'confirm button',
    30,
    (n) => inMessage(actions(button(confirm({ confirm: plain(chars(n)) })))),
    /less than 31/,
  ],
  ['deny button', 30, (n) => inMessage(actions(button(confirm({ deny: plain(chars(n)) })))), /less than 31/],
  ['modal title', 24, (n) => inModal({ title: plain(chars(n)) }), /less than 25/],
  ['submit', 24, (n) => inModal({ submit: plain(chars(n)) }), /less than 25/],
  ['close', 24, (n) => inModal({ close: plain(chars(n)) }), /less than 25/],
  ['private_metadata', 3000, (n) => inModal({ private_metadata: chars(n) }), /less than 3001/],
  ['callback_id', 255, (n) => inModal({ callback_id: chars(n) }), /less than 256/],
  ['external_id', 255, (n) => inHome({ external_id: chars(n) }), /less than 256/],
  [
    'image alt text',
    2000,
    (n) => inMessage({ type: 'image', image_url: 'https://a.test/i', alt_text: chars(n) }),
    /less than 2001/,
  ],
];

describe.each(limits)('%s', (_name, max, problems, message) => {
  it(`may be ${max}`, () => expect(problems(max)).toEqual([]));
  it(`may not be ${max + 1}`, () => expect(problems(max + 1).join('\n')).toMatch(message));
});

describe('a message', () => {
  const refuse = (message: object, limits = {}) => refuseMessage(message as JsonObject, limits)?.error;

  it('needs text or blocks', () => {
    expect(refuse({})).toBe('no_text');
    expect(refuse({ text: '', blocks: [] })).toBe('no_text');
    expect(refuse({ text: 'x' })).toBeUndefined();
  });

  it('may hold 40,000 characters of text, and an update 4,000 bytes', () => {
    expect(refuse({ text: chars(40_000) })).toBeUndefined();
    expect(refuse({ text: chars(40_001) })).toBe('msg_too_long');
    expect(refuse({ text: chars(4000) }, { maxTextBytes: 4000 })).toBeUndefined();
    expect(refuse({ text: `${chars(3999)}é` }, { maxTextBytes: 4000 })).toBe('msg_too_long');
  });

  it('may hold about 13,200 characters over all its blocks', () => {
    const blocks = (last: number) =>
      [3000, 3000, 3000, 3000, last].map((n) => ({ type: 'section', text: mrkdwn(chars(n)) }));
    expect(refuse({ text: 'x', blocks: blocks(1200) })).toBeUndefined();
    expect(refuse({ text: 'x', blocks: blocks(1201) })).toBe('msg_blocks_too_long');
  });

  it('needs metadata with a type and a payload', () => {
    expect(refuse({ text: 'x', metadata: { event_type: 'a', event_payload: {} } })).toBeUndefined();
    expect(refuse({ text: 'x', metadata: { event_type: 'a' } })).toBe('invalid_metadata_format');
  });
});

describe('what Slack refuses by its shape', () => {
  const refused: [string, string[], RegExp][] = [
    [
      'a block of unknown type',
      inMessage({ type: 'marquee' }),
      /unsupported type: marquee .*\/blocks\/0\/type/,
    ],
    [
      'a type that is a name of Object.prototype',
      inMessage({ type: 'constructor' }),
      /unsupported type: constructor/,
    ],
    ['an element of unknown type', inMessage(actions({ type: 'slider' })), /unsupported type: slider/],
    ['a text input among actions', inMessage(actions(textInput())), /unsupported type: plain_text_input/],
    ['a button as an input', inModal({ blocks: [input(button())] }), /unsupported type: button/],
    [
      'a date and time picker beside a section',
      inMessage({ type: 'section', text: mrkdwn('x'), accessory: { type: 'datetimepicker' } }),
      /unsupported type/,
    ],
    [
      'a markdown block in a modal',
      inModal({ blocks: [{ type: 'markdown', text: 'x' }] }),
      /unsupported type: markdown/,
    ],
    [
      'two blocks with one block_id',
      inMessage({ type: 'divider', block_id: 'b' }, { type: 'divider', block_id: 'b' }),
      /"b" already exists/,
    ],
    ['two elements with one action_id', inMessage(actions(button(), button())), /"press" already exists/],
    ['mrkdwn in a header', inMessage({ type: 'header', text: mrkdwn('x') }), /plain_text only/],
    ['mrkdwn on a button', inMessage(actions(button({ text: mrkdwn('x') }))), /plain_text only/],
    [
      'mrkdwn in the option of a select',
      inMessage(actions(select({ options: [{ text: mrkdwn('x'), value: '1' }] }))),
      /plain_text only/,
    ],
    ['empty text', inMessage({ type: 'section', text: mrkdwn('') }), /more than 0 characters/],
    ['a section of nothing', inMessage({ type: 'section' }), /either `text` or `fields`/],
    [
      'a property that is unknown',
      inMessage({ type: 'divider', colour: 'red' }),
      /invalid additional property: colour/,
    ],
    ['a style that is unknown', inMessage(actions(button({ style: 'huge' }))), /valid enum value/],
    ['an address that is none', inMessage(actions(button({ url: 'not an address' }))), /valid URL/],
    ['options and option groups at once', inMessage(actions(select({ option_groups: [] }))), /exactly one/],
    [
      'an initial option that is not offered',
      inMessage(actions(select({ initial_option: option(2) }))),
      /must match/,
    ],
    ['a modal without a title', viewProblems({ type: 'modal', blocks: [] }, 'modal'), /\/view\/title/],
    [
      'inputs without submit',
      viewProblems({ type: 'modal', title: plain('x'), blocks: [input(textInput())] }, 'modal'),
      /field: submit/,
    ],
    ['a home that has a title', inHome({ title: plain('x') }), /additional property: title/],
    ['a modal published as home', viewProblems(modal({}), 'home'), /enum value: home/],
    [
      'two fields that both want focus',
      inModal({
        blocks: [
          input(textInput({ focus_on_load: true }), { block_id: 'a' }),
          input(textInput({ focus_on_load: true }), { block_id: 'b' }),
        ],
      }),
      /only one element/,
    ],
    [
      'a number input that does not say decimals',
      inModal({ blocks: [input({ type: 'number_input' })] }),
      /is_decimal_allowed/,
    ],
    [
      'a time that is none',
      inMessage(actions({ type: 'timepicker', initial_time: '24:00' })),
      /expected format/,
    ],
  ];
  it.each(refused)('%s', (_name, problems, message) => expect(problems.join('\n')).toMatch(message));

  it('and takes mrkdwn in radio buttons, and the same action_id in two blocks', () => {
    const options = [{ text: mrkdwn('*x*'), value: '1' }];
    expect(inMessage(actions({ type: 'radio_buttons', options }))).toEqual([]);
    expect(inMessage(actions(button()), actions(button()))).toEqual([]);
  });
});
