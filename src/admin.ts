import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { requestId } from './domain/values.ts';
import type { Keys } from './keys.ts';
import type { Deps } from './workflows/deps.ts';
import { type OperatorAnswer, revokeAsOperator } from './workflows/operator.ts';

/** What the command line proves itself with to the running bot: whoever may read the keys may ask. */
export const adminToken = (keys: Pick<Keys, 'namingKey'>): string =>
  createHmac('sha256', keys.namingKey).update('countersign/admin/v1').digest('base64url');

const order = z.strictObject({ request: requestId, as: z.string().max(100), reason: z.string().max(2_000) });
const answer = z.union([
  z.strictObject({ kind: z.literal('revoking') }),
  z.strictObject({ kind: z.literal('refused'), code: z.string() }),
]);
export type RevokeOrder = z.infer<typeof order>;

/** The bot's side of `countersign revoke`; null for a body that is no order. */
export async function takeRevokeOrder(deps: Deps, body: string): Promise<OperatorAnswer | null> {
  const parsed = order.safeParse(parseJson(body));
  if (!parsed.success) return null;
  const { request, as, reason } = parsed.data;
  return revokeAsOperator(deps, request, as, reason);
}

/** The command's side. Null when no bot answers there. Throws when what answers is not ours. */
export async function sendRevokeOrder(
  url: string,
  token: string,
  wanted: RevokeOrder,
): Promise<z.infer<typeof answer> | null> {
  const response = await fetch(new URL('/admin/revoke', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(wanted),
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
