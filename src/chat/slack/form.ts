import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import { z } from 'zod';
import { formatDuration, parseDuration } from '../../domain/duration.ts';
import { LIMITS } from '../../limits.ts';
import type { AccountRef } from '../../ports/directory.ts';
import type { Draft, DraftField, Preview, PreviewLine } from '../../ports/intent.ts';
import type { AskingTerms, Offer } from '../../ports/policy.ts';
import { bold, code, context, dateTime, join, person, type Span, say, text } from '../card.ts';
import { ACTION, DIALOG } from '../intent.ts';
import { followsList, impactLine, names } from '../narrate/parts.ts';
import { clip, explain, explainBriefly } from '../wording.ts';
import { dialog, plainText } from './modal.ts';
import { renderBlocks, SLACK } from './render.ts';

const FORM_TITLE = 'Ask for access';

/**
 * The form for a draft. The block ids of what depends on the entitlement change with it: Slack keeps what was typed
 * under an id it knows, and takes our initial value under a new one.
 */
export function formView(
  draft: Draft,
  preview: Preview,
  reader: AccountRef,
  notice: readonly Span[] | null = null,
): ModalView {
  const { terms } = preview;
  const blocks: KnownBlock[] = [
    ...(notice ? renderBlocks([text(notice)]) : []),
    entitlementInput(draft, terms),
    ...(terms ? [durationInput(draft, terms)] : []),
    ...renderBlocks(terms || preview.refusal ? [text(whatWillHappen(preview, reader))] : [choose]),
    ...(terms ? reasonInputs(draft, terms) : []),
  ];
  const metadata: Remembered = {
    entitlement: draft.entitlement,
    template: terms?.justification.template ?? '',
  };
  return dialog({
    id: DIALOG.request,
    title: FORM_TITLE,
    submit: 'Ask',
    metadata: JSON.stringify(metadata),
    blocks,
  });
}

const choose = context(say`Choose what you need, and the rest follows.`);

function entitlementInput(draft: Draft, terms: AskingTerms | null): InputBlock {
  const { entitlement } = draft;
  const title = terms ? optionText(terms.entitlement.title, terms.entitlement.resourceTitle) : entitlement;
  return {
    type: 'input',
    block_id: 'entitlement',
    label: plainText('What do you need?'),
    dispatch_action: true,
    element: {
      type: 'external_select',
      action_id: ACTION.entitlement,
      placeholder: plainText('Search by name'),
      min_query_length: 0,
      ...(entitlement === null
        ? { focus_on_load: true }
        : { initial_option: option(title ?? entitlement, clip(entitlement, SLACK.optionMaxChars)) }),
    },
    ...(terms && terms.description !== '' && { hint: plainText(clip(terms.description, 1_000)) }),
  };
}

function reasonInputs(draft: Draft, terms: AskingTerms): InputBlock[] {
  return [
    justificationInput(draft, terms),
    ...(terms.ticket === 'none' ? [] : [ticketInput(draft, terms)]),
    startInput(draft),
  ];
}

const blockId = (field: DraftField, terms: AskingTerms): string =>
  `${field}:${terms.entitlement.id}`.slice(0, 255);

function durationInput(draft: Draft, terms: AskingTerms): InputBlock {
  const wishedMs = draft.duration === null ? null : readMs(draft.duration);
  const { longestMs } = terms.entitlement;
  const fits = wishedMs !== null && wishedMs > 0 && wishedMs <= longestMs;
  const offered = [...new Set([...terms.durationsMs, ...(fits ? [wishedMs] : [])])].toSorted((a, b) => a - b);
  const options = offered.slice(0, 100).map((ms) => option(formatDuration(ms), String(ms)));
  const initial = options.find((each) => each.value === String(wishedMs));
  return {
    type: 'input',
    block_id: blockId('duration', terms),
    label: plainText('For how long?'),
    hint: plainText(`At most ${formatDuration(longestMs)}. The clock starts when access does.`),
    dispatch_action: true,
    element: {
      type: 'static_select',
      action_id: ACTION.duration,
      placeholder: plainText('Choose'),
      options,
      ...(initial && { initial_option: initial }),
    },
  };
}

const readMs = (duration: string): number | null =>
  /^\d{3,15}$/.test(duration) ? Number(duration) : parseDuration(duration);

function justificationInput(draft: Draft, terms: AskingTerms): InputBlock {
  const { template, minimumLength } = terms.justification;
  const initial = draft.justification ?? template;
  const least = minimumLength > 1 ? `At least ${minimumLength} characters. ` : '';
  return {
    type: 'input',
    block_id: blockId('justification', terms),
    label: plainText('Why?'),
    hint: plainText(`${least}Your approvers read all of it, and it stays on the record.`),
    element: {
      type: 'plain_text_input',
      action_id: ACTION.justification,
      multiline: true,
      max_length: LIMITS.justificationMaxChars,
      placeholder: plainText("What will you do, and why can't it wait?"),
      ...(initial !== '' && { initial_value: initial.slice(0, LIMITS.justificationMaxChars) }),
    },
  };
}

function ticketInput(draft: Draft, terms: AskingTerms): InputBlock {
  return {
    type: 'input',
    block_id: blockId('ticket', terms),
    label: plainText('Ticket'),
    optional: terms.ticket !== 'required',
    element: {
      type: 'plain_text_input',
      action_id: ACTION.ticket,
      max_length: LIMITS.ticketMaxChars,
      placeholder: plainText('INC-123'),
      ...(draft.ticket && { initial_value: draft.ticket.slice(0, LIMITS.ticketMaxChars) }),
    },
  };
}

function startInput(draft: Draft): InputBlock {
  return {
    type: 'input',
    block_id: 'startAt',
    label: plainText('Start later'),
    hint: plainText('Leave empty to start as soon as it is approved.'),
    optional: true,
    dispatch_action: true,
    element: {
      type: 'datetimepicker',
      action_id: ACTION.startAt,
      ...(draft.startAt !== null && { initial_date_time: Math.floor(draft.startAt / 1_000) }),
    },
  };
}

function whatWillHappen({ terms, refusal, lines }: Preview, reader: AccountRef): readonly Span[] {
  if (refusal) {
    const { text: said, remedy = [] } = explain(refusal);
    const head = terms === null ? "You can't ask for this one." : "You can't ask for this as it is.";
    return say`⛔ ${bold(head)} ${said}\n${remedy}`;
  }
  return say`${bold('What will happen')}\n${join(
    lines.map((each) => previewLine(each, reader)),
    '\n',
  )}`;
}

function previewLine(line: PreviewLine, reader: AccountRef): readonly Span[] {
  switch (line.kind) {
    case 'gives':
      return say`🔑 You get: ${clip(line.text, 500)}`;
    case 'asks': {
      // Nobody decides on their own request, so the reader is not among those who are asked.
      const others = line.people.filter((each) => each.account?.user !== reader.user);
      const shown = others.slice(0, 8);
      const more = others.length > shown.length ? say` and ${others.length - shown.length} more` : [];
      const share = line.quorum < others.length ? `${line.quorum} of ` : '';
      return say`👥 ${bold(line.group)}: ${share}${names(shown)}${more} must approve`;
    }
    case 'includes':
      return say`📦 It includes: ${clip(line.titles.join(', '), 500)}`;
    case 'follows':
      return say`❗ What follows:\n${followsList(line.texts)}`;
    case 'build-time':
      return say`🏗️ A build-time privilege: it changes how things are made`;
    case 'data-owner':
      return say`🗄️ ${person(line.person)} answers for the data`;
    case 'impact':
      return say`⚖️ Impact ${impactLine(line.impact)}`;
    case 'automatic':
      return say`⚡ Approved at once by rule ${code(clip(line.rule, 60))}; nobody is asked`;
    case 'starts':
      return line.at === null
        ? say`▶️ It starts as soon as it is approved`
        : say`🗓️ It starts ${dateTime(line.at)}`;
    case 'ends-after':
      return say`⏱️ It ends by itself after ${bold(formatDuration(line.durationMs))}; you can hand it back earlier`;
    case 'lapses-after':
      return say`⏳ If nobody decides within ${formatDuration(line.ms)}, it lapses`;
  }
}

export const option = (label: string, value: string, description?: string): PlainTextOption => ({
  text: plainText(clip(label, SLACK.optionMaxChars)),
  value,
  ...(description !== undefined && { description: plainText(clip(description, SLACK.optionMaxChars)) }),
});

const optionText = (title: string, resource: string): string =>
  title.includes(resource) ? title : `${title} · ${resource}`;

/** What someone may ask for, and apart from it what not and why. */
export function offerGroups(
  offers: readonly Offer[],
): { label: ReturnType<typeof plainText>; options: PlainTextOption[] }[] {
  const fits = offers
    .filter((offer) => offer.entitlement.length <= SLACK.optionMaxChars)
    .slice(0, LIMITS.offersMax);
  const optionOf = (offer: Offer) =>
    option(
      optionText(offer.title, offer.resourceTitle),
      offer.entitlement,
      offer.reason ? explainBriefly(offer.reason) : offer.entitlement,
    );
  return [
    { label: plainText('You can ask for'), options: fits.filter((o) => !o.reason).map(optionOf) },
    { label: plainText('Not for you, and why'), options: fits.filter((o) => o.reason).map(optionOf) },
  ].filter((group) => group.options.length > 0);
}

/** What the form was made for; untrusted, used only to tell a template from what someone typed. */
interface Remembered {
  readonly entitlement: string | null;
  readonly template: string;
}
const remembered = z.object({ entitlement: z.string().nullable(), template: z.string() });

export function readRemembered(metadata: string | undefined): Remembered {
  try {
    const parsed = remembered.safeParse(JSON.parse(metadata ?? ''));
    if (parsed.success) return parsed.data;
  } catch {
    // Not ours, or cut: as if nothing were remembered.
  }
  return { entitlement: null, template: '' };
}

const element = z.object({
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
  selected_date_time: z.number().int().nullish(),
});
const values = z.record(z.string(), z.record(z.string(), element));

/** The values of a view's inputs by action id, whatever their blocks are called. */
export function inputsOf(view: {
  readonly state?: { readonly values?: unknown } | undefined;
}): ReadonlyMap<string, z.infer<typeof element>> {
  const parsed = values.safeParse(view.state?.values ?? {});
  return new Map(parsed.success ? Object.values(parsed.data).flatMap((block) => Object.entries(block)) : []);
}

export function readDraft(view: { readonly state?: { readonly values?: unknown } | undefined }): Draft {
  const inputs = inputsOf(view);
  const seconds = inputs.get(ACTION.startAt)?.selected_date_time ?? null;
  return {
    entitlement: inputs.get(ACTION.entitlement)?.selected_option?.value ?? null,
    duration: inputs.get(ACTION.duration)?.selected_option?.value ?? null,
    justification: inputs.get(ACTION.justification)?.value ?? null,
    ticket: inputs.get(ACTION.ticket)?.value ?? null,
    startAt: seconds === null ? null : seconds * 1_000,
  };
}

const FIELD_ACTION: Readonly<Record<DraftField, string>> = {
  entitlement: ACTION.entitlement,
  duration: ACTION.duration,
  justification: ACTION.justification,
  ticket: ACTION.ticket,
  startAt: ACTION.startAt,
};

const inputBlocks = z.array(
  z.object({ block_id: z.string().optional(), element: z.object({ action_id: z.string() }).optional() }),
);

/** The block of a field in a view as Slack sent it back; null when the view has no such field. */
export function blockOfField(view: { readonly blocks?: unknown }, field: DraftField): string | null {
  const parsed = inputBlocks.safeParse(view.blocks);
  const found = parsed.success
    ? parsed.data.find((b) => b.element?.action_id === FIELD_ACTION[field])
    : undefined;
  return found?.block_id ?? null;
}
