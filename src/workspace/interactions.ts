import type { Answer, Courier, Delivery, DeliveryProblem } from './delivery.ts';
import type { Events } from './events.ts';
import { inputProblems, stateOf } from './inputs.ts';
import { checkOptionGroups, checkOptions } from './limits/composition.ts';
import { Report } from './limits/report.ts';
import { postEphemeral } from './messages.ts';
import { escape } from './mrkdwn.ts';
import {
  actionPayload,
  commandPayload,
  envelope,
  type Place,
  placePayload,
  viewPayload,
} from './payloads.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { Conversation, User, WorkspaceState } from './state.ts';
import type { Triggers } from './triggers.ts';
import type { Views } from './views.ts';
import type {
  Block,
  BlockElement,
  JsonObject,
  Option,
  OptionGroup,
  StateValue,
  StateValues,
  View,
} from './wire.ts';
import { isObject, nonEmpty } from './wire.ts';

/** How it went, and what Slack showed the person when it went badly. */
export type Outcome =
  | { ok: true; ackMs: number }
  | { ok: false; problem: DeliveryProblem | 'invalid_response'; shown: string; ackMs: number };

export type SubmitOutcome =
  | { ok: true; view: 'closed' | 'cleared' | 'updated' | 'pushed'; ackMs: number }
  | {
      ok: false;
      problem: DeliveryProblem | 'invalid_response' | 'errors' | 'incomplete';
      errors: Record<string, string>;
      shown: string;
    };

export interface OptionsFound {
  ok: boolean;
  options: Option[];
  groups: OptionGroup[];
}

const trouble = 'We had some trouble connecting. Try again?';

export interface Parts {
  state: WorkspaceState;
  views: Views;
  triggers: Triggers;
  responseUrls: ResponseUrls;
  courier: Courier;
  events: Events;
}

/** What people do with the app: every press becomes a delivery, every answer becomes something they see. */
export class Interactions {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async command(user: User, conversation: Conversation, command: string, text: string): Promise<Outcome> {
    const { state, triggers, responseUrls } = this.#parts;
    const known = state.setup.app.commands.find((one) => one.command === command);
    const payload = commandPayload(state, {
      user,
      conversation,
      command,
      text: known?.shouldEscape ? this.#escapeMentions(text) : text,
      triggerId: triggers.issue(user.id),
      responseUrl: responseUrls.issue(user.id, conversation.id),
    });
    const answer = await this.#deliver({ kind: 'command', type: command, payload });
    if (!answer.ok) return this.#commandFailed(user, conversation, command, answer.problem, answer.ackMs);
    if (answer.body === '') return { ok: true, ackMs: answer.ackMs };
    const reply = typeof answer.body === 'string' ? { text: answer.body } : answer.body;
    const shown = responseUrls.apply(user.id, conversation.id, undefined, reply);
    if (!shown.body.ok)
      return this.#commandFailed(user, conversation, command, 'invalid_response', answer.ackMs);
    return { ok: true, ackMs: answer.ackMs };
  }

  #commandFailed(
    user: User,
    conversation: Conversation,
    command: string,
    problem: DeliveryProblem | 'invalid_response',
    ackMs: number,
  ): Outcome {
    const shown = `${command} failed with the error "${problem}"`;
    const { state } = this.#parts;
    postEphemeral(
      state,
      { channel: conversation.id, user: user.id },
      { text: escape(shown), blocks: [] },
      'USLACKBOT',
    );
    return { ok: false, problem, shown, ackMs };
  }

  #escapeMentions(text: string): string {
    const { state } = this.#parts;
    const users = [...state.users.values()];
    return escape(text)
      .replace(/@([\w.-]+)/g, (typed, name: string) => {
        const user = users.find((one) => one.name === name);
        return user ? `<@${user.id}|${user.name}>` : typed;
      })
      .replace(/#([\w-]+)/g, (typed, name: string) => {
        const channel = state.findConversation(name);
        return channel ? `<#${channel.id}|${channel.name}>` : typed;
      });
  }

  async act(
    user: User,
    place: Place,
    control: { block: Block; element: BlockElement },
    chosen: StateValue | Option | undefined,
    values: StateValues,
  ): Promise<Outcome> {
    const { state, triggers, responseUrls } = this.#parts;
    const payload: JsonObject = {
      type: 'block_actions',
      ...envelope(state, user),
      ...placePayload(place, values),
      trigger_id: triggers.issue(user.id),
      actions: [actionPayload(state, control.block, control.element, chosen)],
    };
    if (place.kind !== 'view')
      payload.response_url = responseUrls.issue(user.id, place.conversation.id, place);
    const answer = await this.#deliver({ kind: 'interaction', type: 'block_actions', payload });
    if (answer.ok) return { ok: true, ackMs: answer.ackMs };
    const where =
      place.kind === 'view'
        ? { viewId: place.view.id }
        : { channel: place.conversation.id, messageTs: place.message.ts };
    state.notify({ to: user.id, text: trouble, ...where });
    return { ok: false, problem: answer.problem, shown: trouble, ackMs: answer.ackMs };
  }

  async submit(user: User, view: View, values: StateValues): Promise<SubmitOutcome> {
    const { state, views, triggers } = this.#parts;
    const incomplete = inputProblems(view.blocks, stateOf(view.blocks, values));
    if (Object.keys(incomplete).length > 0) {
      views.setErrors(view.id, incomplete);
      return { ok: false, problem: 'incomplete', errors: incomplete, shown: '' };
    }
    views.setErrors(view.id, {});
    const payload: JsonObject = {
      type: 'view_submission',
      ...envelope(state, user),
      trigger_id: triggers.issue(user.id),
      view: viewPayload(view, values),
      response_urls: [],
    };
    const answer = await this.#deliver({ kind: 'interaction', type: 'view_submission', payload });
    if (!answer.ok) return this.#submitFailed(user, view, answer.problem);
    return this.#afterSubmit(user, view, answer);
  }

  #afterSubmit(user: User, view: View, answer: Answer & { ok: true }): SubmitOutcome {
    const { views } = this.#parts;
    const { ackMs, body } = answer;
    if (body === '') {
      views.close(user.id, false);
      return { ok: true, view: 'closed', ackMs };
    }
    if (typeof body === 'string') return this.#submitFailed(user, view, 'invalid_response');
    switch (nonEmpty(body.response_action) ?? '') {
      case 'errors':
        return this.#showErrors(user, view, body.errors);
      case 'clear':
        views.close(user.id, true);
        return { ok: true, view: 'cleared', ackMs };
      case 'update': {
        const updated = views.update(view.id, undefined, body.view, undefined);
        return 'view' in updated
          ? { ok: true, view: 'updated', ackMs }
          : this.#submitFailed(user, view, 'invalid_response', updated.problems);
      }
      case 'push': {
        const pushed = views.push(user.id, body.view);
        return 'view' in pushed
          ? { ok: true, view: 'pushed', ackMs }
          : this.#submitFailed(user, view, 'invalid_response', pushed.problems);
      }
      default:
        return this.#submitFailed(user, view, 'invalid_response');
    }
  }

  /** Slack shows nothing but trouble when an error names a block that is no input of the view. */
  #showErrors(user: User, view: View, given: unknown): SubmitOutcome {
    const inputs = new Set(
      view.blocks.filter((block) => block.type === 'input').map((block) => block.block_id),
    );
    const entries = isObject(given) ? Object.entries(given) : [];
    const known = entries.every(
      ([blockId, text]) => inputs.has(blockId) && typeof text === 'string' && text !== '',
    );
    if (entries.length === 0 || !known) return this.#submitFailed(user, view, 'invalid_response');
    const errors = Object.fromEntries(entries) as Record<string, string>;
    this.#parts.views.setErrors(view.id, errors);
    return { ok: false, problem: 'errors', errors, shown: Object.values(errors).join(' ') };
  }

  #submitFailed(
    user: User,
    view: View,
    problem: DeliveryProblem | 'invalid_response',
    problems: string[] = [],
  ): SubmitOutcome {
    this.#parts.state.notify({ to: user.id, viewId: view.id, text: trouble });
    const errors = Object.fromEntries(problems.map((text, index) => [`problem ${index + 1}`, text]));
    return { ok: false, problem, errors, shown: trouble };
  }

  /** Closing tells the app only where the view asked for it. */
  async close(user: User, all: boolean, values: StateValues): Promise<Outcome> {
    const { state, views } = this.#parts;
    const top = views.current(user.id);
    const closed = views.close(user.id, all || (top?.clear_on_close ?? false));
    let last: Outcome = { ok: true, ackMs: 0 };
    for (const view of closed.filter((one) => one.notify_on_close)) {
      const payload = {
        type: 'view_closed',
        ...envelope(state, user),
        view: viewPayload(view, values),
        is_cleared: closed.length > 1,
      };
      const answer = await this.#deliver({ kind: 'interaction', type: 'view_closed', payload });
      last = answer.ok ? { ok: true, ackMs: answer.ackMs } : { ...answer, shown: '' };
    }
    return last;
  }

  async shortcut(user: User, callbackId: string): Promise<Outcome> {
    const { state, triggers } = this.#parts;
    const payload: JsonObject = {
      type: 'shortcut',
      ...envelope(state, user),
      callback_id: callbackId,
      action_ts: state.nextTs(),
      trigger_id: triggers.issue(user.id),
    };
    const answer = await this.#deliver({ kind: 'interaction', type: 'shortcut', payload });
    if (answer.ok) return { ok: true, ackMs: answer.ackMs };
    state.notify({ to: user.id, text: trouble });
    return { ok: false, problem: answer.problem, shown: trouble, ackMs: answer.ackMs };
  }

  async options(
    user: User,
    place: Place,
    control: { block: Block; element: BlockElement },
    query: string,
    values: StateValues,
  ): Promise<OptionsFound> {
    const { state } = this.#parts;
    const payload: JsonObject = {
      type: 'block_suggestion',
      ...envelope(state, user),
      ...placePayload(place, values),
      action_id: control.element.action_id ?? '',
      block_id: control.block.block_id ?? '',
      value: query,
    };
    const answer = await this.#deliver({ kind: 'options', type: 'block_suggestion', payload });
    return (answer.ok && optionsIn(answer.body)) || { ok: false, options: [], groups: [] };
  }

  async openHome(user: User, tab: 'home' | 'messages'): Promise<void> {
    const { state, views, events } = this.#parts;
    const home = views.home(user.id);
    await events.send({
      type: 'app_home_opened',
      user: user.id,
      channel: state.directWithApp(user.id).id,
      tab,
      event_ts: state.nextTs(),
      ...(home && tab === 'home' ? { view: viewPayload(home, {}) } : {}),
    });
  }

  #deliver(delivery: Delivery): Promise<Answer> {
    return this.#parts.courier.deliver(delivery);
  }
}

/** The app's suggestions, or nothing when Slack would refuse them. */
function optionsIn(body: unknown): OptionsFound | undefined {
  if (!isObject(body)) return undefined;
  const report = new Report();
  const isEmpty = (list: unknown) => Array.isArray(list) && list.length === 0;
  if (body.option_groups !== undefined) {
    if (!isEmpty(body.option_groups)) checkOptionGroups(report, body.option_groups, '/option_groups');
  } else if (!isEmpty(body.options)) {
    checkOptions(report, body.options, '/options', { maxOptions: 100, textKind: 'plain_text' });
  }
  if (report.problems.length > 0) return undefined;
  const options = (body.options ?? []) as unknown as Option[];
  const groups = (body.option_groups ?? []) as unknown as OptionGroup[];
  return { ok: true, options: [...options, ...groups.flatMap((group) => group.options)], groups };
}
