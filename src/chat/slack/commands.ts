import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import type { AccountRef } from '../../ports/directory.ts';
import type { Intent, Reply } from '../../ports/intent.ts';
import { answerCard, helpCard, line, suggestCard } from '../answers.ts';
import { type Card, say } from '../card.ts';
import { parseCommand } from '../command.ts';
import { actorOf, placeOf, type SlackContext, settledWithin, tell } from './context.ts';
import { openForm } from './form-flow.ts';
import { type Rendered, render } from './render.ts';

const typed = z.object({ text: z.string().catch('') });

type CommandAnswer = Rendered & { readonly response_type: 'ephemeral' };

/** One `/elevate …`: answered to its author alone, through the acknowledgement where it is in time. */
export async function onCommand(
  context: SlackContext,
  account: AccountRef,
  body: unknown,
  answer: (with_?: CommandAnswer) => Promise<void>,
): Promise<void> {
  const place = placeOf(body);
  const parsed = parseCommand(asTyped(typed.parse(body).text));
  if (parsed.kind === 'unread') return answer(ephemeral(helpCard(parsed.said)));
  const { intent } = parsed;
  if (intent.kind === 'help') return answer(ephemeral(helpCard()));
  if (intent.kind === 'open-form' || intent.kind === 'preview') {
    await answer();
    return openForm(context, place, account, intent);
  }
  const work = context
    .onIntent(actorOf(context, account), intent)
    .then((reply) => cardOf(context, account, intent, reply));
  const settled = await settledWithin(context.clock, work, LIMITS.acknowledgeWithinMs);
  if (settled) return answer(ephemeral(settled.value));
  await answer(ephemeral(line(say`⏳ Still working on it. I'll answer here.`)));
  await tell(context, place, await work);
}

const ephemeral = (card: Card): CommandAnswer => ({ response_type: 'ephemeral', ...render(card) });

async function cardOf(
  context: SlackContext,
  account: AccountRef,
  intent: Intent,
  reply: Reply,
): Promise<Card> {
  const unknown = unknownEntitlement(intent, reply);
  if (unknown === null) return answerCard(reply, { account, now: context.clock.now() });
  const offered = await context.onIntent(actorOf(context, account), { kind: 'search', query: '' });
  return suggestCard(unknown, offered.kind === 'offers' ? offered.offers : []);
}

/** The name of an entitlement that does not exist, where that is what was wrong. */
function unknownEntitlement(intent: Intent, reply: Reply): string | null {
  const refusal =
    reply.kind === 'field-errors'
      ? reply.errors.entitlement
      : reply.kind === 'refused'
        ? reply.refusal
        : null;
  if (refusal?.code !== 'unknown-entitlement') return null;
  return intent.kind === 'submit' ? (intent.draft.entitlement ?? refusal.entitlement) : refusal.entitlement;
}

/**
 * What a person typed: with `should_escape`, Slack sends `@name` as `<@U…|name>`, `#channel` as `<#C…|name>`,
 * addresses in angle brackets, and `&`, `<`, `>` as entities.
 */
export function asTyped(text: string): string {
  return text
    .replace(
      /<([@#])([A-Z0-9]+)\|([^<>|]*)>/g,
      (_, mark: string, id: string, name: string) => mark + (name || id),
    )
    .replace(/<([@#])([A-Z0-9]+)>/g, '$1$2')
    .replace(/<((?:https?|mailto):[^<>|]+)(?:\|[^<>]*)?>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
