import { randomUUID } from 'node:crypto';
import { ACTION } from '../../src/chat/intent.ts';
import { TEAM } from './catalogue.ts';

/** A message with an Approve button, and what the button carries. */
export interface Card {
  readonly channel: string;
  readonly message: object;
  readonly value: string;
}

/** A request of Slack's, all but its time and signature. */
export interface SlackRequest {
  readonly kind: 'submission' | 'approval';
  readonly body: string;
}

/** Nothing is sent there: what is timely is answered in the acknowledgement. */
const RESPONSE_URL = 'http://127.0.0.1:9/response/unused';

/** https://docs.slack.dev/interactivity/implementing-slash-commands */
export function submission(user: string, text: string): SlackRequest {
  const fields = {
    token: 'deprecated-verification-token',
    team_id: TEAM,
    team_domain: 'counter',
    channel_id: 'C0GENERAL',
    channel_name: 'general',
    user_id: user,
    user_name: user.toLowerCase(),
    command: '/elevate',
    text,
    api_app_id: 'A0COUNTERSIGN',
    is_enterprise_install: 'false',
    response_url: RESPONSE_URL,
    trigger_id: randomUUID(),
  };
  return { kind: 'submission', body: new URLSearchParams(fields).toString() };
}

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
export function approval(user: string, { channel, message, value }: Card): SlackRequest {
  const payload = {
    type: 'block_actions',
    team: { id: TEAM, domain: 'counter' },
    user: { id: user, username: user.toLowerCase(), name: user.toLowerCase(), team_id: TEAM },
    api_app_id: 'A0COUNTERSIGN',
    token: 'deprecated-verification-token',
    enterprise: null,
    is_enterprise_install: false,
    container: { type: 'message', channel_id: channel, is_ephemeral: false },
    channel: { id: channel, name: 'approvals' },
    message,
    state: { values: {} },
    trigger_id: randomUUID(),
    response_url: RESPONSE_URL,
    actions: [{ type: 'button', action_id: ACTION.approve, block_id: 'b', value, action_ts: '1' }],
  };
  return {
    kind: 'approval',
    body: new URLSearchParams({ payload: JSON.stringify(payload) }).toString(),
  };
}
