import { WorkspaceError } from './errors.ts';
import { type Control, controlsOf, offeredOptions, stateOf, valueKey } from './inputs.ts';
import type { Interactions, OptionsFound, Outcome, Parts, SubmitOutcome } from './interactions.ts';
import { postMessage, repliesOf, threadParent } from './messages.ts';
import type { Place } from './payloads.ts';
import type { Conversation, Ephemeral, Notice, StoredMessage, User } from './state.ts';
import type { Option, StateValue, StateValues, View } from './wire.ts';

/** A message, an ephemeral message or a view: anything with controls on it. */
export type Target = StoredMessage | Ephemeral | View;

/** A value as a person thinks of it: text, an option's value or text, an option, or several; null empties. */
export type Entered = string | number | Option | string[] | Option[] | null;

export interface ControlChoice {
  /** Where the same action_id stands in several blocks. */
  blockId?: string;
}

/** One person at their client. Tests, the demo and the page all act through this. */
export class Person {
  readonly id: string;
  readonly #parts: Parts;
  readonly #interactions: Interactions;
  readonly #entered = new Map<string, StateValues>();

  constructor(id: string, parts: Parts, interactions: Interactions) {
    this.id = id;
    this.#parts = parts;
    this.#interactions = interactions;
  }

  get #user(): User {
    return this.#parts.state.user(this.id);
  }

  /** Types a slash command in a channel, given by id or name. */
  command(channel: string, command: string, text = ''): Promise<Outcome> {
    return this.#interactions.command(this.#user, this.#mine(channel), command, text);
  }

  /** Posts a message as a person; `text` is what Slack stores (`<@U…>` for a mention). */
  async post(channel: string, text: string, threadTs?: string): Promise<StoredMessage> {
    const conversation = this.#mine(channel);
    const parent = threadTs ? threadParent(conversation, threadTs) : undefined;
    const thread = parent ? { threadTs: parent.ts } : {};
    const message = postMessage(this.#parts.state, conversation, this.id, { text, blocks: [] }, thread);
    await this.#parts.events.messagePosted(conversation, message);
    return message;
  }

  /** Presses a button, or picks from an overflow menu with `option`. Confirm dialogs are taken as confirmed. */
  async click(
    target: Target,
    actionIdOrText: string,
    choice: ControlChoice & { option?: string } = {},
  ): Promise<Outcome> {
    const control = this.#control(target, actionIdOrText, choice);
    const option = choice.option === undefined ? undefined : pickOption(control, choice.option);
    return this.#interactions.act(this.#user, this.#place(target), control, option, this.#values(target));
  }

  /** Chooses in a select, radio group, checkbox group or picker that tells the app at once. */
  async choose(
    target: Target,
    actionId: string,
    value: Entered,
    choice: ControlChoice = {},
  ): Promise<Outcome> {
    const control = this.#control(target, actionId, choice);
    const entered = await this.#stateValue(target, control, value);
    return this.enter(target, control, entered);
  }

  /** Fills in a field of the view on top, by action_id or block_id; tells the app where the view asks for it. */
  async fill(actionOrBlockId: string, value: Entered): Promise<void> {
    const view = this.#openView();
    const control = this.#control(view, actionOrBlockId, {});
    const entered = await this.#stateValue(view, control, value);
    await this.enter(view, control, entered);
  }

  /** Stores a value as Slack's state holds it, and sends block_actions where that element does so. */
  async enter(target: Target, control: Control, value: StateValue): Promise<Outcome> {
    const { block, element } = control;
    const values = this.#entered.get(keyOf(target)) ?? {};
    const blockId = block.block_id ?? '';
    values[blockId] = { ...values[blockId], [element.action_id ?? '']: value };
    this.#entered.set(keyOf(target), values);
    if (block.type === 'input' && !block.dispatch_action) return { ok: true, ackMs: 0 };
    return this.#interactions.act(this.#user, this.#place(target), control, value, this.#values(target));
  }

  /** Replaces what was entered so far: the page keeps its own fields and sends them with each press. */
  setValues(target: Target, values: StateValues): void {
    this.#entered.set(keyOf(target), structuredClone(values));
  }

  /** What an external select suggests for `query`. */
  options(
    target: Target,
    actionOrBlockId: string,
    query: string,
    choice: ControlChoice = {},
  ): Promise<OptionsFound> {
    const control = this.#control(target, actionOrBlockId, choice);
    return this.#interactions.options(this.#user, this.#place(target), control, query, this.#values(target));
  }

  /** Fills in `values` (by action_id or block_id) and presses the view's submit button. */
  async submitView(values: Record<string, Entered> = {}): Promise<SubmitOutcome> {
    for (const [id, value] of Object.entries(values)) await this.fill(id, value);
    const view = this.#openView();
    const outcome = await this.#interactions.submit(this.#user, view, this.#values(view));
    if (outcome.ok && outcome.view !== 'pushed' && outcome.view !== 'updated') this.#entered.delete(view.id);
    return outcome;
  }

  closeView({ all = false } = {}): Promise<Outcome> {
    const view = this.#openView();
    return this.#interactions.close(this.#user, all, this.#values(view));
  }

  shortcut(callbackId: string): Promise<Outcome> {
    return this.#interactions.shortcut(this.#user, callbackId);
  }

  /** Opens the app's Home; the app hears of it and usually publishes a view. */
  async openHome(tab: 'home' | 'messages' = 'home'): Promise<View | undefined> {
    await this.#interactions.openHome(this.#user, tab);
    return this.home();
  }

  home(): View | undefined {
    return this.#parts.views.home(this.id);
  }

  currentView(): View | undefined {
    return this.#parts.views.current(this.id);
  }

  /** Inline errors of the view on top, by block_id. */
  viewErrors(): Record<string, string> {
    const view = this.currentView();
    return (view && this.#parts.views.errors.get(view.id)) ?? {};
  }

  /** Roots of a channel, oldest first; ephemeral messages are not among them. */
  messages(channel: string): StoredMessage[] {
    return this.#mine(channel).messages.filter((one) => !one.thread_ts || one.thread_ts === one.ts);
  }

  /** A thread: its root and the replies. */
  thread(channel: string, ts: string): StoredMessage[] {
    const conversation = this.#mine(channel);
    const root = threadParent(conversation, ts);
    return root ? [root, ...repliesOf(conversation, root.ts)] : [];
  }

  /** Direct messages with the app, oldest first, replies included. */
  dm(): StoredMessage[] {
    return this.#parts.state.directWithApp(this.id).messages;
  }

  ephemerals(channel?: string): Ephemeral[] {
    const id = channel === undefined ? undefined : this.#parts.state.conversation(channel).id;
    return this.#parts.state.ephemerals.filter(
      (one) => one.to === this.id && (id === undefined || one.channel === id),
    );
  }

  /** What Slack told this person when the app did not answer. */
  notices(): Notice[] {
    return this.#parts.state.notices.filter((one) => one.to === this.id);
  }

  /** What this person would see on the fields of a message or view. */
  values(target: Target): StateValues {
    return stateOf(target.blocks ?? [], this.#values(target));
  }

  #values(target: Target): StateValues {
    return this.#entered.get(keyOf(target)) ?? {};
  }

  #openView(): View {
    const view = this.currentView();
    if (!view) throw new WorkspaceError('workspace_no_view', `${this.id} has no view open`);
    return view;
  }

  #mine(channel: string): Conversation {
    const { state } = this.#parts;
    const conversation =
      channel === state.setup.app.botUserId ? state.directWithApp(this.id) : state.conversation(channel);
    if (conversation.isPrivate && !conversation.members.has(this.id))
      throw new WorkspaceError(
        'workspace_unknown_channel',
        `${this.id} is not in ${channel} and cannot see it`,
      );
    return conversation;
  }

  #place(target: Target): Place {
    if (isView(target)) return { kind: 'view', view: target };
    const { state } = this.#parts;
    if ('to' in target)
      return { kind: 'ephemeral', conversation: state.conversation(target.channel), message: target };
    const conversation = [...state.conversations.values()].find((one) => one.messages.includes(target));
    if (!conversation) throw new WorkspaceError('workspace_no_such_element', `message ${target.ts} is gone`);
    return { kind: 'message', conversation: this.#mine(conversation.id), message: target };
  }

  #control(target: Target, wanted: string, choice: ControlChoice): Control {
    const controls = controlsOf(target.blocks ?? []).filter(
      ({ block }) => choice.blockId === undefined || block.block_id === choice.blockId,
    );
    const found =
      controls.find(({ element }) => element.action_id === wanted) ??
      controls.find(({ block }) => block.block_id === wanted) ??
      controls.find(({ element }) => element.text?.text === wanted);
    if (found) return found;
    const there = controls.map(({ element }) => element.action_id).join(', ') || 'none';
    throw new WorkspaceError(
      'workspace_no_such_element',
      `no control "${wanted}" there; there are: ${there}`,
    );
  }

  async #stateValue(target: Target, control: Control, value: Entered): Promise<StateValue> {
    const { type } = control.element;
    const key = valueKey(type);
    const many = key.endsWith('s');
    const wrap = async (one: string | number | Option) =>
      key.startsWith('selected_option') && typeof one !== 'object'
        ? await this.#option(target, control, String(one))
        : one;
    if (value === null) return { type, [key]: many ? [] : null } as StateValue;
    const list = Array.isArray(value) ? value : [value];
    const wrapped = await Promise.all(list.map(wrap));
    return { type, [key]: many ? wrapped : wrapped[0] } as StateValue;
  }

  /** The offered option with this value or text; an external select is asked for it, as typing would. */
  async #option(target: Target, control: Control, wanted: string): Promise<Option> {
    if (!control.element.type.includes('external')) return pickOption(control, wanted);
    const found = await this.#interactions.options(
      this.#user,
      this.#place(target),
      control,
      wanted,
      this.#values(target),
    );
    return pick(found.options, wanted, control);
  }
}

function isView(target: Target): target is View {
  return 'hash' in target;
}

function keyOf(target: Target): string {
  return isView(target) ? target.id : target.ts;
}

function pickOption(control: Control, wanted: string): Option {
  return pick(offeredOptions(control.element), wanted, control);
}

function pick(options: Option[], wanted: string, control: Control): Option {
  const option =
    options.find((one) => one.value === wanted) ?? options.find((one) => one.text.text === wanted);
  if (option) return option;
  const offered = options.map((one) => one.value).join(', ') || 'none';
  throw new WorkspaceError(
    'workspace_no_such_element',
    `"${control.element.action_id}" offers no option "${wanted}"; it offers: ${offered}`,
  );
}
