import { createHmac } from 'node:crypto';

/** `X-Slack-Signature`: HMAC-SHA256 over `v0:timestamp:body`, the body byte for byte. */
export function sign(signingSecret: string, timestampS: number, body: string): string {
  return `v0=${createHmac('sha256', signingSecret).update(`v0:${timestampS}:${body}`).digest('hex')}`;
}
