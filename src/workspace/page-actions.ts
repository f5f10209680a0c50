import { WorkspaceError } from './errors.ts';
import { controlsOf, offeredOptions } from './inputs.ts';
import type { Parts } from './interactions.ts';
import { escape } from './mrkdwn.ts';
import type { Person, Target } from './person.ts';
import type { StateValue, StateValues } from './wire.ts';

/** Where on the page a control was used. */
export type Where = { view: string } | { channel: string; ts: string };

/** What the page can ask for; each becomes a call on the same Person that tests use. */
export type PageAction = { as: string } & (
  | { do: 'command'; channel: string; command: string; text: string }
  | { do: 'post'; channel: string; text: string; threadTs?: string }
  | { do: 'press'; where: Where; blockId: string; actionId: string; option?: string; values: StateValues }
  | { do: 'enter'; where: Where; blockId: string; actionId: string; value: StateValue; values: StateValues }
  | { do: 'options'; where: Where; blockId: string; actionId: string; query: string; values: StateValues }
  | { do: 'submit'; view: string; values: StateValues }
  | { do: 'close'; view: string; values: StateValues; all?: boolean }
  | { do: 'home'; tab: 'home' | 'messages' }
  | { do: 'read'; channel: string }
  | { do: 'message-app' }
  | { do: 'join'; channel: string }
);

export async function doAction(person: Person, parts: Parts, action: PageAction): Promise<unknown> {
  switch (action.do) {
    case 'command':
      return person.command(action.channel, action.command, action.text);
    case 'post': {
      const message = await person.post(action.channel, mentionsIn(parts, action.text), action.threadTs);
      return { ok: true, ts: message.ts };
    }
    case 'press':
    case 'enter':
    case 'options':
      return useControl(person, parts, action);
    case 'submit':
      person.setValues(viewOf(person, action.view), action.values);
      return person.submitView();
    case 'close':
      person.setValues(viewOf(person, action.view), action.values);
      return person.closeView({ all: action.all ?? false });
    case 'home':
      await person.openHome(action.tab);
      return { ok: true };
    case 'read':
      markRead(person, parts, action.channel);
      return { ok: true };
    case 'message-app':
      return { ok: true, channel: parts.state.directWithApp(person.id).id };
    case 'join':
      parts.state.conversation(action.channel).members.add(person.id);
      parts.state.changed();
      return { ok: true };
    default:
      throw new WorkspaceError('workspace_no_such_element', 'the page cannot do that');
  }
}

function useControl(
  person: Person,
  parts: Parts,
  action: Extract<PageAction, { do: 'press' | 'enter' | 'options' }>,
): Promise<unknown> {
  const target = targetOf(person, parts, action.where);
  const { blockId, actionId } = action;
  person.setValues(target, action.values);
  if (action.do === 'options') return person.options(target, actionId, action.query, { blockId });
  const control = controlsOf(target.blocks ?? []).find(
    ({ block, element }) => block.block_id === blockId && element.action_id === actionId,
  );
  if (!control) throw new WorkspaceError('workspace_no_such_element', 'that control is no longer there');
  if (action.do === 'enter') return person.enter(target, control, action.value);
  const offered = offeredOptions(control.element);
  const known = action.option !== undefined && offered.some((one) => one.value === action.option);
  return person.click(target, actionId, { blockId, ...(known ? { option: action.option as string } : {}) });
}

function targetOf(person: Person, parts: Parts, where: Where): Target {
  if ('view' in where) return viewOf(person, where.view);
  const own = person.ephemerals().find((one) => one.ts === where.ts && one.channel === where.channel);
  const message = own ?? parts.state.conversation(where.channel).messages.find((one) => one.ts === where.ts);
  if (!message) throw new WorkspaceError('workspace_no_such_element', 'that message is gone');
  return message;
}

function viewOf(person: Person, viewId: string) {
  const view = [person.currentView(), person.home()].find((one) => one?.id === viewId);
  if (!view) throw new WorkspaceError('workspace_no_view', 'that view is no longer open');
  return view;
}

function markRead(person: Person, parts: Parts, channel: string): void {
  const { state } = parts;
  const conversation = state.conversation(channel);
  const last = conversation.messages.at(-1)?.ts;
  const key = `${person.id}:${conversation.id}`;
  if (!last || state.lastRead.get(key) === last) return;
  state.lastRead.set(key, last);
  state.changed();
}

/** As Slack's client does: escapes, then turns `@name` and `#channel` into references. */
function mentionsIn(parts: Parts, text: string): string {
  const users = [...parts.state.users.values()];
  return escape(text)
    .replace(/@(channel|here|everyone)\b/g, '<!$1>')
    .replace(/@([\w.-]+)/g, (typed, name: string) => {
      const user = users.find((one) => one.name === name);
      return user ? `<@${user.id}>` : typed;
    })
    .replace(/#([\w-]+)/g, (typed, name: string) => {
      const channel = parts.state.findConversation(name);
      return channel ? `<#${channel.id}|${channel.name}>` : typed;
    })
    .replace(/https?:\/\/[^\s<>]+/g, (url) => `<${url}>`);
}
