import type { InputBlock, ModalView } from '@slack/types';
import { formatDuration } from '../../domain/duration.ts';
import { LIMITS } from '../../limits.ts';
import type { AccountRef } from '../../ports/directory.ts';
import type { AnyRefusal, Intent, Reply } from '../../ports/intent.ts';
import type { RequestView } from '../../ports/view.ts';
import { answerCard, refusedCard } from '../answers.ts';
import { bold, code, context as contextBlock, person, type Span, say, text } from '../card.ts';
import { ACTION, actionValue, DIALOG, parseTarget, type Target } from '../intent.ts';
import { titleOf } from '../narrate/parts.ts';
import { explainPlain } from '../wording.ts';
import { actorOf, type Place, type SlackContext, settledWithin, UNKNOWN } from './context.ts';
import { inputsOf, option } from './form.ts';
import type { ReturnedView, ViewAnswer } from './form-flow.ts';
import { dialog, modal, plainText } from './modal.ts';
import { openWhenReady, updateView } from './open.ts';
import { renderBlocks } from './render.ts';

/** The small dialogs that stand between a button and its intent: deny, approve for less, revoke. */
export type DialogKind = 'deny' | 'shorten' | 'revoke';

const TITLE: Readonly<Record<DialogKind, string>> = {
  deny: 'Deny',
  shorten: 'Approve for less',
  revoke: 'Revoke access',
};
/** To those whom a request does not concern it does not exist; they clicked on its card, so they hear this. */
const NOT_CONCERNED: Readonly<Record<DialogKind, AnyRefusal>> = {
  deny: { code: 'not-an-approver', groups: [] },
  shorten: { code: 'not-an-approver', groups: [] },
  revoke: { code: 'may-not-revoke' },
};

export async function openDialog(
  context: SlackContext,
  place: Place,
  account: AccountRef,
  kind: DialogKind,
  target: Target,
): Promise<void> {
  const work = context
    .onIntent(actorOf(context, account), { kind: 'show', request: target.request, toAct: true })
    .then((reply) => dialogOf(context, account, kind, target, reply));
  await openWhenReady(context, place, TITLE[kind], work);
}

function dialogOf(
  context: SlackContext,
  account: AccountRef,
  kind: DialogKind,
  target: Target,
  reply: Reply,
): ModalView {
  if (reply.kind === 'shown') return dialogFor(kind, target, reply.view);
  if (reply.kind === 'refused' && reply.refusal.code === 'no-such-request')
    return modal(TITLE[kind], refusedCard(NOT_CONCERNED[kind], null).blocks);
  return modal(TITLE[kind], answerCard(reply, { account, now: context.clock.now() }).blocks);
}

function dialogFor(kind: DialogKind, target: Target, view: RequestView): ModalView {
  const metadata = actionValue(target);
  const extension = view.extension?.shown === target.shown ? view.extension : null;
  const what = extension
    ? say`${bold(formatDuration(extension.extraMs))} more of ${bold(titleOf(view))}`
    : say`${bold(titleOf(view))} for ${bold(formatDuration(view.durationMs))}`;
  const about = say`${person(view.requester)} asks for ${what}  ·  ${code(view.id)}`;
  switch (kind) {
    case 'deny': {
      const hint = 'They will read it, and so will everyone in the thread.';
      const blocks = [...renderBlocks([text(about)]), reasonInput('Why not?', hint)];
      return dialog({ id: DIALOG.deny, title: TITLE.deny, submit: 'Deny', metadata, blocks });
    }
    case 'revoke': {
      const said = say`End ${bold(titleOf(view))} of ${person(view.requester)} now? Open sessions are closed.  ·  ${code(view.id)}`;
      const hint = 'They will read it, and so will everyone in the thread.';
      const blocks = [...renderBlocks([text(said)]), reasonInput('Why now?', hint)];
      return dialog({ id: DIALOG.revoke, title: TITLE.revoke, submit: 'Revoke', metadata, blocks });
    }
    case 'shorten':
      return shortenDialog(about, extension ? extension.extraMs : view.durationMs, metadata);
  }
}

function reasonInput(label: string, hint: string): InputBlock {
  return {
    type: 'input',
    block_id: 'reason',
    label: plainText(label),
    hint: plainText(hint),
    element: {
      type: 'plain_text_input',
      action_id: ACTION.reason,
      multiline: true,
      max_length: LIMITS.reasonMaxChars,
      focus_on_load: true,
    },
  };
}

const [S, M, H, D] = [1_000, 60_000, 3_600_000, 86_400_000];
const SHORTER_MS = [
  10 * S,
  30 * S,
  M,
  2 * M,
  5 * M,
  10 * M,
  15 * M,
  30 * M,
  H,
  2 * H,
  4 * H,
  8 * H,
  12 * H,
  D,
  2 * D,
  7 * D,
];
/** Nobody means 10 s where a day was asked for. */
const SHORTEST_SHARE = 1 / 16;

function shortenDialog(about: readonly Span[], askedMs: number, metadata: string): ModalView {
  const shorter = SHORTER_MS.filter((ms) => ms < askedMs && ms >= askedMs * SHORTEST_SHARE);
  if (shorter.length === 0)
    return modal(TITLE.shorten, [
      text(about),
      text(say`That is as short as it gets: approve it or deny it.`),
    ]);
  const options = shorter.map((ms) => option(formatDuration(ms), String(ms)));
  const input: InputBlock = {
    type: 'input',
    block_id: 'shorter',
    label: plainText('For how long instead?'),
    hint: plainText('Of several approvals, the shortest counts.'),
    element: { type: 'static_select', action_id: ACTION.shorter, placeholder: plainText('Choose'), options },
  };
  const blocks = [...renderBlocks([text(about)]), input];
  return dialog({ id: DIALOG.shorten, title: TITLE.shorten, submit: 'Approve', metadata, blocks });
}

/**
 * Answers a submitted dialog: closed when done, an error under its field, or what else there is to say. Undefined
 * closes it. The server decides anew; the dialog proves nothing.
 */
export async function submitDialog(
  context: SlackContext,
  account: AccountRef,
  kind: DialogKind,
  view: ReturnedView,
  answer: (with_?: ViewAnswer) => Promise<void>,
): Promise<void> {
  const intent = intentOf(kind, view);
  if (intent === null)
    return answer({ response_action: 'update', view: modal('Countersign', UNKNOWN.blocks) });
  const work = context.onIntent(actorOf(context, account), intent);
  const settled = await settledWithin(context.clock, work, LIMITS.acknowledgeWithinMs);
  if (settled) return answer(dialogAnswer(context, account, kind, settled.value));
  const wait = modal(TITLE[kind], [text(say`⏳ Still working on it…`)]);
  await answer({ response_action: 'update', view: wait });
  await updateView(context, { id: view.id }, saidIn(context, account, kind, await work));
}

function intentOf(kind: DialogKind, view: ReturnedView): Intent | null {
  const target = parseTarget(view.private_metadata);
  if (target === null) return null;
  const inputs = inputsOf(view);
  const reason = inputs.get(ACTION.reason)?.value ?? '';
  if (kind === 'deny') return { kind: 'deny', ...target, reason };
  if (kind === 'revoke') return { kind: 'revoke', request: target.request, reason };
  const shorter = inputs.get(ACTION.shorter)?.selected_option?.value ?? '';
  if (!/^\d{1,15}$/.test(shorter)) return null;
  return { kind: 'approve', ...target, shortenToMs: Number(shorter), comment: null };
}

const FIELD_OF: Readonly<Record<string, string>> = {
  'reason-missing': 'reason',
  'text-too-long': 'reason',
  'text-unsafe': 'reason',
  'duration-too-long': 'shorter',
  'duration-not-positive': 'shorter',
};

function dialogAnswer(
  context: SlackContext,
  account: AccountRef,
  kind: DialogKind,
  reply: Reply,
): ViewAnswer | undefined {
  if (reply.kind === 'done') return undefined;
  const block = reply.kind === 'refused' ? FIELD_OF[reply.refusal.code] : undefined;
  if (reply.kind === 'refused' && block !== undefined && (block === 'shorter') === (kind === 'shorten'))
    return { response_action: 'errors', errors: { [block]: explainPlain(reply.refusal, reply.view) } };
  return { response_action: 'update', view: saidIn(context, account, kind, reply) };
}

const saidIn = (context: SlackContext, account: AccountRef, kind: DialogKind, reply: Reply): ModalView =>
  modal(TITLE[kind], [
    ...answerCard(reply, { account, now: context.clock.now() }).blocks,
    ...(reply.kind === 'done' ? [] : [contextBlock(say`Nothing was decided.`)]),
  ]);
