import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import type { AccountRef } from '../../ports/directory.ts';
import type { Intent } from '../../ports/intent.ts';
import { answerCard } from '../answers.ts';
import { ACTION, parseErasure, parseTarget, type Target } from '../intent.ts';
import { actorOf, type Place, placeOf, type SlackContext, settledWithin, tell, UNKNOWN } from './context.ts';
import { type DialogKind, openDialog } from './dialogs.ts';
import { openForm, type Previews } from './form-flow.ts';
import { homeView } from './home.ts';
import { reveal } from './reveal.ts';
import { slackCode } from './web.ts';

type Read = (value: unknown) => Intent | null;

const ofRequest =
  (make: (target: Target) => Intent): Read =>
  (value) => {
    const target = parseTarget(value);
    return target && make(target);
  };

/** Buttons that do what they say at once: what each wants, null for a value that is none of ours. */
const AT_ONCE: Readonly<Record<string, Read>> = {
  [ACTION.approve]: ofRequest((target) => ({ kind: 'approve', ...target, shortenToMs: null, comment: null })),
  [ACTION.withdraw]: ofRequest(({ request }) => ({ kind: 'withdraw', request })),
  [ACTION.extend]: ofRequest(({ request }) => ({ kind: 'extend', request, extraMs: null })),
  [ACTION.done]: ofRequest(({ request }) => ({ kind: 'done', request })),
  [ACTION.evidence]: ofRequest(({ request }) => ({ kind: 'evidence', request })),
  [ACTION.agreeToErasure]: (value) => {
    const erasure = parseErasure(value);
    return erasure === null ? null : { kind: 'approve-erasure', erasure };
  },
};

const DIALOGS: Readonly<Record<string, DialogKind>> = {
  [ACTION.deny]: 'deny',
  [ACTION.approveShorter]: 'shorten',
  [ACTION.revoke]: 'revoke',
};

const FORM_INPUTS: readonly string[] = [ACTION.entitlement, ACTION.duration, ACTION.startAt];

const returnedView = z.object({
  id: z.string(),
  hash: z.string(),
  type: z.string(),
  private_metadata: z.string().optional(),
  state: z.object({ values: z.unknown() }).optional(),
  blocks: z.unknown(),
});
const click = z.object({
  actions: z.array(z.object({ action_id: z.string(), value: z.string().optional() })).min(1),
  view: returnedView.optional(),
});

/** One click or choice. What is decided at once is durable before Slack is answered. */
export async function onAction(
  context: SlackContext,
  previews: Previews,
  account: AccountRef,
  body: unknown,
  answer: () => Promise<void>,
): Promise<void> {
  const place = placeOf(body);
  const parsed = click.safeParse(body);
  const action = parsed.data?.actions[0];
  const view = parsed.data?.view;
  if (action !== undefined && view !== undefined && FORM_INPUTS.includes(action.action_id)) {
    await answer();
    return previews.changed(account, view);
  }
  if (action?.action_id === ACTION.ask) {
    await answer();
    return openForm(context, place, account, { kind: 'open-form', entitlement: null });
  }
  const id = action?.action_id ?? '';
  const intent = Object.hasOwn(AT_ONCE, id) ? AT_ONCE[id]?.(action?.value) : null;
  if (intent) return decide(context, place, account, intent, view?.type === 'home', answer);
  await answer();
  const target = parseTarget(action?.value);
  const kind = Object.hasOwn(DIALOGS, id) ? DIALOGS[id] : undefined;
  if (target !== null && kind !== undefined) return openDialog(context, place, account, kind, target);
  if (target !== null && id === ACTION.reveal) return reveal(context, place, account, target);
  return tell(context, place, UNKNOWN);
}

/** The card and the notes tell what was done; only a refusal needs an answer of its own. */
async function decide(
  context: SlackContext,
  place: Place,
  account: AccountRef,
  intent: Intent,
  fromHome: boolean,
  answer: () => Promise<void>,
): Promise<void> {
  const work = context.onIntent(actorOf(context, account), intent);
  await settledWithin(context.clock, work, LIMITS.acknowledgeWithinMs);
  await answer();
  const reply = await work;
  if (reply.kind !== 'done')
    await tell(context, place, answerCard(reply, { account, now: context.clock.now() }));
  if (fromHome) await showHome(context, account);
}

/** The home as it is now; where it cannot be shown, the next change or visit shows it. */
export async function showHome(context: SlackContext, account: AccountRef): Promise<void> {
  const reply = await context.onIntent(actorOf(context, account), { kind: 'home' });
  if (reply.kind !== 'home') return;
  try {
    const view = homeView(reply.home, context.clock.now());
    await context.web.call('views.publish', { user_id: account.user, view });
  } catch (error) {
    context.logger.warn({ code: slackCode(error) ?? 'no answer' }, 'a home could not be shown');
  }
}
