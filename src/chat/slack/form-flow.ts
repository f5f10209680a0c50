import type { ModalView, Option, OptionGroup } from '@slack/types';
import { LIMITS } from '../../limits.ts';
import type { AccountRef } from '../../ports/directory.ts';
import type { Draft, DraftField, FieldRefusal, Intent, Reply } from '../../ports/intent.ts';
import { answerCard, submittedCard } from '../answers.ts';
import { bold, join, type Span, say, text } from '../card.ts';
import { explain, explainPlain } from '../wording.ts';
import { actorOf, type Place, type SlackContext, settledWithin } from './context.ts';
import { blockOfField, formView, offerGroups, readDraft, readRemembered } from './form.ts';
import { modal } from './modal.ts';
import { openWhenReady, updateView } from './open.ts';

/** A view as it comes back with an interaction. */
export interface ReturnedView {
  readonly id: string;
  readonly hash: string;
  readonly private_metadata?: string | undefined;
  readonly state?: { readonly values?: unknown } | undefined;
  readonly blocks?: unknown;
}

export type ViewAnswer =
  | { readonly response_action: 'update'; readonly view: ModalView }
  | { readonly response_action: 'errors'; readonly errors: Record<string, string> };

export async function openForm(
  context: SlackContext,
  place: Place,
  account: AccountRef,
  intent: Intent & { kind: 'open-form' | 'preview' },
): Promise<void> {
  const work = context
    .onIntent(actorOf(context, account), intent)
    .then((reply) => formOf(context, reply, account));
  await openWhenReady(context, place, 'Ask for access', work);
}

function formOf(
  context: SlackContext,
  reply: Reply,
  account: AccountRef,
  notice: readonly Span[] | null = null,
): ModalView {
  if (reply.kind === 'form') return formView(reply.draft, reply.preview, account, notice);
  const said = answerCard(reply, { account, now: context.clock.now() }).blocks;
  return modal('Ask for access', notice ? [text(notice), ...said] : said);
}

/** A choice changed: shows what it would mean. Changes overtake each other; the newest is what is shown. */
export class Previews {
  readonly #context: SlackContext;
  readonly #newest = new Map<string, number>();
  #count = 0;
  constructor(context: SlackContext) {
    this.#context = context;
  }

  async changed(account: AccountRef, view: ReturnedView): Promise<void> {
    this.#count += 1;
    const mine = this.#count;
    this.#newest.set(view.id, mine);
    const isNewest = () => this.#newest.get(view.id) === mine;
    try {
      const draft = withoutOldTemplate(readDraft(view), view);
      const reply = await this.#context.onIntent(actorOf(this.#context, account), { kind: 'preview', draft });
      if (!isNewest()) return;
      const next = formOf(this.#context, reply, account);
      const shown = await updateView(this.#context, view, next);
      // An older change was shown in between and moved the hash on.
      if (shown === 'conflict' && isNewest()) await updateView(this.#context, { id: view.id }, next);
    } finally {
      if (isNewest()) this.#newest.delete(view.id);
    }
  }
}

/** With another entitlement comes another template, unless someone has written something of their own. */
function withoutOldTemplate(draft: Draft, view: ReturnedView): Draft {
  const before = readRemembered(view.private_metadata);
  const untouched = (draft.justification ?? '').trim() === before.template.trim();
  return draft.entitlement !== before.entitlement && untouched ? { ...draft, justification: null } : draft;
}

/**
 * Answers a submitted form. What is not decided in time is shown when it is: the form gives way to a short wait,
 * and comes back with what was typed if there is something to mend.
 */
export async function submitForm(
  context: SlackContext,
  account: AccountRef,
  view: ReturnedView,
  answer: (with_: ViewAnswer) => Promise<void>,
): Promise<void> {
  const draft = readDraft(view);
  const work = context.onIntent(actorOf(context, account), { kind: 'submit', draft });
  const settled = await settledWithin(context.clock, work, LIMITS.acknowledgeWithinMs);
  if (settled) {
    const errors = fieldErrorsFor(settled.value, view);
    if (errors) return answer({ response_action: 'errors', errors });
    const next = await afterSubmit(context, account, draft, settled.value);
    return answer({ response_action: 'update', view: next });
  }
  const wait = modal('Ask for access', [
    text(say`⏳ Still working on it. You can close this; I'll message you.`),
  ]);
  await answer({ response_action: 'update', view: wait });
  await updateView(context, { id: view.id }, await afterSubmit(context, account, draft, await work));
}

/** Errors under their fields; null when some of it has no field in this view. */
function fieldErrorsFor(reply: Reply, view: ReturnedView): Record<string, string> | null {
  if (reply.kind !== 'field-errors' || reply.general !== null) return null;
  const placed = entries(reply.errors).map(([field, refusal]) => [
    blockOfField(view, field),
    explainPlain(refusal),
  ]);
  if (placed.length === 0 || placed.some(([block]) => block === null)) return null;
  return Object.fromEntries(placed) as Record<string, string>;
}

const entries = (errors: Readonly<Partial<Record<DraftField, FieldRefusal>>>): [DraftField, FieldRefusal][] =>
  Object.entries(errors) as [DraftField, FieldRefusal][];

async function afterSubmit(
  context: SlackContext,
  account: AccountRef,
  draft: Draft,
  reply: Reply,
): Promise<ModalView> {
  if (reply.kind === 'done') return modal('Asked', submittedCard(reply.view).blocks, 'Done');
  const notice = noticeOf(reply);
  if (notice === null) return formOf(context, reply, account);
  const again = await context.onIntent(actorOf(context, account), { kind: 'preview', draft });
  return formOf(context, again, account, notice);
}

/** What to say above the form; null where the form has no more to do. */
function noticeOf(reply: Reply): readonly Span[] | null {
  if (reply.kind === 'trouble')
    return say`😖 Something broke on my side, so nothing was asked. What you wrote is still here: try again.`;
  if (reply.kind !== 'field-errors') return null;
  const refusals = [
    ...(reply.general ? [reply.general] : []),
    ...entries(reply.errors).map(([, each]) => each),
  ];
  const lines = refusals.map((refusal) => {
    const { text: said, remedy = [] } = explain(refusal);
    return say`${said} ${remedy}`;
  });
  return say`✋ ${bold('Not asked yet.')} ${join(lines, '\n')}`;
}

type Offered = { readonly options: Option[] } | { readonly option_groups: OptionGroup[] };

export async function offersFor(context: SlackContext, account: AccountRef, query: string): Promise<Offered> {
  const intent = { kind: 'search', query: query.slice(0, LIMITS.searchQueryMaxChars) } as const;
  const work = context.onIntent(actorOf(context, account), intent);
  const settled = await settledWithin(context.clock, work, LIMITS.acknowledgeWithinMs);
  const groups = settled?.value.kind === 'offers' ? offerGroups(settled.value.offers) : [];
  return groups.length > 0 ? { option_groups: groups } : { options: [] };
}
