import type { ViewResult } from '../views.ts';
import { nonEmpty } from '../wire.ts';
import { fail, type Method, type Result } from './method.ts';

function answer(result: ViewResult): Result {
  if ('error' in result) return fail(result.error, result.problems);
  return { ok: true, view: structuredClone(result.view) };
}

const open: Method = ({ triggers, views }, args) => {
  const trigger = triggers.exchange(args.trigger_id);
  return 'error' in trigger ? fail(trigger.error) : answer(views.open(trigger.userId, args.view));
};

const push: Method = ({ triggers, views }, args) => {
  const trigger = triggers.exchange(args.trigger_id);
  return 'error' in trigger ? fail(trigger.error) : answer(views.push(trigger.userId, args.view));
};

const update: Method = ({ views }, args) => {
  if (!nonEmpty(args.view_id) && !nonEmpty(args.external_id))
    return fail('invalid_arguments', ['missing required field: view_id or external_id']);
  return answer(views.update(args.view_id, args.external_id, args.view, args.hash));
};

const publish: Method = ({ state, views }, args) => {
  const user = state.users.get(nonEmpty(args.user_id) ?? '');
  if (!user || user.isBot) return fail('user_not_found');
  return answer(views.publish(user.id, args.view, args.hash));
};

export const viewMethods: Record<string, Method> = {
  'views.open': open,
  'views.push': push,
  'views.update': update,
  'views.publish': publish,
};
