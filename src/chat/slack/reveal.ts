import type { ModalView } from '@slack/types';
import { LIMITS } from '../../limits.ts';
import type { AccountRef } from '../../ports/directory.ts';
import type { Reply } from '../../ports/intent.ts';
import { answerCard, line, refusedCard } from '../answers.ts';
import { type Block, bold, context as contextBlock, dateTime, say, text } from '../card.ts';
import type { Target } from '../intent.ts';
import { titleOf } from '../narrate/parts.ts';
import { actorOf, type Place, type SlackContext, tell } from './context.ts';
import { modal } from './modal.ts';
import { openView, updateView } from './open.ts';

const TITLE = 'Your access';

/**
 * Shows a secret to its owner, once. The dialog is opened before the secret is taken out: where there is nothing to
 * show it in, it stays sealed. It goes into that dialog and nowhere else.
 */
export async function reveal(
  context: SlackContext,
  place: Place,
  account: AccountRef,
  target: Target,
): Promise<void> {
  const opening = modal(TITLE, [text(say`🔓 Opening…`)]);
  const view = await openView(context, place, opening);
  if (view === null) return;
  const reply = await context.onIntent(actorOf(context, account), {
    kind: 'reveal',
    request: target.request,
  });
  const next = revealed(context, account, reply);
  if (reply.kind !== 'secret') {
    await updateView(context, { id: view.id }, next);
    return;
  }
  if (await showOnce(context, view.id, next)) return;
  const said = say`😖 The secret was taken out and I couldn't show it to you: Slack didn't answer. It is gone for good. Press “I'm done” and ask again; nobody has seen it.`;
  await tell(context, place, line(said));
}

/** The secret exists in this memory only, so a passing trouble of Slack's is worth a few more tries. */
async function showOnce(context: SlackContext, viewId: string, view: ModalView): Promise<boolean> {
  for (let attempt = 1; attempt <= LIMITS.revealShowAttemptsMax; attempt += 1) {
    if ((await updateView(context, { id: viewId }, view)) === 'shown') return true;
    if (attempt < LIMITS.revealShowAttemptsMax) await context.clock.wait(attempt * 500);
  }
  return false;
}

function revealed(context: SlackContext, account: AccountRef, reply: Reply): ModalView {
  if (reply.kind === 'secret') return modal(TITLE, secretBlocks(reply), 'Close for good');
  // Someone else's click was quicker: there was a secret when it was looked for, and none when it was taken.
  if (reply.kind === 'done')
    return modal(TITLE, refusedCard({ code: 'secret-gone', secret: 'revealed' }, reply.view).blocks);
  return modal(TITLE, answerCard(reply, { account, now: context.clock.now() }).blocks);
}

function secretBlocks({ secret, view }: Reply & { kind: 'secret' }): readonly Block[] {
  const until = view.grant ? say`, until ${dateTime(view.grant.expiresAt)}` : [];
  return [
    text(say`🔑 ${bold(titleOf(view))}${until}`),
    text(say`⚠️ ${bold('This is shown once.')} Copy what you need before you close it.`),
    ...secret.expose().map(({ label, value }): Block => ({ kind: 'verbatim', label, text: value })),
    contextBlock(
      say`For you alone: don't paste it into a channel. Done early? Press “I'm done” in our conversation.`,
    ),
  ];
}
