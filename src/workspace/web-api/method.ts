import type { Parts } from '../interactions.ts';
import type { Conversation } from '../state.ts';
import type { JsonObject } from '../wire.ts';
import { nonEmpty } from '../wire.ts';

export type WebApiParts = Parts & {
  /** `ws://127.0.0.1:port/link?…`, to be opened once. */
  socketUrl: () => string;
};

export type Result =
  | { ok: true; [field: string]: unknown }
  | { ok: false; error: string; [field: string]: unknown };
export type Method = (parts: WebApiParts, args: JsonObject) => Result;

export function fail(error: string, problems: string[] = []): Result {
  if (problems.length === 0) return { ok: false, error };
  const messages = problems.map((problem) => `[ERROR] ${problem}`);
  return { ok: false, error, errors: problems, response_metadata: { messages } };
}

/** A channel that the bot can see: by id, by name, or a person's id for their direct messages. */
export function visibleChannel({ state }: WebApiParts, reference: unknown): Conversation | undefined {
  const id = nonEmpty(reference);
  if (!id) return undefined;
  const { botUserId } = state.setup.app;
  if (state.users.has(id) && id !== botUserId) return state.directWithApp(id);
  const conversation = state.findConversation(id);
  return conversation && (!conversation.isPrivate || conversation.members.has(botUserId))
    ? conversation
    : undefined;
}

export interface Page<T> {
  items: T[];
  has_more: boolean;
  response_metadata: { next_cursor: string };
}

/** Slack's cursor: opaque to the caller; here the offset. A limit that is not a number from 1 to 1000 is the default. */
export function paginate<T>(items: T[], args: JsonObject, defaultLimit: number): Page<T> | undefined {
  const limit = Math.min(Math.max(Math.trunc(Number(args.limit ?? defaultLimit)) || defaultLimit, 1), 1000);
  const cursor = nonEmpty(args.cursor);
  const offset = cursor
    ? Number(
        Buffer.from(cursor, 'base64')
          .toString()
          .replace(/^next:/, ''),
      )
    : 0;
  if (!Number.isInteger(offset) || offset < 0) return undefined;
  const end = offset + limit;
  const more = end < items.length;
  return {
    items: items.slice(offset, end),
    has_more: more,
    response_metadata: { next_cursor: more ? Buffer.from(`next:${end}`).toString('base64') : '' },
  };
}

/** The items of a comma-separated argument. */
export function commaList(value: unknown, fallback = ''): string[] {
  const text = typeof value === 'string' ? value : fallback;
  return text.split(',').filter((item) => item !== '');
}

export function isTrue(value: unknown): boolean {
  return value === true || value === 'true' || value === '1' || value === 1;
}
