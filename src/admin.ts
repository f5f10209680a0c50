import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { requestId } from './domain/values.ts';
import type { Keys } from './keys.ts';
import type { Deps } from './workflows/deps.ts';
import { type OperatorAnswer, revokeAsOperator } from './workflows/operator.ts';

/**
 * What the command line proves an order with to the running bot: whoever may read the keys may give one. It is good
 * for these very bytes: another program that took over the bot's port hears nothing it could use.
 */
export const orderProof = (keys: Pick<Keys, 'namingKey'>, body: string): string =>
  createHmac('sha256', keys.namingKey).update(`countersign/admin/v1\n${body}`).digest('base64url');

const order = z.strictObject({ request: requestId, as: z.string().max(100), reason: z.string().max(2_000) });
const dated = order.extend({ at: z.int() });
/** An order is not given again later. */
const ORDER_FRESH_MS = 60_000;
const answer = z.union([
  z.strictObject({ kind: z.literal('revoking') }),
  z.strictObject({ kind: z.literal('refused'), code: z.string() }),
]);
export type RevokeOrder = z.infer<typeof order>;

/** The bot's side of `countersign revoke`; null for a body that is no order of now. */
export async function takeRevokeOrder(deps: Deps, body: string): Promise<OperatorAnswer | null> {
  const parsed = dated.safeParse(parseJson(body));
  if (!parsed.success) return null;
  const { request, as, reason, at } = parsed.data;
  if (Math.abs(deps.clock.now() - at) > ORDER_FRESH_MS) return null;
  return revokeAsOperator(deps, request, as, reason);
}

/** The command's side. Null when no bot answers there. Throws when what answers is not ours. */
export async function sendRevokeOrder(
  url: string,
  keys: Pick<Keys, 'namingKey'>,
  wanted: RevokeOrder,
  at: number,
): Promise<z.infer<typeof answer> | null> {
  const body = JSON.stringify({ ...wanted, at });
  const response = await fetch(new URL('/admin/revoke', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${orderProof(keys, body)}`, 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(5_000),
    redirect: 'error',
  }).catch(() => null);
  if (response === null) return null;
  if (!response.ok) throw new Error(`the bot at ${url} answered ${response.status} to an order of ours`);
  return answer.parse(await response.json());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
