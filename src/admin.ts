import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { forgettingWords } from './domain/erasure.ts';
import { digest, requestId } from './domain/values.ts';
import type { Keys } from './keys.ts';
import type { Deps } from './workflows/deps.ts';
import { agreeByOrder, proposeErasure } from './workflows/log/erasure.ts';
import { revokeAsOperator } from './workflows/operator.ts';
import { recordReading } from './workflows/log/reading.ts';
import { redactText } from './workflows/log/redact-text.ts';
import { revertRules } from './workflows/log/revert-rules.ts';

/**
 * What the command line proves an order with to the running bot: whoever may read the keys may give one. It is good
 * for these very bytes: another program that took over the bot's port hears nothing it could use.
 */
export const orderProof = (keys: Pick<Keys, 'namingKey'>, body: string): string =>
  createHmac('sha256', keys.namingKey).update(`countersign/admin/v1\n${body}`).digest('base64url');

const as = z.string().max(100);
const reason = z.string().max(2_000);

/** Everything the command line may order; `as` is the catalogue's key of the person who does. */
const order = z.discriminatedUnion('order', [
  z.strictObject({ order: z.literal('revoke'), as, request: requestId, reason }),
  z.strictObject({
    order: z.literal('record-reading'),
    as,
    role: z.enum(['auditor', 'owner', 'approver']),
    what: z.enum(['search', 'export', 'evidence', 'report']),
    query: z.record(z.string().max(40), z.string().max(200)),
    request: requestId.nullable(),
  }),
  z.strictObject({
    order: z.literal('redact'),
    as,
    index: z.int().min(0),
    field: z.string().max(40),
    reason,
  }),
  z.strictObject({ order: z.literal('propose-erasure'), as, person: z.string().max(100), reason }),
  z.strictObject({ order: z.literal('approve-erasure'), as, erasure: z.uuid() }),
  z.strictObject({ order: z.literal('revert-rules'), as, version: z.string().max(64), reason }),
]);
export type Order = z.infer<typeof order>;
export type OrderOf<K extends Order['order']> = Extract<Order, { order: K }>;

const forgotten = z.strictObject({
  texts: z.int(),
  requests: z.int(),
  since: z.int().nullable(),
});
const answer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('revoking') }),
  z.strictObject({ kind: z.literal('recorded'), index: z.int() }),
  z.strictObject({ kind: z.literal('redacted'), index: z.int() }),
  z.strictObject({
    kind: z.literal('proposed'),
    erasure: z.uuid(),
    goes: forgotten,
    /** The channel where another operator agrees; null: at the command line. */
    channel: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal('erased'), index: z.int(), texts: z.int() }),
  z.strictObject({ kind: z.literal('reverted'), digest, previous: digest }),
  /** `said`: the rule and its remedy in words, where the code alone does not tell. */
  z.strictObject({
    kind: z.literal('refused'),
    code: z.string(),
    said: z.strictObject({ text: z.string(), remedy: z.string() }).nullable(),
  }),
]);
export type OrderAnswer = z.infer<typeof answer>;

/** Carries out an order by the same rules as from chat; it is on record as the person who gave it. */
export async function carryOut(deps: Deps, wanted: Order): Promise<OrderAnswer> {
  const done = await doWanted(deps, wanted);
  if (done.kind !== 'refused') return done;
  if ('said' in done) return done;
  return 'refusal' in done
    ? { kind: 'refused', code: done.refusal.code, said: forgettingWords(done.refusal) }
    : { kind: 'refused', code: done.code, said: null };
}

function doWanted(deps: Deps, wanted: Order) {
  switch (wanted.order) {
    case 'revoke':
      return revokeAsOperator(deps, wanted.request, wanted.as, wanted.reason);
    case 'record-reading':
      return recordReading(deps, wanted);
    case 'redact':
      return redactText(deps, wanted);
    case 'propose-erasure':
      return proposeErasure(deps, wanted);
    case 'approve-erasure':
      return agreeByOrder(deps, wanted);
    case 'revert-rules':
      return revertRules(deps, wanted);
  }
}

const dated = z.strictObject({ at: z.int(), order });
/** An order is not given again later. */
const ORDER_FRESH_MS = 60_000;

/** The bot's side; null for a body that is no order of now. */
export async function takeOrder(deps: Deps, body: string): Promise<OrderAnswer | null> {
  const parsed = dated.safeParse(parseJson(body));
  if (!parsed.success || Math.abs(deps.clock.now() - parsed.data.at) > ORDER_FRESH_MS) return null;
  return carryOut(deps, parsed.data.order);
}

/** What answered the command line is not ours, or could not do what it was asked. */
export class OrderError extends Error {
  readonly code = 'order_failed';
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.name = 'OrderError';
    this.hint = hint;
  }
}

/** The command's side. Null when no bot answers there. Throws OrderError. */
export async function sendOrder(
  url: string,
  keys: Pick<Keys, 'namingKey'>,
  wanted: Order,
  at: number,
): Promise<OrderAnswer | null> {
  const body = JSON.stringify({ at, order: wanted });
  const response = await fetch(new URL('/admin/orders', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${orderProof(keys, body)}`, 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(5_000),
    redirect: 'error',
  }).catch(() => null);
  if (response === null) return null;
  if (response.status === 503)
    throw new OrderError(`the bot at ${url} could not do it`, 'Its log says why; try again.');
  const parsed = answer.safeParse(response.ok ? parseJson(await response.text()) : undefined);
  if (!parsed.success)
    throw new OrderError(
      `what answers at ${url} (${response.status}) is no bot of this installation and version`,
      'Compare COUNTERSIGN_KEYS and COUNTERSIGN_DATA with the settings it was started with.',
    );
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
