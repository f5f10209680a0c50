import type { ModalView } from '@slack/types';
import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import { line } from '../answers.ts';
import { say, text } from '../card.ts';
import { type Place, type SlackContext, settledWithin, tell } from './context.ts';
import { modal } from './modal.ts';
import { slackCode } from './web.ts';

interface OpenView {
  readonly id: string;
  readonly hash: string;
}

const opened = z.object({ view: z.object({ id: z.string(), hash: z.string() }) });

/** Opens a view while its trigger lives (3 s); null when Slack would not, and the person has been told. */
export async function openView(
  context: SlackContext,
  place: Place,
  view: ModalView,
): Promise<OpenView | null> {
  try {
    const answer = await context.web.call('views.open', { trigger_id: place.trigger ?? '', view });
    return opened.parse(answer).view;
  } catch (error) {
    context.logger.warn({ code: slackCode(error) ?? 'no answer' }, 'a dialog could not be opened');
    const said = say`⏱️ Slack didn't let me open that in time, so nothing was done. Please try again.`;
    await tell(context, { ...place, trigger: null }, line(said));
    return null;
  }
}

/** Replaces a view that is open. Without `hash` it wins over any other change. */
export async function updateView(
  context: SlackContext,
  view: { readonly id: string; readonly hash?: string },
  next: ModalView,
): Promise<'shown' | 'conflict' | 'failed'> {
  try {
    await context.web.call('views.update', {
      view_id: view.id,
      ...(view.hash !== undefined && { hash: view.hash }),
      view: next,
    });
    return 'shown';
  } catch (error) {
    if (slackCode(error) === 'hash_conflict') return 'conflict';
    context.logger.warn({ code: slackCode(error) ?? 'no answer' }, 'a dialog could not be updated');
    return 'failed';
  }
}

/**
 * Opens the dialog that `work` makes: at once when it is quick, else an empty one first, since the trigger does not
 * wait for look-ups.
 */
export async function openWhenReady(
  context: SlackContext,
  place: Place,
  title: string,
  work: Promise<ModalView>,
): Promise<void> {
  const ready = await settledWithin(context.clock, work, LIMITS.dialogPatienceMs);
  if (ready) {
    await openView(context, place, ready.value);
    return;
  }
  const view = await openView(context, place, modal(title, [text(say`⏳ One moment…`)]));
  if (view) await updateView(context, view, await work);
}
