import type { Logger as BoltLogger } from '@slack/bolt';
import { LogLevel } from '@slack/bolt';
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebClient } from '@slack/web-api';
import { ChatFault } from '../../ports/chat.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';

interface SlackWebOptions {
  readonly botToken: string;
  /** Null: Slack itself. */
  readonly apiUrl: string | null;
  readonly timeoutMs: number;
}

/**
 * Slack's Web API: one try a call, bounded in time; throws only ChatFault, whose message holds the method and
 * Slack's code and never an argument.
 */
export interface SlackWeb {
  call(method: string, args: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
}

/** Not there any more, or never within our reach: trying again changes nothing. */
const GONE = new Set([
  'account_inactive',
  'cannot_dm_bot',
  'channel_not_found',
  'is_archived',
  'message_not_found',
  'not_in_channel',
  'thread_not_found',
  'user_disabled',
  'user_not_found',
  'users_not_found',
]);
/** Slack's own trouble, or a token between two rotations: it passes. */
const PASSING = new Set([
  'fatal_error',
  'internal_error',
  'request_timeout',
  'service_unavailable',
  'token_expired',
]);

const REMEDY: Readonly<Record<string, string>> = {
  not_in_channel: ' (invite the bot to that channel)',
  missing_scope: ' (install the app again with the scopes of manifests/slack/manifest.yaml)',
};

/**
 * After a 429 the same method on the same conversation is held until Slack's time is over, so that one busy channel
 * blocks no other and no call is spent on a certain refusal.
 */
export function createSlackWeb(options: SlackWebOptions, clock: Clock, logger: BoltLogger): SlackWeb {
  const client = new WebClient(options.botToken, {
    ...(options.apiUrl !== null && { slackApiUrl: options.apiUrl }),
    logger,
    timeout: options.timeoutMs,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
  const heldUntil = new Map<string, number>();

  return {
    async call(method, args) {
      const key = `${method} ${typeof args.channel === 'string' ? args.channel : ''}`;
      const now = clock.now();
      for (const [each, until] of heldUntil) if (until <= now) heldUntil.delete(each);
      const until = heldUntil.get(key);
      if (until !== undefined) throw throttled(method, until - now);
      try {
        return { ...(await client.apiCall(method, args)) };
      } catch (error) {
        const fault = faultOf(method, error);
        if (fault.retryAfterMs !== undefined) heldUntil.set(key, clock.now() + fault.retryAfterMs);
        throw fault;
      }
    },
  };
}

const throttled = (method: string, retryAfterMs: number): ChatFault =>
  new ChatFault('throttled', `slack ${method}: ratelimited`, { retryAfterMs });

/** What a call of Slack's libraries threw, as a ChatFault. */
export function faultOf(method: string, error: unknown): ChatFault {
  if (error instanceof WebAPIRateLimitedError) return throttled(method, error.retryAfter * 1_000);
  if (error instanceof WebAPIHTTPError)
    return new ChatFault('unreachable', `slack ${method}: HTTP ${error.statusCode}`);
  if (!(error instanceof WebAPIPlatformError))
    return new ChatFault('unreachable', `slack ${method}: no answer`, { cause: error });
  const code = String(error.data.error).slice(0, 100);
  const said = `slack ${method}: ${code}${REMEDY[code] ?? ''}`;
  if (code === 'ratelimited' || code === 'rate_limited') return throttled(method, 1_000);
  if (GONE.has(code)) return new ChatFault('gone', said);
  return new ChatFault(PASSING.has(code) ? 'unreachable' : 'refused', said);
}

/** Slack's code out of a fault's message: `expired_trigger_id`, `hash_conflict`. */
export const slackCode = (error: unknown): string | null =>
  error instanceof ChatFault ? (/: ([a-z_]+)/.exec(error.message)?.[1] ?? null) : null;

/**
 * Bolt's and the clients' log, in ours. Their debug lines hold whole requests and answers, with the secrets in them:
 * they are dropped, and of errors only name and code are kept.
 */
export function boltLogger(logger: Logger): BoltLogger {
  const words = (parts: readonly unknown[]): string =>
    parts
      .map((part) =>
        part instanceof Error ? part.name : typeof part === 'string' ? part.slice(0, 300) : typeof part,
      )
      .join(' ');
  return {
    debug: () => {},
    info: () => {},
    warn: (...parts) => logger.warn({ library: words(parts) }, 'slack library warns'),
    error: (...parts) => logger.error({ library: words(parts) }, 'slack library reports an error'),
    setLevel: () => {},
    getLevel: () => LogLevel.WARN,
    setName: () => {},
  };
}
