import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AccountRef } from '../../ports/directory.ts';
import type { Actor, OnIntent } from '../../ports/intent.ts';
import type { Logger } from '../../ports/logger.ts';
import { line } from '../answers.ts';
import { type Card, say } from '../card.ts';
import { modal } from './modal.ts';
import { render } from './render.ts';
import { type SlackWeb, slackCode } from './web.ts';

/** What every handler of this room works with. */
export interface SlackContext {
  readonly web: SlackWeb;
  readonly onIntent: OnIntent;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly zoneOf: (account: AccountRef) => string | null;
}

export const actorOf = (context: SlackContext, account: AccountRef): Actor => ({
  account,
  zone: context.zoneOf(account),
});

/**
 * Resolves when `work` has settled, or when Slack must be answered without it. `work` never rejects (see OnIntent)
 * and goes on either way.
 */
export async function settledWithin<T>(
  clock: Clock,
  work: Promise<T>,
  ms: number,
): Promise<{ readonly value: T } | null> {
  const timer = new AbortController();
  const late = clock.wait(ms, timer.signal).then(() => null);
  const done = work.then((value) => ({ value }));
  try {
    return await Promise.race([done, late]);
  } finally {
    timer.abort();
  }
}

/** Where a person can be answered so that they alone see it. */
export interface Place {
  readonly user: string;
  readonly responseUrl: string | null;
  readonly channel: string | null;
  readonly thread: string | null;
  readonly trigger: string | null;
}

const origin = z.object({
  user: z.object({ id: z.string() }).optional(),
  user_id: z.string().optional(),
  response_url: z.url().optional(),
  channel_id: z.string().optional(),
  channel: z.object({ id: z.string() }).optional(),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }).optional(),
  trigger_id: z.string().optional(),
});

export function placeOf(body: unknown): Place {
  const parsed = origin.safeParse(body);
  const from = parsed.success ? parsed.data : {};
  return {
    user: from.user?.id ?? from.user_id ?? '',
    responseUrl: from.response_url ?? null,
    channel: from.channel?.id ?? from.channel_id ?? null,
    thread: from.message?.thread_ts ?? null,
    trigger: from.trigger_id ?? null,
  };
}

/** Tells one person, near where they clicked; what cannot be told is logged, never thrown. */
export async function tell(context: SlackContext, place: Place, card: Card): Promise<void> {
  try {
    if (place.responseUrl !== null) return await respond(place.responseUrl, place.thread, card);
    const { channel, user, thread } = place;
    if (channel !== null) {
      const where = { channel, user, ...(thread !== null && { thread_ts: thread }) };
      await context.web.call('chat.postEphemeral', { ...where, ...render(card) });
    } else if (place.trigger !== null) {
      const view = modal('Countersign', card.blocks);
      await context.web.call('views.open', { trigger_id: place.trigger, view });
    }
  } catch (error) {
    context.logger.warn({ code: slackCode(error) ?? 'no answer' }, 'an answer could not be shown');
  }
}

async function respond(url: string, thread: string | null, card: Card): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({
      response_type: 'ephemeral',
      replace_original: false,
      unfurl_links: false,
      unfurl_media: false,
      ...(thread !== null && { thread_ts: thread }),
      ...render(card),
    }),
    redirect: 'error',
    signal: AbortSignal.timeout(LIMITS.chatCallTimeoutMs),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`response_url answered ${response.status}`);
}

/** For buttons, commands and dialogs we do not know: of an older version, or not ours. */
export const UNKNOWN = line(
  say`🤔 I don't know that button or command any more, so nothing was done. Start again with /elevate.`,
);
